"""Other cines that are asked, each by itself, whether one without marks is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.own_presets import SMALL, OwnPresets
from helpers.study_files import SIDE, make_study, write_cine
from rabengine.errors import InputError
from rabengine.segmentation import Segmentation
from rabengine.study import Study, StudySettings, run_study
from rabengine.study.judged import WitnessAgreement
from rabengine.study.marked_frame import MarkedFrame
from rabengine.study.poses import Pose, moved, pose_of
from rabengine.study.witnesses import StudySupport, agreement, as_they_lie, likeness, shared, with_confidence


def square(left: int) -> np.ndarray:
    drawn = np.zeros((2, 20, 20), np.uint8)
    drawn[:, 5:15, left : left + 10] = 1
    return drawn


def test_two_results_are_alike_as_far_as_they_overlap_where_either_shows_something() -> None:
    assert likeness(square(0), square(0)) == 1 and likeness(square(0), square(5)) == pytest.approx(0.5)
    half = square(0)
    half[1] = 0
    both_empty_on_the_last = np.stack([half[0], half[0], half[1]])
    assert likeness(both_empty_on_the_last, both_empty_on_the_last) == 1
    assert likeness(half, square(0)) == pytest.approx(0.5)
    two = square(0) + 2 * square(10)
    assert likeness(two, square(0)) == pytest.approx(0.5)


def test_the_answer_that_the_result_follows_does_not_count_for_itself() -> None:
    assert agreement([0.98, 0.4, 0.7]) == 0.7
    assert WitnessAgreement(0.9, 3).expected == pytest.approx(0.85) and WitnessAgreement(0.02, 2).expected == 0


def test_the_confidence_becomes_what_agreement_lets_expect_and_keeps_the_order_of_frames() -> None:
    sure = np.array([[0.9], [0.6], [0.9]], np.float32)
    found = Segmentation(square(0), sure, (1,), (), "fast", "cpu", 0)
    told = with_confidence(found, WitnessAgreement(0.65, 3)).confidence
    assert told.mean() == pytest.approx(0.6) and told.argmin() == 1


def test_a_marked_frame_is_moved_and_scaled_to_lie_as_elsewhere() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[10:20, 20:30] = 200
    support = MarkedFrame(picture, (picture[..., 0] > 0).astype(np.uint8) * 2)
    own = pose_of([support.labels])
    assert own == Pose(15 / 40, 25 / 60, pytest.approx(np.sqrt(100 / 2400)))
    there = moved(support, own, Pose(0.5, 0.5, 2 * own.size))
    assert there.labels.shape == (40, 60) and set(np.unique(there.labels)) == {0, 2}
    assert pose_of([there.labels]).row == pytest.approx(0.5, abs=0.02)
    assert pose_of([there.labels]).size == pytest.approx(2 * own.size, rel=0.05)
    assert (there.picture[there.labels == 2] > 150).mean() > 0.8 and there.picture[0, 0].tolist() == [0, 0, 0]
    same = moved(support, own, own)
    assert (same.picture == picture).all() and (same.labels == support.labels).all()


def test_the_frames_of_a_cine_move_together_so_that_a_small_phase_stays_small() -> None:
    frames = []
    for size in (8, 16):
        drawn = np.zeros((64, 64), np.uint8)
        drawn[4 : 4 + size, 4 : 4 + size] = 1
        frames.append(StudySupport(1, MarkedFrame(drawn * 100, drawn)))
    first, second = as_they_lie(frames, Pose(0.5, 0.5, 12 / 64))
    assert first.labels.sum() == pytest.approx(64, rel=0.1) and second.labels.sum() == pytest.approx(256, rel=0.1)
    assert pose_of([first.labels, second.labels]).row == pytest.approx(0.5, abs=0.02)
    assert as_they_lie(frames, None) == [one.frame for one in frames]


def test_the_answer_that_most_share_says_where_the_object_is() -> None:
    assert shared([square(0), square(5), square(6), square(7), square(8)])[0, 5].argmax() == 6
    assert shared([square(3)]) is None and shared([square(0), square(8)]) is None and shared([]) is None


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, own_presets: OwnPresets) -> Study:
    """Three cines, two of them marked, and what the third gets of them."""
    folder = tmp_path_factory.mktemp("witnesses")
    made = make_study(folder, count=3, marked=2, preset=SMALL, witnesses=4)
    run_study(made)
    return made


def test_what_is_said_of_a_cine_names_how_far_others_agree(study: Study) -> None:
    predicted = study.cine(3).prediction
    assert "for 2 other cines agree to" in predicted.why
    told = float(predicted.why.rsplit(" ", 1)[1])
    assert predicted.confidence == pytest.approx(max(told - 0.05, 0), abs=0.03)
    assert study.cine(1).prediction.why.count("agree") == 0


def test_a_mark_that_contradicts_the_others_makes_the_cine_less_sure(study: Study) -> None:
    before = study.cine(3).prediction
    outside = np.zeros((SIDE, SIDE), np.uint8)
    outside[2:14, 2:14] = 1
    study.mark(2, {0: outside}, by="Emil")
    run_study(study, again=True)
    assert study.cine(3).prediction.confidence < before.confidence


def test_nobody_is_asked_where_the_study_says_so(study: Study, tmp_path: Path) -> None:
    write_cine(tmp_path, "another", 7)
    number = study.add(tmp_path / "another.nrrd").cine
    study.change_settings(witnesses=0)
    run_study(study)
    assert "agree" not in study.cine(number).prediction.why
    with pytest.raises(InputError, match="number of witnesses"):
        StudySettings(witnesses=-1)
