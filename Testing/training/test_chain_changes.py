"""Scene cuts, foreign frames and frozen frames in an episode's chain."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Generator

from rabengine.training.chain_changes import ChainChange, frozen, with_foreign

LENGTH = 4
FRAMES = torch.arange(1.0, LENGTH + 1).view(LENGTH, 1, 1, 1).expand(LENGTH, 3, 2, 2)
MASKS = torch.ones(LENGTH, 1, 2, 2)
FOREIGN = torch.zeros(LENGTH, 3, 2, 2)
WRONG = torch.full((1, 2, 2), 0.5)


@pytest.mark.parametrize("seed", range(12))
def test_a_cut_lasts_to_the_query_and_shows_no_object(seed: int) -> None:
    frames, masks = with_foreign(FRAMES, MASKS, FOREIGN, ChainChange.CUT, WRONG, Generator().manual_seed(seed))
    is_foreign = frames.flatten(1).amax(dim=1) == 0
    assert bool(is_foreign[-1])
    assert is_foreign.tolist() == sorted(is_foreign.tolist())
    assert bool((masks[is_foreign][1:] == 0).all()) and bool((masks[~is_foreign] == 1).all())
    assert float(masks[-1].max()) == 0


@pytest.mark.parametrize("seed", range(12))
def test_an_interruption_is_one_frame_before_the_query(seed: int) -> None:
    generator = Generator().manual_seed(seed)
    frames, masks = with_foreign(FRAMES, MASKS, FOREIGN, ChainChange.INTERRUPTION, WRONG, generator)
    is_foreign = frames.flatten(1).amax(dim=1) == 0
    assert int(is_foreign.sum()) == 1 and not bool(is_foreign[-1])
    assert float(masks[-1].min()) == 1


def test_the_prediction_on_a_foreign_first_frame_is_empty_or_wrong() -> None:
    seen = set()
    for seed in range(60):
        generator = Generator().manual_seed(seed)
        frames, masks = with_foreign(FRAMES, MASKS, FOREIGN, ChainChange.INTERRUPTION, WRONG, generator)
        if float(frames[0].max()) == 0:
            seen.add(float(masks[0].max()))
    assert seen == {0.0, 0.5}


def test_a_frozen_frame_is_the_next_one_bit_for_bit() -> None:
    for seed in range(10):
        frames, masks = frozen(FRAMES, MASKS * FRAMES[:, :1], Generator().manual_seed(seed))
        same = [bool(torch.equal(a, b)) for a, b in pairwise(frames)]
        assert sum(same) == 1
        assert torch.equal(frames[-1], FRAMES[-1])
        assert torch.equal(masks, frames[:, :1])
