"""Drawn pictures to train from: each is what its kind is, labelled exactly, and the same for a seed."""

from __future__ import annotations

import pytest
import SimpleITK as sitk
import torch

from rabengine.io.image_sets import LabelledImage
from rabengine.synthetic.sketches.draw import KINDS, sketch
from rabengine.synthetic.sketches.endoscope import FOLDS, GLOTTIS
from rabengine.synthetic.sketches.fluoroscope import CATHETER
from rabengine.synthetic.sketches.heart import LEFT_VENTRICLE
from rabengine.synthetic.sketches.neck import CAROTID, GLAND, NODULE
from rabengine.synthetic.sketches.vessel import LUMEN

SEEDS = range(10)
HEARTS = ("sketch-apical", "sketch-short-axis")


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[LabelledImage]]:
    return {kind: [sketch(kind, seed) for seed in SEEDS] for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_draws_one_picture_and_another_a_different_one(drawn: dict[str, list[LabelledImage]], kind: str) -> None:
    again, others = sketch(kind, 3), drawn[kind]
    assert torch.equal(again.pixels, others[3].pixels) and torch.equal(again.labels, others[3].labels)
    assert len({one.pixels.numpy().tobytes() for one in others}) == len(others)


@pytest.mark.parametrize("kind", KINDS)
def test_its_main_object_can_be_seen_and_is_not_all(drawn: dict[str, list[LabelledImage]], kind: str) -> None:
    for one in drawn[kind]:
        assert one.pixels.shape == (3, 256, 256) and one.pixels.dtype == torch.uint8
        assert one.labels.shape == (256, 256) and int(one.labels.max()) <= 5
        assert 0.002 < float((one.labels == 1).float().mean()) < 0.8
        assert one.pixels.float().std() > 5


@pytest.mark.parametrize("kind", HEARTS)
def test_a_heart_is_seen_by_a_fan_of_beams_and_nothing_is_labelled_beside_it(
    drawn: dict[str, list[LabelledImage]], kind: str
) -> None:
    for one in drawn[kind]:
        for column in (0, 255):
            assert not one.pixels[:, :20, column].any() and not one.labels[:20, column].any()


@pytest.mark.parametrize("kind", HEARTS)
def test_blood_is_darker_than_the_wall(drawn: dict[str, list[LabelledImage]], kind: str) -> None:
    darker = [inner < outer for inner, outer in (inside_and_round(one, LEFT_VENTRICLE) for one in drawn[kind])]
    assert sum(darker) >= 7  # some have a wall that the beams hardly see


def test_pupils_are_darker_than_what_is_round_them(drawn: dict[str, list[LabelledImage]]) -> None:
    darker = [inner < outer for inner, outer in (inside_and_round(one, 1) for one in drawn["sketch-eye"])]
    assert sum(darker) >= 7  # some are lit from behind, or have a glint


def test_a_vessel_goes_through_the_picture(drawn: dict[str, list[LabelledImage]]) -> None:
    for one in drawn["sketch-vessel"]:
        lumen = one.labels == LUMEN
        sides = (lumen[0].any(), lumen[-1].any(), lumen[:, 0].any(), lumen[:, -1].any())
        assert sum(map(bool, sides)) >= 2


def test_an_endoscope_sees_in_colour_and_the_others_in_grey(drawn: dict[str, list[LabelledImage]]) -> None:
    for kind, pictures in drawn.items():
        for one in pictures:
            in_colour = bool((one.pixels[0] != one.pixels[2]).any())
            assert in_colour == (kind in {"sketch-polyp", "sketch-glottis"})


def test_the_glottis_is_dark_and_lies_between_the_folds(drawn: dict[str, list[LabelledImage]]) -> None:
    for one in drawn["sketch-glottis"]:
        grey = one.pixels.float().mean(dim=0)
        assert grey[one.labels == GLOTTIS].median() < grey[one.labels == FOLDS].median()
        for label in (GLOTTIS, FOLDS):
            assert (one.labels == label).any()


def test_a_catheter_absorbs_more_than_what_is_round_it(drawn: dict[str, list[LabelledImage]]) -> None:
    for one in drawn["sketch-chest"]:
        inner, outer = inside_and_round(one, CATHETER)
        assert inner < outer


def test_a_nodule_is_of_the_gland_and_blood_is_dark(drawn: dict[str, list[LabelledImage]]) -> None:
    pictures = drawn["sketch-thyroid"]
    for one in pictures:
        nodule = (one.labels == NODULE).to(torch.uint8).numpy()
        if nodule.any():
            wide = sitk.GetArrayFromImage(sitk.BinaryDilate(sitk.GetImageFromArray(nodule), [6, 6]))
            assert (one.labels[torch.from_numpy(wide - nodule) > 0] == GLAND).float().mean() > 0.3
        if (one.labels == CAROTID).any():
            inner, outer = inside_and_round(one, CAROTID)
            assert inner < outer
    found = {int(label) for one in pictures for label in one.labels.unique()}
    assert found == {0, GLAND, NODULE, CAROTID}


def inside_and_round(one: LabelledImage, label: int) -> tuple[float, float]:
    """Median brightness of an object, and of a band of 6 pixels round it."""
    mask = sitk.GetImageFromArray((one.labels == label).to(torch.uint8).numpy())
    band = sitk.GetArrayFromImage(sitk.BinaryDilate(mask, [6, 6])) - sitk.GetArrayFromImage(mask)
    pixels = one.pixels[0].float()
    return float(pixels[one.labels == label].median()), float(pixels[torch.from_numpy(band) > 0].median())
