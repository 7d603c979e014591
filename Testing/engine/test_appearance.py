"""A model that learns on the cine what its segments look like."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rabengine.adaptation.appearance import AppearanceModel, Examples, gather_examples
from rabengine.network.losses import classes_loss
from rabengine.network.weights import load_weights
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import InputView
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.propagator import SoftMasks
from rabengine.synthetic.phantom import beating_ellipse

CPU = torch.device("cpu")
SIDE = 64


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    return beating_ellipse(12, SIDE, SIDE, seed=3)


def make_bank(cine: tuple[np.ndarray, np.ndarray], marks: dict[int, np.ndarray], partial: bool = False) -> MemoryBank:
    store = FeatureStore(load_weights().build(), InputView(cine[0], SIDE), CPU)
    segments = tuple(sorted({int(v) for labels in marks.values() for v in np.unique(labels) if v}))
    return MemoryBank(marks, segments, store, partial)


def certain(truth: np.ndarray, segments: tuple[int, ...]) -> SoftMasks:
    small = torch.stack([torch.from_numpy(truth[:, 2::4, 2::4] == s).float() for s in segments], dim=1)
    return SoftMasks((16 * small - 8).half(), torch.ones(small.shape[:2]))


def taught(bank: MemoryBank, examples: Examples, steps: int) -> AppearanceModel:
    model = AppearanceModel(bank.store.model, len(bank.segments), CPU, seed=0)
    model.learn(examples, steps, lambda losses: None)
    return model


def test_it_finds_the_segment_on_frames_it_has_not_seen(cine: tuple[np.ndarray, np.ndarray]) -> None:
    truth = cine[1]
    bank = make_bank(cine, {0: truth[0]})
    masks = certain(truth, (1,))
    examples = gather_examples(bank, masks, torch.full((12, 1), float("nan")), 4)
    assert not examples.trusted
    view = bank.store.view
    logits = taught(bank, examples, 10).logits(view, lambda: None)
    assert logits.shape == masks.logits.shape
    for frame in range(1, 12):
        found = view.paste(logits[frame])[0].numpy() > 0
        assert 2 * (found & (truth[frame] == 1)).sum() / (found.sum() + (truth[frame] == 1).sum()) > 0.8


def test_frames_are_trusted_by_their_worst_segment(cine: tuple[np.ndarray, np.ndarray]) -> None:
    truth = cine[1].copy()
    truth[:, :8, :8] = 2
    bank = make_bank(cine, {0: truth[0]})
    scores = torch.full((12, 2), 0.9)
    scores[4, 0], scores[8, 1], scores[11, 1] = 0.2, 0.3, float("nan")
    examples = gather_examples(bank, certain(truth, (1, 2)), scores, 12)
    assert len(examples.marked) == 1
    kept = [e.pixels for e in examples.trusted]
    view = bank.store.view
    assert not any(torch.equal(view.frame(bad)[0], pixels) for bad in (4, 8, 11) for pixels in kept)
    assert all(torch.allclose(e.classes.sum(dim=0), torch.ones(SIDE, SIDE)) for e in examples.trusted)


def test_a_segment_left_undrawn_is_unknown_there(cine: tuple[np.ndarray, np.ndarray]) -> None:
    truth = cine[1].copy()
    truth[0, :8, :8] = 2
    bank = make_bank(cine, {0: truth[0], 5: truth[5]}, partial=True)
    examples = gather_examples(bank, certain(truth, (1, 2)), torch.full((12, 2), float("nan")), 0)
    assert [example.known.tolist() for example in examples.marked] == [[True, True], [True, False]]


def test_an_unknown_class_may_be_anywhere_on_the_background() -> None:
    truth = torch.zeros(1, 3, 8, 8)
    truth[:, 0, :, 2:], truth[:, 1, :, :2] = 1, 1
    logits = 9 * truth.clone()
    logits[:, 2, :, 5:] = 20.0  # class 2 on what is background in the truth
    known = torch.tensor([[True, True]])
    unknown = torch.tensor([[True, False]])
    assert float(classes_loss(logits, truth, unknown)) < 0.05
    assert float(classes_loss(logits, truth, known)) > 1
    torch.testing.assert_close(classes_loss(logits, truth, known), classes_loss(logits, truth))


def test_a_small_class_counts_as_much_as_a_large_one() -> None:
    truth = torch.zeros(1, 3, 32, 32)
    truth[:, 0] = 1
    truth[:, :, :3, :3], truth[:, :, 16:] = 0, 0
    truth[:, 1, :3, :3], truth[:, 2, 16:] = 1, 1
    right = 9 * truth
    losses = []
    for missed in (1, 2):
        logits = right.clone()
        logits[:, 0] = torch.where(truth[:, missed] > 0, 9.0, logits[:, 0])
        logits[:, missed] = 0
        losses.append(float(classes_loss(logits, truth)))
    assert losses[0] == pytest.approx(losses[1], rel=0.4)
    assert min(losses) > 1


def test_learning_twice_from_one_seed_is_the_same(cine: tuple[np.ndarray, np.ndarray]) -> None:
    bank = make_bank(cine, {0: cine[1][0]})
    examples = gather_examples(bank, certain(cine[1], (1,)), torch.full((12, 1), 0.9), 3)
    one, two = (taught(bank, examples, 3).network.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)
