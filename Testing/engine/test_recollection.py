"""Frames are trusted when the marks can be told back from them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rabengine.network.weights import load_weights
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import FrameView
from rabengine.propagation.memory_bank import SupportBank
from rabengine.propagation.propagator import SoftMasks
from rabengine.propagation.pseudo_labels import Recollection, confident_frames
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, SIDE = 10, 128


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    return beating_ellipse(FRAMES, SIDE, SIDE)


@pytest.fixture()
def recollection(cine: tuple[np.ndarray, np.ndarray]) -> Recollection:
    frames, truth = cine
    model = load_weights().build()
    store = FeatureStore(model, FrameView(frames, SIDE), torch.device("cpu"))
    return Recollection(model, SupportBank({0: truth[0]}, (1,), store, partial=False))


def soft_masks(labels: np.ndarray) -> SoftMasks:
    """(T, H, W) labels as certain masks at stride 4."""
    small = torch.from_numpy(labels[:, 2::4, 2::4] == 1).float()[:, None]
    return SoftMasks((16 * small - 8).half(), torch.ones(len(labels), 1))


def test_right_masks_tell_the_mark_back_and_wrong_ones_do_not(
    cine: tuple[np.ndarray, np.ndarray], recollection: Recollection
) -> None:
    truth = cine[1].copy()
    wrong = np.zeros_like(truth)
    wrong[:, 4:24, 4:24] = 1  # a corner of the background
    right = recollection.scores(soft_masks(truth), lambda: None)
    bad = recollection.scores(soft_masks(wrong), lambda: None)
    assert float(right[1:].min()) > 0.7
    assert float(bad[1:].max()) < 0.4


def test_marked_frames_score_one_and_empty_ones_nothing(
    cine: tuple[np.ndarray, np.ndarray], recollection: Recollection
) -> None:
    labels = cine[1].copy()
    labels[4] = 0
    steps = []
    scores = recollection.scores(soft_masks(labels), lambda: steps.append(1))
    assert scores[0, 0] == 1
    assert bool(scores[4, 0].isnan())
    assert len(steps) == recollection.steps()


def test_confident_frames_become_supports_of_the_others(
    cine: tuple[np.ndarray, np.ndarray], recollection: Recollection
) -> None:
    masks = soft_masks(cine[1])
    recollection.believe(masks, recollection.scores(masks, lambda: None), 2)
    bank = recollection.bank
    believed = bank.believed(1)
    assert len(believed) == 2
    assert {mark.frame for mark in bank.nearest(1, 1, 5)} == {0, *believed}
    # A frame never supports itself, and the marks stay the user's.
    assert believed[0] not in {mark.frame for mark in bank.nearest(1, believed[0], 5)}
    assert [mark.frame for mark in bank.of(1)] == [0]
    predicted = bank.mask(1, believed[0])[0, 0].numpy() > 0.5
    assert (predicted == (cine[1][believed[0]] == 1)).mean() > 0.97
    recollection.believe(masks, torch.zeros(FRAMES, 1), 2)
    assert bank.believed(1) == []


def test_confident_frames_lie_far_from_marks_and_each_other() -> None:
    scores = torch.full((21,), 0.9)
    assert confident_frames(scores, [0], 1) == [20]
    assert confident_frames(scores, [0], 2) == [10, 20]
    assert confident_frames(scores, [0, 20], 1) == [10]
    scores[15:] = 0.1
    assert confident_frames(scores, [0], 1) == [14]
    scores[:] = float("nan")
    assert confident_frames(scores, [0], 3) == []
    assert confident_frames(torch.full((4,), 0.9), [1], 3) == []  # all of them next to the mark
