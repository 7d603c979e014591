"""The motion that training tells the network: along chains of a batch, to the frame before."""

from __future__ import annotations

import numpy as np
import torch

from rabengine.evaluation.metrics import dice_table
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training.episode_motion import chain_motion


def test_a_mask_moves_along_each_chain() -> None:
    pictures, masks = (torch.from_numpy(part[0].astype(np.float32)) for part in beating_ellipse(2, 96, 96, seed=3))
    shifts = (3, -2)  # pixels to the right a frame, of two chains of three frames
    chains, truth = (
        torch.stack([torch.stack([part.roll(shift * frame, dims=1) for frame in range(3)]) for shift in shifts])
        for part in (pictures / 255, masks)
    )
    motion = chain_motion(chains[:, :, None].expand(-1, -1, 3, -1, -1))
    assert len(motion) == 2
    for place in (1, 2):
        carried = motion[place - 1].carried(truth[:, place - 1][:, None])
        small = torch.nn.functional.interpolate(truth[:, place][:, None], size=carried.shape[-2:], mode="area")
        found, right, stayed = (
            (part > 0.5).numpy().astype(np.uint8)
            for part in (
                carried[:, 0],
                small[:, 0],
                torch.nn.functional.interpolate(truth[:, place - 1][:, None], size=carried.shape[-2:])[:, 0],
            )
        )
        assert dice_table(found, right, (1,)).mean() > 0.96
        assert dice_table(found, right, (1,)).mean() > dice_table(stayed, right, (1,)).mean() + 0.02
        assert float(carried[:, 1].mean()) > 0.7
