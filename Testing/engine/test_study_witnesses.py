"""Other cines that are asked, each by itself, whether one without marks is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.study_files import SIDE, make_study, write_cine
from rabengine.errors import InputError
from rabengine.segmentation import Segmentation
from rabengine.study import Study, StudySettings, run_study
from rabengine.study.witnesses import Agreement, agreement, ask, likeness, with_confidence


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
    assert Agreement(0.9, 3).expected == pytest.approx(0.85) and Agreement(0.02, 2).expected == 0


def test_the_confidence_becomes_what_agreement_lets_expect_and_keeps_the_order_of_frames() -> None:
    sure = np.array([[0.9], [0.6], [0.9]], np.float32)
    found = Segmentation(square(0), sure, (1,), (), "fast", "cpu", 0)
    told = with_confidence(found, Agreement(0.65, 3)).confidence
    assert told.mean() == pytest.approx(0.6) and told.argmin() == 1


def test_one_cine_is_not_asked_for_it_agrees_with_itself() -> None:
    found = Segmentation(square(0), np.ones((2, 1), np.float32), (1,), (), "fast", "cpu", 0)
    assert ask(np.zeros((2, 20, 20)), [0, 1], found, [[], []], device="cpu", seed=0) is None


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three cines, two of them marked, and what the third gets of them."""
    folder = tmp_path_factory.mktemp("witnesses")
    made = make_study(folder, count=3, marked=2)
    run_study(made)
    return made


def test_what_is_said_of_a_cine_names_how_far_others_agree(study: Study) -> None:
    predicted = study.cine(3).prediction
    assert "for 2 other cines agree to" in predicted.why
    told = float(predicted.why.rsplit(" ", 1)[1])
    assert predicted.confidence == pytest.approx(told - 0.05, abs=0.02)
    assert study.cine(1).prediction.why.count("agree") == 0


def test_a_mark_that_contradicts_the_others_makes_the_cine_need_a_person(study: Study) -> None:
    before = study.cine(3).prediction
    outside = np.zeros((SIDE, SIDE), np.uint8)
    outside[2:14, 2:14] = 1
    study.mark(2, {0: outside}, by="Emil")
    study.change_settings(certain=max(before.confidence - 0.05, 0.1))
    assert not replace(before).confidence < study.settings().certain
    run_study(study, again=True)
    after = study.cine(3).prediction
    assert after.confidence < before.confidence and after.needs_person


def test_nobody_is_asked_where_the_study_says_so(study: Study, tmp_path) -> None:
    write_cine(tmp_path, "another", 7)
    number = study.add(tmp_path / "another.nrrd").cine
    study.change_settings(witnesses=0)
    run_study(study)
    assert "agree" not in study.cine(number).prediction.why
    with pytest.raises(InputError, match="number of witnesses"):
        StudySettings(witnesses=-1)
