"""Scores of hand-made masks against values worked out by hand, and HD95 against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from rabengine.evaluation.borders import boundary_f, hd95
from rabengine.evaluation.metrics import frame_dice, frame_iou, rank_correlation, score_object, stability
from rabengine.evaluation.prediction import Prediction


def strip(*widths: int) -> np.ndarray:
    """Frames of 1 x 10 pixels, (T, 1, 10) uint8: object 7 covers the first so many pixels."""
    frames = np.zeros((len(widths), 1, 10), np.uint8)
    for frame, width in zip(frames, widths, strict=True):
        frame[0, :width] = 7
    return frames


def test_dice_and_iou_of_each_frame():
    found, truth = strip(4, 0, 0, 2, 5), strip(4, 0, 3, 4, 0)
    assert frame_dice(found, truth, 7).tolist() == pytest.approx([1, 1, 0, 2 * 2 / 6, 0])
    assert frame_iou(found, truth, 7).tolist() == pytest.approx([1, 1, 0, 2 / 4, 0])
    assert frame_dice(found, truth, 3).tolist() == [1] * 5  # another object, on no frame of either


def test_scores_leave_marked_frames_out():
    #            marked, half, missed, quarter, absent, absent but painted
    truth = strip(4, 4, 4, 8, 0, 0)
    found = strip(4, 2, 0, 2, 0, 1)
    trust = np.array([[1, 0.5, 0.1, 0.3, 0.9, 0.2]]).T
    scores = score_object(Prediction(found, trust), truth, 7, [0], [7])
    assert scores.dice == pytest.approx((4 / 6 + 0 + 4 / 10) / 3, abs=1e-4)
    assert scores.iou == pytest.approx((2 / 4 + 0 + 2 / 8) / 3, abs=1e-4)
    assert (scores.scored_frames, scores.missed_frames) == (3, 1)
    assert (scores.absent_frames, scores.false_alarm_frames, scores.false_alarms) == (2, 1, 0.5)
    assert scores.frame_dice == pytest.approx([None, 4 / 6, 0, 0.4, 1, 0], abs=1e-4)
    assert scores.frame_confidence == pytest.approx([None, 0.5, 0.1, 0.3, 0.9, 0.2])
    # Ranks of the confidence 4 1 3 5 2, of the Dice 4 1.5 3 5 1.5: Pearson's correlation of the ranks.
    assert scores.rho == pytest.approx(np.corrcoef([4, 1, 3, 5, 2], [4, 1.5, 3, 5, 1.5])[0, 1], abs=1e-4)


def test_a_worse_marked_frame_changes_no_score():
    truth, found = strip(4, 4, 4), strip(4, 2, 3)
    spoiled = found.copy()
    spoiled[0] = 0
    assert score_object(Prediction(found), truth, 7, [0], [7]) == score_object(Prediction(spoiled), truth, 7, [0], [7])


def test_nothing_to_score_is_none():
    truth = strip(3, 3)
    scores = score_object(Prediction(strip(3, 3)), truth, 7, [0, 1], [7])
    assert (scores.dice, scores.iou, scores.hd95, scores.boundary_f) == (None,) * 4
    assert (scores.stability, scores.false_alarms) == (None, None)
    assert scores.rho is None
    assert scores.frame_confidence is None


def test_an_object_that_no_mark_shows_has_no_confidence():
    truth = strip(3, 3, 3, 3)
    scores = score_object(Prediction(strip(0, 0, 0, 0), np.ones((4, 1))), truth, 7, [0], [2])
    assert scores.dice == 0
    assert scores.frame_confidence is None


def test_stability_compares_the_change_with_that_of_the_truth():
    truth, found = strip(4, 4, 8, 8), strip(4, 2, 2, 0)
    # Dice of neighbours. Truth: 1, 8/12, 1. Found: 4/6, 1, 0. The first pair has a marked frame.
    unmarked = np.array([False, True, True, True])
    assert stability(found, truth, 7, unmarked) == pytest.approx((abs(1 - 8 / 12) + abs(0 - 1)) / 2, abs=1e-4)
    assert stability(truth, truth, 7, unmarked) == 0


def test_rank_correlation():
    rising = np.array([0.1, 0.2, 0.9])
    assert rank_correlation(rising, np.array([0.5, 0.51, 0.52])) == 1
    assert rank_correlation(rising, np.array([0.9, 0.5, 0.1])) == -1
    assert rank_correlation(np.ones(3), rising) is None
    assert rank_correlation(rising, np.ones(3)) is None
    assert rank_correlation(rising[:2], rising[:2]) is None


def test_hd95_of_a_shifted_square():
    truth = np.zeros((2, 60, 80), np.uint8)
    truth[:, 20:40, 20:50] = 1
    found = np.roll(truth, 3, axis=2)
    found[1] = truth[1]
    # A quarter of the border's pixels are 3 away from the other border, far more than 5 %.
    assert hd95(found, truth, 1, [0, 1]) == [3, 0]
    assert hd95(found, truth, 1, []) == []


def test_hd95_by_its_definition():
    generator = np.random.default_rng(0)
    truth = np.zeros((3, 40, 40), np.uint8)
    found = truth.copy()
    for frame in range(3):
        for labels in (truth, found):
            rows, columns = generator.integers(5, 20, 2)
            labels[frame, rows : rows + 15, columns : columns + 12] = 2
            labels[frame, generator.integers(0, 40), generator.integers(0, 40)] = 2
    expected = [percentile_distance(found[frame] == 2, truth[frame] == 2) for frame in range(3)]
    assert hd95(found, truth, 2, range(3)) == pytest.approx(expected, abs=1e-4)


def percentile_distance(found: np.ndarray, truth: np.ndarray) -> float:
    """95th percentile of the distances from each border to the other, the larger of both directions."""
    borders = [np.argwhere(border_pixels(mask)) for mask in (found, truth)]
    distances = np.linalg.norm(borders[0][:, None] - borders[1][None, :], axis=2)
    return max(float(np.percentile(distances.min(axis=axis), 95)) for axis in (0, 1))


def border_pixels(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def test_border_f_of_squares():
    """In a frame of 100 x 100 the tolerance is one pixel."""
    truth, found = np.zeros((2, 4, 100, 100), np.uint8)
    truth[:, 30:70, 30:70] = 1
    found[0, 30:70, 30:70] = 1  # the same
    found[1, 31:71, 30:70] = 1  # within the tolerance
    found[2, 30:70, 30:50] = 1  # half of it: the cut is on no true border, and the true one's other half is not found
    same, shifted, half, missed = boundary_f(found, truth, 1, range(4))
    assert (same, shifted, missed) == (1, 1, 0)
    border, common = 4 * 39, 40 + 2 * 19  # left side, and the halves of top and bottom
    ours = 2 * 39 + 2 * 19
    precision = (common + 2) / ours  # the cut's two corners touch the true border, and so do their neighbours
    assert half == pytest.approx(2 * precision * (common / border) / (precision + common / border), abs=0.02)


def test_border_f_sees_an_edge_that_dice_hardly_does():
    truth, found = np.zeros((2, 1, 200, 200), np.uint8)
    truth[:, 40:160, 40:160] = 1
    found[:, 45:155, 45:155] = 1
    assert frame_dice(found, truth, 1)[0] > 0.9
    assert boundary_f(found, truth, 1, [0])[0] < 0.1
