"""Dense motion between two frames, on a real echocardiogram that is moved by known amounts."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from rabengine.demo.sample import sample_cine_path
from rabengine.io.read import read_cine
from rabengine.propagation.optical_flow import blur, carry, joined, likeness, pyramid, register, resize_motion

INSIDE = (slice(None), slice(None), slice(20, -20), slice(20, -20))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """(1, 1, 120, 160) of a real frame, in [0, 1]."""
    frame = np.asarray(read_cine(sample_cine_path()).frames[0], dtype=np.float32).mean(axis=2) / 255
    return torch.nn.functional.interpolate(torch.from_numpy(frame)[None, None], size=(120, 160), mode="area")


def wave(size: tuple[int, int], height: float) -> Tensor:
    """(1, 2, h, w) a smooth motion of up to `height` pixels to all sides."""
    rows = torch.linspace(0, 2 * math.pi, size[0])[:, None].expand(size)
    columns = torch.linspace(0, 2 * math.pi, size[1])[None, :].expand(size)
    return height * torch.stack([torch.sin(rows) * torch.cos(columns), torch.cos(rows + columns)])[None]


def errors(found: Tensor, true: Tensor, picture: Tensor) -> Tensor:
    """Pixels between found and true motion where the picture shows something."""
    seen = picture[INSIDE] > 0.15
    return (found - true)[INSIDE].norm(dim=1, keepdim=True)[seen]


def test_of_many_pairs_each_is_found_as_alone(picture: Tensor) -> None:
    moved = torch.cat([carry(picture, wave((120, 160), height)) for height in (1.0, 4.0)])
    fixed = pyramid(picture.expand(2, -1, -1, -1))
    together = register(fixed, pyramid(moved), 3)
    for number in range(2):
        alone = register(pyramid(picture), pyramid(moved[number : number + 1]), 3)
        torch.testing.assert_close(together[number : number + 1], alone, atol=1e-3, rtol=1e-3)


def test_stripes_are_registered_the_same_where_half_precision_is_on() -> None:
    columns = torch.arange(160.0)[None, :] * 1.2 + torch.arange(160.0)[:, None]
    still, moved = (pyramid((0.5 + 0.5 * torch.sin(0.3 * columns + phase))[None, None]) for phase in (0.0, 0.4))
    expected = register(still, moved, 3)
    with torch.autocast("cpu", torch.bfloat16):
        found = register(still, moved, 3)
    assert bool(torch.isfinite(expected).all())
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("height", [0.5, 2.0, 5.0])
def test_a_known_motion_is_found(picture: Tensor, height: float) -> None:
    true = wave((120, 160), height)
    found = register(pyramid(carry(picture, true)), pyramid(picture), 4)
    assert float(errors(found, true, picture).median()) < 0.25


def test_gain_and_light_change_nothing_much(picture: Tensor) -> None:
    true = wave((120, 160), 2.0)
    moved = 0.6 * carry(picture, true) + 0.2
    found = register(pyramid(moved), pyramid(picture), 4)
    assert float(errors(found, true, picture).median()) < 0.35


@pytest.mark.parametrize("centre", [(60, 80), (70, 90)])
def test_a_glint_that_stands_still_does_not_hold_its_surroundings(picture: Tensor, centre: tuple[int, int]) -> None:
    true = torch.zeros(1, 2, 120, 160)
    true[:, 0] = 4
    rows, columns = torch.meshgrid(torch.arange(120.0), torch.arange(160.0), indexing="ij")
    distance = ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2).sqrt()
    fixed, moving = (pyramid(torch.where(distance < 3, 1.0, seen)) for seen in (picture, carry(picture, -true)))
    wrong = (register(fixed, moving, 3) - true).norm(dim=1)[0]
    assert float(wrong[(distance > 5) & (distance < 10)].mean()) < 0.7


def test_the_same_frame_does_not_move(picture: Tensor) -> None:
    levels = pyramid(picture)
    assert float(register(levels, levels, 3).abs().max()) < 1e-4


def test_a_start_lets_a_long_motion_be_found_on_fine_levels(picture: Tensor) -> None:
    true = torch.zeros(1, 2, 120, 160)
    true[:, 0] = 20
    moved = pyramid(carry(picture, true))
    rough = true + 1.5
    found = register(moved, pyramid(picture), 4, rough, levels=2)
    assert float(errors(found, true, picture).median()) < 0.3


def test_motions_are_joined(picture: Tensor) -> None:
    first, second = wave((120, 160), 2.0), wave((120, 160), -1.0).flip(3)
    at_once = carry(picture, joined(first, second))
    one_by_one = carry(carry(picture, second), first)
    assert float((at_once - one_by_one)[INSIDE].abs().mean()) < 0.02


def test_a_motion_on_another_raster_is_the_same_in_shares_of_the_frame() -> None:
    motion = torch.ones(1, 2, 12, 16)
    finer = resize_motion(motion, (24, 48))
    assert torch.allclose(finer[:, 0], torch.full((1, 24, 48), 3.0))
    assert torch.allclose(finer[:, 1], torch.full((1, 24, 48), 2.0))


def test_likeness_tells_the_same_place_from_another(picture: Tensor) -> None:
    one = pyramid(picture)[0]
    seen = picture[INSIDE] > 0.15
    same = likeness(one, one)[INSIDE][seen]
    other = likeness(one, one.flip(3))[INSIDE][seen]
    assert float(same.median()) > 0.95
    assert float(other.median()) < 0.4


def test_where_both_are_flat_nothing_is_alike() -> None:
    flat = torch.full((1, 1, 40, 40), 0.5)
    assert float(likeness(pyramid(flat)[0], pyramid(flat + 0.001)[0]).abs().max()) < 0.05


def test_smoothing_is_a_gaussian_whose_border_goes_on_whoever_asked_for_it_first(picture: Tensor) -> None:
    """What is kept between calls must not be what half precision or a run without gradients made of it."""
    sigma, reach = 1.3, 3
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        first = blur(picture.bfloat16(), sigma)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).view(1, 1, -1)
    wanted = torch.nn.functional.pad(picture, (reach,) * 4, mode="replicate")
    wanted = torch.nn.functional.conv2d(wanted, weights[..., None] * weights[:, :, None])
    asked = picture.clone().requires_grad_()
    torch.testing.assert_close(blur(asked, sigma), wanted, atol=1e-6, rtol=0)
    blur(asked, sigma).sum().backward()
    assert first.dtype == torch.float32 and asked.grad is not None
