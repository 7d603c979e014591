"""What synthetic cines can be told to show: sections, a return elsewhere, look-alikes, thin structures."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, smooth_field
from rabengine.synthetic.clip import clip
from rabengine.synthetic.render import Clip
from rabengine.synthetic.settings import ClipSettings

SIDE = 160
STILL = ClipSettings(
    beat=0, slide=0, rock=0, drift=0, jump=0, leave=0, vanish=0, grain=0, gain=0, shadow=0, blur=0, field=0,
    vanish_gradual=1.0, vanish_slope=(0.3, 0.3), away=(0.15, 0.15),
)  # fmt: skip


def made(times: Tensor, seed: int = 0, **settings: float) -> Clip:
    """A clip of a bright ellipse in grey noise in which nothing moves but what is asked for."""
    generator = Generator().manual_seed(seed)
    grid = base_grid(SIDE, SIDE)
    inside = ((grid[..., 0] + 0.3) / 0.3) ** 2 + ((grid[..., 1] + 0.2) / 0.2) ** 2 < 1
    pixels = 0.4 + 0.05 * smooth_field(generator, 1, 20, (SIDE, SIDE)) + 0.3 * inside
    values = {**vars(STILL), **settings}
    return clip(
        pixels.expand(3, -1, -1), inside[None].float(), 96, generator, times=times, settings=ClipSettings(**values)
    )


def areas(masks: Tensor) -> Tensor:
    return (masks > 0.5).float().mean(dim=(1, 2, 3))


def centre(mask: Tensor) -> Tensor:
    return (mask[0] > 0.5).nonzero().float().mean(dim=0)


@pytest.mark.parametrize("seed", range(4))
def test_a_section_goes_to_nothing_and_grows_to_its_full_extent_without_a_leap(seed: int) -> None:
    shown = made(torch.linspace(0, 40, 81), seed, vanish=1.0, section=1.0)
    assert "section" in shown.plan.happenings
    area = areas(shown.masks) / areas(shown.masks).max()
    assert area.min() == 0
    slivers = (area > 0) & (area < 0.15)
    assert slivers.sum() >= 2
    assert area.diff().abs().max() < 0.15


def test_a_section_is_a_part_of_the_object() -> None:
    shown = made(torch.linspace(0, 40, 41), 1, vanish=1.0, section=1.0)
    whole = shown.masks[areas(shown.masks).argmax()] > 0.5
    assert all(bool((whole | ~(mask > 0.5)).all()) for mask in shown.masks)


def test_an_object_returns_elsewhere_after_its_absence() -> None:
    shown = made(torch.linspace(0, 40, 81), 2, vanish=1.0, elsewhere=1.0)
    assert "return elsewhere" in shown.plan.happenings
    area = areas(shown.masks)
    gone = (area == 0).nonzero()[:, 0]
    first, last = shown.masks[: gone[0]], shown.masks[gone[-1] + 1 :]
    there, back = (part[areas(part).argmax()] for part in (first, last))
    assert (centre(there) - centre(back)).norm() > 10
    # It looks there as it did here: bright.
    frame = shown.frames[gone[-1] + 1 :][areas(last).argmax()]
    assert frame[:, back[0] > 0.5].mean() > frame[:, back[0] < 0.5].mean() + 0.15


def test_a_look_alike_is_seen_and_is_not_the_object() -> None:
    plain, double = made(torch.zeros(1), 3), made(torch.zeros(1), 3, look_alike=1.0)
    assert "look-alike" in double.plan.happenings
    assert torch.equal(plain.masks, double.masks)
    brighter = (double.frames - plain.frames)[0].mean(dim=0) > 0.15
    assert 0.5 * areas(plain.masks) < brighter.float().mean() < 2 * areas(plain.masks)
    assert not bool((brighter & (plain.masks[0, 0] > 0.5)).any())


def test_a_strand_is_thin_and_moves_by_itself() -> None:
    widths, moved = [], []
    for seed in range(12):
        shown = made(torch.linspace(0, 40, 9), seed, strand=1.0)
        mask = shown.masks[:, 0] > 0.5
        inner = 1 - torch.nn.functional.max_pool2d((~mask).float()[:, None], 7, 1, 3)
        assert inner.sum() == 0  # narrower than 7 of 192 pixels, so certainly of 96
        widths.append(mask.float().mean())
        moved.append(bool((mask[0] ^ mask[4]).any()))
    assert min(widths) > 0
    assert sum(moved) >= 10
