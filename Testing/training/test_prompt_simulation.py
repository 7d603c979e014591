"""The simulated user: where it clicks first, where it corrects, and what else it draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from rabengine.network.prompt_maps import BOX, HAS_BOX, HAS_MASK, MASK, NEGATIVE, POSITIVE, no_prompts
from rabengine.training.prompt_objective import intersection_over_union, next_prompts, normalised_focal_loss
from rabengine.training.prompt_simulation import (
    central_place,
    correct,
    depths,
    first_prompts,
    jittered_boxes,
    largest_error,
    rough_masks,
    scribbles,
)

SIDE = 96


def disc(row: int, column: int, radius: int) -> Tensor:
    """(1, 1, SIDE, SIDE) of 0 and 1."""
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return (((rows - row) ** 2 + (columns - column) ** 2) <= radius**2).float()[None, None]


@pytest.fixture
def generator() -> Generator:
    return Generator().manual_seed(3)


def test_depth_grows_from_the_edge_to_the_middle() -> None:
    depth = depths(disc(48, 48, 20))[0, 0]
    assert depth[48, 48] == depth.max()
    assert depth[48, 48] > depth[48, 58] > depth[48, 66] >= 1
    assert depth[48, 75] == 0


def test_the_first_click_is_near_the_middle_of_the_thickest_part(generator: Generator) -> None:
    mask = torch.maximum(disc(40, 40, 20), disc(80, 80, 5))
    for _ in range(20):
        place = central_place(mask, generator)[0]
        assert torch.dist(place.float(), torch.tensor([40.0, 40.0])) < 14


def test_nothing_is_clicked_where_there_is_nothing(generator: Generator) -> None:
    empty = torch.zeros(1, 1, SIDE, SIDE)
    assert central_place(empty, generator).tolist() == [[-1, -1]]
    place, _, _ = largest_error(empty > 0, empty > 0, generator)
    assert place.tolist() == [[-1, -1]]
    prompts = no_prompts(1, (SIDE, SIDE))
    assert torch.equal(correct(prompts, empty, empty, generator), prompts)


def test_a_correction_adds_what_is_missing_and_takes_what_is_too_much(generator: Generator) -> None:
    truth, answer = disc(40, 40, 20), torch.maximum(disc(40, 40, 18), disc(80, 80, 10))
    place, is_positive, _ = largest_error(answer > 0.5, truth > 0.5, generator)
    assert not bool(is_positive)
    assert torch.dist(place[0].float(), torch.tensor([80.0, 80.0])) < 8
    place, is_positive, missing = largest_error(torch.zeros_like(truth) > 0, truth > 0.5, generator)
    assert bool(is_positive)
    assert truth[0, 0, place[0, 0], place[0, 1]] == 1
    assert torch.equal(missing, truth)


def test_first_prompts_say_the_truth(generator: Generator) -> None:
    mask = disc(50, 44, 18).expand(64, -1, -1, -1)
    prompts = first_prompts(mask, generator)
    inside = (prompts[:, POSITIVE : POSITIVE + 1] > 0) & (disc(50, 44, 22) == 0)
    outside = (prompts[:, NEGATIVE : NEGATIVE + 1] > 0) & (disc(50, 44, 14) == 1)
    assert not inside.any(), "positive marks lie in the object, but for the breadth of a pen"
    assert not outside.any(), "negative marks lie outside"
    kinds = [(prompts[:, flag].amax(dim=(1, 2)) > 0).float().mean().item() for flag in (HAS_BOX, HAS_MASK, POSITIVE)]
    assert 0.05 < kinds[0] < 0.5 and 0.02 < kinds[1] < 0.4 and kinds[2] > 0.5, "all kinds come"
    said = prompts.amax(dim=(1, 2, 3)) > 0
    assert said.all(), "nobody says nothing"


def test_with_a_marked_frame_some_say_nothing_at_all(generator: Generator) -> None:
    mask = disc(50, 44, 18).expand(128, -1, -1, -1)
    prompts = first_prompts(mask, generator, has_support=torch.ones(128, dtype=torch.bool))
    silent = (prompts.amax(dim=(1, 2, 3)) == 0).float().mean().item()
    assert 0.01 < silent < 0.4


def test_boxes_are_round_the_object_and_not_quite_exact(generator: Generator) -> None:
    boxes = jittered_boxes(disc(50, 44, 18).expand(32, -1, -1, -1), generator)
    assert (boxes - torch.tensor([32.0, 26.0, 68.0, 62.0])).abs().max() < 8
    assert boxes.std(dim=0).min() > 0.3


def test_a_scribble_is_a_line_through_its_place(generator: Generator) -> None:
    region = disc(48, 48, 30)
    line = scribbles(region, torch.tensor([[48, 48]]), generator)
    assert line[0, 0, 48, 48] == 1
    assert 5 < line.sum() < 0.3 * region.sum()
    assert not ((line > 0) & (region == 0)).any()


def test_rough_masks_resemble_the_object(generator: Generator) -> None:
    mask = disc(48, 48, 24).expand(32, -1, -1, -1)
    ious = intersection_over_union(rough_masks(mask, generator) > 0, mask > 0)
    assert ious.mean() > 0.4
    assert ious.min() < 0.9


def test_the_next_prompts_hold_the_answer_as_the_mask_so_far(generator: Generator) -> None:
    truth, answer = disc(48, 48, 24), 0.8 * disc(48, 40, 24)
    prompts = next_prompts(no_prompts(1, (SIDE, SIDE)), answer, truth, generator)
    assert prompts[0, HAS_MASK].min() == 1
    assert torch.equal(prompts[0, MASK] > 0.5, answer[0, 0] > 0.5)
    assert prompts[0, :BOX].max() == 1, "and a correction"


def test_a_view_with_few_wrong_pixels_counts_as_one_with_many() -> None:
    truth = disc(48, 48, 24)
    few, many = truth.clone(), truth.clone()
    few[..., 48, 48:52] = 0
    many[..., 40:60, 40:60] = 0
    losses = [float(normalised_focal_loss(12 * answer - 6, truth)) for answer in (few, many)]
    assert np.isclose(losses[0], losses[1], rtol=0.25)
    assert float(normalised_focal_loss(12 * truth - 6, truth)) < 0.1 * losses[0]
