"""Without recipes and videos, episodes are what they were before there were any: older runs can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rabengine.io.image_regions import natural_regions
from rabengine.io.image_sets import ImageSet, LabelledImage
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training.episodes import EpisodeDataset
from rabengine.training.options import TrainingOptions

NAMES = ("support", "support_mask", "chain", "query_mask", "prior_mask", "has_priors")
# Means of 4 steps, before recipes and videos. A hash of the bytes would be another on a processor that adds in another
# order; any other draw changes these figures in the first digits.
BEFORE = {
    (0.6, False): [0.30221, 0.13981, 0.30248, 0.1413, 0.10792, 0.6875],
    (1.0, False): [0.26131, 0.11855, 0.28275, 0.10804, 0.09211, 0.625],
    (0.0, True): [0.29312, 0.10061, 0.27318, 0.11136, 0.08984, 0.5625],
    (1.0, True): [0.31123, 0.10488, 0.3372, 0.10562, 0.08162, 0.625],
}


def phantoms() -> ImageSet:
    frames, truth = beating_ellipse(10, 72, 80)
    pictures = []
    for number in range(10):
        pixels = torch.from_numpy(frames[number]).expand(3, -1, -1).contiguous()
        labels = torch.from_numpy(truth[number])
        pictures.append(LabelledImage(pixels, labels, natural_regions(pixels), str(number)))
    return ImageSet("phantoms", tuple(pictures[:7]), tuple(pictures[7:]))


def figures(clip_share: float, validation: bool) -> list[float]:
    """Mean of each part of the first batches."""
    options = TrainingOptions(
        (), Path("w"), Path("c"), batch=4, size=64, synthetic_share=0.0, clip_share=clip_share, recipe_share=0.0
    )
    episodes = EpisodeDataset([phantoms()], options, validation=validation)
    batches = [episodes[step] for step in range(4)]
    return [float(torch.cat([getattr(batch, name).flatten() for batch in batches]).mean()) for name in NAMES]


@pytest.mark.parametrize(("clip_share", "validation"), BEFORE)
def test_episodes_are_what_they_were(clip_share: float, validation: bool) -> None:
    assert figures(clip_share, validation) == pytest.approx(BEFORE[clip_share, validation], abs=2e-4)
