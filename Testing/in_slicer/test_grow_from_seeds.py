"""What the click study calls *Grow from seeds* is what Slicer's own filter of that effect finds."""

from __future__ import annotations

import numpy as np
import pytest

from rabengine.evaluation.interactive.classical import grow_from_seeds, seeds_of
from rabengine.prompts import Click

pytest.importorskip("scipy")
pytest.importorskip("slicer")


def test_slicers_filter_finds_the_same_from_the_same_seeds() -> None:
    from RABSegmentLib.Results.EvaluationPeers import arrayOf, filterOf, imageOf

    rows, columns = np.mgrid[:60, :80]
    inside = ((rows - 30) / 16) ** 2 + ((columns - 36) / 22) ** 2 < 1
    noise = np.random.default_rng(0).normal(0, 6, inside.shape)
    picture = np.clip(np.where(inside, 170, 70) + noise, 0, 255).round().astype(np.uint8)
    clicks = (Click(36, 30), Click(70, 10, False))
    seeds = seeds_of(clicks, picture.shape, 3).astype(np.int16)
    seeds[seeds < 0] = 2
    border = np.zeros(picture.shape, bool)
    border[[0, -1]] = border[:, [0, -1]] = True
    seeds[border] = 2
    grow = filterOf("vtkImageGrowCutSegment")
    # Nothing grows from or into the outermost voxels of a volume.
    grow.SetIntensityVolume(imageOf(np.pad(picture.astype(np.int16)[None], 1, mode="edge")))
    grow.SetSeedLabelVolume(imageOf(np.pad(seeds[None], 1)))
    grow.Update()
    slicers = arrayOf(grow.GetOutput())[1, 1:-1, 1:-1] == 1
    ours = grow_from_seeds()(picture)(clicks, np.zeros(picture.shape, bool))
    both = np.count_nonzero(slicers & ours) / np.count_nonzero(slicers | ours)
    assert both > 0.9 and np.count_nonzero(slicers & inside) / np.count_nonzero(slicers | inside) > 0.8
