"""Frames are trusted when the marks can be told back from them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers.certain_masks import certain_masks
from rabengine.network.weights import load_weights
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import InputView
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.pseudo_labels import PseudoLabeller, confident_frames
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, SIDE = 10, 128


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    return beating_ellipse(FRAMES, SIDE, SIDE)


@pytest.fixture()
def labeller(cine: tuple[np.ndarray, np.ndarray]) -> PseudoLabeller:
    frames, truth = cine
    model = load_weights().build()
    store = FeatureStore(model, InputView(frames, SIDE), torch.device("cpu"))
    return PseudoLabeller(model, MemoryBank({0: truth[0]}, (1,), store, partial=False))


def test_right_masks_tell_the_mark_back_and_wrong_ones_do_not(
    cine: tuple[np.ndarray, np.ndarray], labeller: PseudoLabeller
) -> None:
    truth = cine[1].copy()
    wrong = np.zeros_like(truth)
    wrong[:, 4:24, 4:24] = 1  # a corner of the background
    right = labeller.scores(certain_masks(truth), lambda: None)
    bad = labeller.scores(certain_masks(wrong), lambda: None)
    assert float(right[1:].min()) > 0.7
    assert float(bad[1:].max()) < 0.4


def test_marked_frames_score_one_and_empty_ones_nothing(
    cine: tuple[np.ndarray, np.ndarray], labeller: PseudoLabeller
) -> None:
    labels = cine[1].copy()
    labels[4] = 0
    steps = []
    scores = labeller.scores(certain_masks(labels), lambda: steps.append(1))
    assert scores[0, 0] == 1
    assert bool(scores[4, 0].isnan())
    assert len(steps) == labeller.steps()


def test_confident_frames_become_supports_of_the_others(
    cine: tuple[np.ndarray, np.ndarray], labeller: PseudoLabeller
) -> None:
    masks = certain_masks(cine[1])
    labeller.label(masks, labeller.scores(masks, lambda: None), 2)
    bank = labeller.bank
    labelled = sorted({mark.frame for mark in bank.nearest(1, 1, 5)} - {0})
    assert len(labelled) == 2
    # A frame never supports itself, and the marks stay the user's.
    assert labelled[0] not in {mark.frame for mark in bank.nearest(1, labelled[0], 5)}
    assert [mark.frame for mark in bank.of(1)] == [0]
    predicted = bank.mask(1, labelled[0])[0, 0].numpy() > 0.5
    assert (predicted == (cine[1][labelled[0]] == 1)).mean() > 0.97
    labeller.label(masks, torch.zeros(FRAMES, 1), 2)
    assert [mark.frame for mark in bank.nearest(1, 1, 5)] == [0]


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
