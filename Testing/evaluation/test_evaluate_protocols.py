"""Which frames are marked, and the simulated user who adds marks until the cine is good enough."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.labelled_videos import two_objects, write_video
from rabengine.errors import InputError
from rabengine.evaluation.marks_to_target import (
    DISTANT,
    MOST_MARKS,
    NEXT,
    RANDOM,
    TARGET,
    WORST,
    Correction,
    chosen_frame,
    is_scored,
    mean_dice,
)
from rabengine.evaluation.methods import load_method
from rabengine.evaluation.metrics import frame_dice
from rabengine.evaluation.prediction import Prediction
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.protocols import FIRST, MIDDLE, THREE, marked_frames, marks_of
from rabengine.evaluation.videos import REAL, SYNTHETIC, LabelledVideo, find_videos, read_video


def truth_of(*shown: str) -> np.ndarray:
    """Frames of 1 x 4 pixels that show the objects of which the digits are given."""
    truth = np.zeros((len(shown), 1, 4), np.uint8)
    for frame, digits in zip(truth, shown, strict=True):
        frame[0, : len(digits)] = [int(digit) for digit in digits]
    return truth


def test_marked_frames_show_all_objects():
    truth = truth_of("", "1", "12", "2", "12", "12", "1", "12", "")
    assert marked_frames(FIRST, truth, (1, 2)) == (2,)
    assert marked_frames(MIDDLE, truth, (1, 2)) == (5,)
    assert marked_frames(THREE, truth, (1, 2)) == (2, 5, 7)
    assert marked_frames(THREE, truth, (1,)) == (1, 5, 7)


def test_objects_that_never_meet_are_marked_where_most_are():
    truth = truth_of("", "1", "2", "3", "13", "")
    assert marked_frames(FIRST, truth, (1, 2, 3)) == (4,)
    assert marked_frames(THREE, truth, (1, 2, 3)) == (4,)


def test_marks_are_the_truth():
    truth = truth_of("1", "12")
    marks = marks_of(truth, (1,))
    assert list(marks) == [1]
    assert np.array_equal(marks[1], truth[1])


def test_each_strategy_names_its_frame():
    table = np.array([[1.0], [0.4], [0.9], [0.2], [0.8], [0.7], [1.0]])
    prediction = Prediction(np.zeros((7, 1, 1), np.uint8), None, 4)
    generator = np.random.default_rng(0)
    assert chosen_frame(NEXT, prediction, table, [0, 3], generator) == 4
    assert chosen_frame(DISTANT, prediction, table, [0, 3], generator) == 6
    assert chosen_frame(WORST, prediction, table, [0, 3], generator) == 1
    drawn = {chosen_frame(RANDOM, prediction, table, [0, 3], generator) for _ in range(200)}
    assert drawn == {1, 2, 4, 5, 6}


def test_mean_dice_counts_objects_alike_and_frames_that_show_them():
    truth = truth_of("12", "1", "1", "12")
    video = LabelledVideo(truth, truth, (1, 2))
    table = np.array([[0, 0], [0.5, 1], [0.7, 0], [0.9, 0.3]])
    assert mean_dice(table, video, [0]) == pytest.approx((0.7 + 0.3) / 2)
    assert mean_dice(table, video, [0, 3]) == pytest.approx(0.6)  # object 2 is nowhere else
    assert is_scored([0, 1, 2], video)
    assert not is_scored([0, 1, 2, 3], video)


@pytest.fixture(scope="module")
def growing() -> LabelledVideo:
    """An object that grows by a pixel a frame, so that a copied mask gets worse with each."""
    truth = np.zeros((30, 1, 64), np.uint8)
    for frame in range(30):
        truth[frame, 0, : 8 + frame] = 1
    return LabelledVideo(truth, truth, (1,))


@pytest.mark.parametrize("strategy", [DISTANT, RANDOM, WORST])
def test_marks_are_added_until_the_target(growing, strategy):
    copy = load_method("copy")
    outcome = Correction(copy, growing, seed=3).run(strategy)
    marks = outcome["marks"]
    assert marks[0] == 0
    assert len(set(marks)) == len(marks) == len(outcome["dice"]) == outcome["needed"]
    assert outcome["dice"][-1] >= TARGET
    assert max(outcome["dice"][:-1]) < TARGET
    for count, dice in enumerate(outcome["dice"], start=1):
        labels = copy(growing.frames, marks_of(growing.truth, marks[:count]), 0).labels
        unmarked = np.delete(np.arange(30), marks[:count])
        assert dice == pytest.approx(frame_dice(labels, growing.truth, 1)[unmarked].mean(), abs=1e-4)


def test_a_target_out_of_reach_ends_after_ten_marks():
    generator = np.random.default_rng(0)
    truth = (generator.random((30, 8, 8)) < 0.3).astype(np.uint8)  # no frame tells of another
    outcome = Correction(load_method("copy"), LabelledVideo(truth, truth, (1,)), seed=0).run(DISTANT)
    assert outcome["needed"] is None
    assert len(outcome["marks"]) == len(outcome["dice"]) == MOST_MARKS


def test_a_cine_that_is_all_marked_did_not_reach_the_target():
    generator = np.random.default_rng(0)
    truth = (generator.random((5, 8, 8)) < 0.3).astype(np.uint8)
    truth[2] = 0
    outcome = Correction(load_method("copy"), LabelledVideo(truth, truth, (1,)), seed=0).run(DISTANT)
    assert outcome["needed"] is None
    assert len(set(outcome["marks"]) - {2}) == 3  # one of the four frames with the object is left


def test_a_method_that_names_no_frame_cannot_choose(growing):
    assert Correction(load_method("copy"), growing, seed=0).run(NEXT) is None


def test_a_preset_names_its_own_next_frame():
    frames, truth = two_objects(6, 64)
    video = LabelledVideo(frames, truth, (1, 2))
    method = load_method("fast", EngineChoices(device="cpu"))
    outcome = Correction(method, video, seed=0).run(NEXT)
    prediction = method(frames, marks_of(truth, outcome["marks"][:1]), 0)
    assert outcome["marks"][1:2] in ([prediction.next_frame], [])
    table = np.stack([frame_dice(prediction.labels, truth, label) for label in (1, 2)], axis=1)
    assert outcome["dice"][0] == pytest.approx(mean_dice(table, video, outcome["marks"][:1]), abs=1e-4)


def test_videos_are_found_and_told_apart(tmp_path):
    frames, truth = two_objects(3, 32)
    write_video(tmp_path / "a" / "one", frames, truth)
    write_video(tmp_path / "a" / "two", frames, truth, "synthetic")
    write_video(tmp_path / "b" / "one", frames, truth)
    found = find_videos([tmp_path / "a", tmp_path / "b" / "one"])
    assert [(video.name, video.kind) for video in found] == [("a-one", REAL), ("two", SYNTHETIC), ("b-one", REAL)]
    with pytest.raises(InputError, match="twice"):
        find_videos([tmp_path / "a", tmp_path / "a" / "one"])
    (tmp_path / "a" / "two" / "cine.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"cine\.json"):
        find_videos([tmp_path / "a"])


def test_other_labels_are_background(tmp_path):
    frames, truth = two_objects(4, 32)
    folder = write_video(tmp_path / "video", frames, truth)
    everything = read_video(folder, None, None)
    assert everything.objects == (1, 2)
    assert np.array_equal(everything.truth, truth)
    assert np.array_equal(everything.frames, frames)
    one = read_video(folder, (2, 9), 3)
    assert one.objects == (2,)
    assert np.array_equal(one.truth, np.where(truth[:3] == 2, 2, 0))
    with pytest.raises(InputError, match="object 9"):
        read_video(folder, (9,), None)
    (folder / "masks" / "0002.png").unlink()
    with pytest.raises(InputError, match=r"0002\.png"):
        read_video(folder, None, None)
