"""Evidence on predicted masks is weighed: bad ones are trusted less, and a segment that has gone is not painted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers.certain_masks import certain_masks
from rabengine.errors import InputError
from rabengine.network.judge import EVIDENCE, Judge
from rabengine.network.judge_weights import default_judge_path, load_judge, save_judge
from rabengine.network.weights import default_path, load_weights
from rabengine.propagation.confidence import Verdict, confidence, without_doubtful
from rabengine.propagation.evidence import EvidenceGatherer
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import InputView
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.motion import SIDE, CineMotion
from rabengine.propagation.tracking import TrackedMasks
from rabengine.session.session import Session
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, SIZE, BAD, LOST = 10, 128, 6, 8
CPU = torch.device("cpu")
WITHOUT = {"recipe": "tracking,propagation,pseudo-labels"}


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    return beating_ellipse(FRAMES, SIZE, SIZE)


def gathered(cine: tuple[np.ndarray, np.ndarray], labels: np.ndarray, follows: bool) -> tuple[torch.Tensor, int]:
    """Evidence on labels, with the first frame marked, and how often its progress was told.

    The labels are what the last propagation found; the first one found the truth.
    """
    frames, truth = cine
    bank = MemoryBank({0: truth[0]}, (1,), FeatureStore(load_weights().build(), InputView(frames, SIZE), CPU), False)
    tracked = None
    if follows:
        motion = CineMotion(InputView(frames, SIDE), CPU)
        tracked = TrackedMasks(motion, {0: truth[0]}, (1,), [[0]], 0.8)
        tracked.follow(lambda: None)
    first, masks = certain_masks(truth), certain_masks(labels)
    told: list[int] = []
    carried = None if tracked is None else tracked.trust
    trust = confidence(masks, first, [[0]], carried=carried)
    evidence = EvidenceGatherer(bank, first, masks, trust, tracked, carried).gather(lambda: told.append(1))
    return evidence, len(told)


@pytest.mark.parametrize("follows", [True, False])
def test_a_mask_that_jumped_away_is_judged_worse_than_those_beside_it(cine, follows):
    labels = cine[1].copy()
    labels[BAD] = np.roll(labels[BAD], (30, -25), axis=(0, 1))
    labels[LOST] = 0
    evidence, told = gathered(cine, labels, follows)
    assert evidence.shape == (FRAMES, 1, len(EVIDENCE))
    assert bool(evidence.isfinite().all())
    assert told == FRAMES
    with torch.inference_mode():
        dice = load_judge()(evidence)[:, 0, 0]
    others = [frame for frame in range(1, FRAMES) if frame not in (BAD, LOST)]
    assert float(dice[BAD]) < float(dice[others].min())


def test_the_figures_say_what_they_are_called(cine):
    labels = cine[1].copy()
    labels[LOST] = 0
    figures = dict(zip(EVIDENCE, gathered(cine, labels, True)[0][:, 0].unbind(-1), strict=True))
    assert figures["is painted"].tolist() == [float(frame != LOST) for frame in range(FRAMES)]
    assert torch.allclose(figures["gap"], torch.arange(FRAMES) / FRAMES)
    shown = (labels[:, 2::4, 2::4] == 1).mean(axis=(1, 2))
    assert torch.allclose(figures["area"], torch.from_numpy(shown).float(), atol=1e-6)
    assert float(figures["marked area"][0]) == pytest.approx(0, abs=0.05)
    assert float(figures["steady"][LOST]) < 0.1 < 0.8 < float(figures["steady"][2])


def test_marked_frames_are_certain_whatever_is_judged(cine):
    frames, truth = cine
    found = Session(frames, device="cpu").segment({3: truth[3]}, preset="fast")
    assert found.confidence[3, 0] == 1
    assert (found.confidence >= 0).all()
    assert (found.confidence <= 1).all()


def test_the_confidence_is_the_mean_of_what_it_was_and_what_is_judged(cine):
    frames, truth = cine
    judged = Session(frames, device="cpu").segment({0: truth[0]}, preset="fast")
    alone = Session(frames, device="cpu").segment({0: truth[0]}, preset="fast", overrides=WITHOUT)
    assert not np.array_equal(judged.confidence, alone.confidence)
    implied = judged.confidence[1:] ** 2 / alone.confidence[1:]  # the Dice that was expected
    assert (implied <= 1.001).all()
    assert np.array_equal(judged.labels, alone.labels), "a mask that is there was judged to be of nothing"


@pytest.mark.parametrize("figure", [0, 1], ids=["expected Dice", "presence"])
def test_what_is_of_nothing_is_left_unpainted(cine, figure):
    masks = certain_masks(cine[1])
    trust = torch.full((FRAMES, 1), 0.5)
    said = torch.ones(2, FRAMES, 1)
    said[figure, BAD] = 0.001
    verdict = Verdict.of(*said, trust)
    kept = without_doubtful(masks, trust, verdict).logits
    assert [bool((logits > 0).any()) for logits in kept] == [frame != BAD for frame in range(FRAMES)]


def test_weights_come_back_as_they_were_written(tmp_path):
    torch.manual_seed(0)
    judge = Judge(2).eval()
    save_judge(tmp_path / "judge.pt", judge, {})
    evidence = torch.randn(4, len(EVIDENCE))
    assert torch.allclose(load_judge(tmp_path / "judge.pt")(evidence), judge(evidence), atol=1e-3)
    assert default_judge_path().stat().st_size < 200_000


def test_weights_of_something_else_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="holds no weights of a judge"):
        load_judge(default_path())
    with pytest.raises(InputError, match="does not exist"):
        load_judge(tmp_path / "none.pt")
    content = torch.load(default_judge_path(), weights_only=True)
    torch.save({**content, "evidence": content["evidence"][:-1]}, tmp_path / "older.pt")
    with pytest.raises(InputError, match="another version"):
        load_judge(tmp_path / "older.pt")
