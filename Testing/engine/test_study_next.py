"""Which cine of a study is named next, and a result of a person's program that becomes the study's prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.study_files import FRAMES, SIDE, make_study, statuses, whole
from rabengine.errors import InputError
from rabengine.study import Study, keep_result, last_entry, next_cine, run_study
from rabengine.study.claims import OwnPresence
from rabengine.study.jobs import CineOutcome
from rabengine.study.likeness import gains, in_brief
from rabengine.study.queue import LOST, Queue, QueueOptions
from rabengine.study.verification import verify_log


def seen(*values: float) -> np.ndarray:
    return (np.array(values) / np.linalg.norm(values)).astype(np.float16)


def test_of_two_cines_in_equal_doubt_the_one_that_others_are_like_brings_more() -> None:
    looks = {1: seen(1, 0, 0), 2: seen(1, 0.1, 0), 3: seen(1, 0, 0.1), 4: seen(0, 0, 1)}
    found, others = gains(dict.fromkeys(looks, 0.2), looks)
    assert max(found, key=lambda number: found[number]) == 1 and found[4] == pytest.approx(0.2)
    assert (others[1], others[4]) == (2, 0)


def test_a_cine_in_great_doubt_comes_before_one_that_a_sure_cine_is_like() -> None:
    looks = {1: seen(1, 0, 0), 2: seen(1, 0, 0), 3: seen(0, 1, 0)}
    found, _ = gains({1: 0.05, 2: 0.05, 3: 0.6}, looks)
    assert found[3] > found[1] == found[2] > 0.05


def test_cines_that_were_not_described_count_for_themselves_alone() -> None:
    assert gains({1: 0.3, 2: 0.1}, {}) == ({1: 0.3, 2: 0.1}, {1: 0, 2: 0})


def test_a_description_in_brief_says_what_is_seen_and_not_where() -> None:
    described = np.zeros((2, 3 * 4), np.float32)
    described[0, 0:4] = (1, 0, 0, 0)
    moved = np.zeros((2, 3 * 4), np.float32)
    moved[1, 0:4] = (0, 0, 0, 1)
    assert np.array_equal(in_brief(described, 4), in_brief(moved, 4)) and in_brief(described, 4).tolist() == [1, 0, 0]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four cines, the first one marked, all segmented and in doubt."""
    made = make_study(tmp_path_factory.mktemp("next"), count=4)
    made.change_settings(certain=1.0)
    run_study(made)
    return made


def test_the_next_cine_is_that_whose_marking_brings_most(study: Study) -> None:
    looks = study.appearances()
    assert sorted(looks) == [2, 3, 4] and all(look.shape == looks[2].shape for look in looks.values())
    doubts = {cine.id: 1 - cine.prediction.confidence for cine in study.cines()}
    found, _ = gains(doubts, looks)
    assert next_cine(study).cine == max(found, key=lambda number: found[number])


def test_a_result_of_a_persons_program_is_the_prediction_under_their_name(study: Study) -> None:
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    drawn[20:30, 20:40] = 1
    study.mark(2, {1: drawn}, by="Anna")
    known = last_entry(study)
    made = replace(study.prediction(2), labels=np.repeat(drawn[None], FRAMES, axis=0), marked_frames=(1,))
    keep_result(study, 2, made, known=known, seconds=3.5, by="Anna")
    kept = study.cine(2)
    assert (kept.status, kept.prediction.by, kept.prediction.seconds) == ("predicted", "Anna", 3.5)
    assert kept.prediction.carried == () and (study.prediction(2).labels == made.labels).all()
    assert whole(study) and verify_log(study).problems == ()


def test_a_result_of_older_marks_leaves_the_cine_due(study: Study) -> None:
    known, found = last_entry(study), study.prediction(3)
    study.mark(3, {0: np.ones((SIDE, SIDE), np.uint8)}, by="Emil")
    keep_result(study, 3, found, known=known, seconds=1.0, by="Anna")
    assert statuses(study)[2] == "waiting" and whole(study)


def test_a_run_that_has_the_cine_gives_way_to_a_persons_result(study: Study) -> None:
    with OwnPresence(study.folder) as presence:
        queue = Queue(study, presence.name, presence.folder, QueueOptions("Night shift"))
        [task] = queue.take(1)
        assert task.place.id == 3 and statuses(study)[2] == "running"
        keep_result(study, 3, study.prediction(3), known=last_entry(study), seconds=1.0, by="Anna")
        assert statuses(study)[2] == "predicted"
        assert queue.settle([(task, CineOutcome(problem="Too late."))]) == [LOST]


def test_a_result_of_another_length_is_refused_and_leaves_nothing(study: Study) -> None:
    short = replace(study.prediction(2), labels=study.prediction(2).labels[:2])
    with pytest.raises(InputError, match="has 2 frames"):
        keep_result(study, 2, short, known=last_entry(study), seconds=1.0)
    assert whole(study)
