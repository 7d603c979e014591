"""Area, perimeter, diameters, distances and brightness of masks, against shapes known from geometry."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from helpers.analytic_shapes import ellipse, places
from rabengine.cine import LEFT_OUT, Cine
from rabengine.errors import InputError
from rabengine.measurement.measure import GENERAL, measure
from rabengine.measurement.outline import length_of, outlines
from rabengine.measurement.shape import longest_distance, shape_of

PIXELS = [(1.0, 1.0), (0.5, 1.0), (1.0, 0.4)]  # (x, y) mm


def ellipse_perimeter(along: float, across: float) -> float:
    angles = np.linspace(0, 2 * math.pi, 20_001)
    return float(np.hypot(np.diff(along * np.cos(angles)), np.diff(across * np.sin(angles))).sum())


@pytest.mark.parametrize("pixel", PIXELS)
@pytest.mark.parametrize("radius", [10, 25])
def test_a_disc_has_its_area_perimeter_and_diameters(radius, pixel):
    for shift in (0.0, 0.3, 0.7):
        centre = (40 + shift, 40 - shift)
        found = shape_of(ellipse(radius, radius, centre, 80, pixel), np.array(pixel))
        assert found.area == pytest.approx(math.pi * radius**2, rel=0.015)
        assert found.perimeter == pytest.approx(2 * math.pi * radius, rel=0.015)
        assert (found.x, found.y) == pytest.approx(centre, abs=0.15)
        for diameter in (found.equivalent_diameter, found.major_diameter, found.minor_diameter):
            assert diameter == pytest.approx(2 * radius, abs=0.3)
        assert found.longest_diameter == pytest.approx(2 * radius, abs=1.5)


@pytest.mark.parametrize("pixel", PIXELS)
def test_the_edge_of_a_small_disc_is_not_smoothed_away(pixel):
    for radius in (1.5, 2, 3):
        masks = [ellipse(radius, radius, (10 + 0.13 * one, 10 - 0.09 * one), 20, pixel) for one in range(12)]
        found = [shape_of(mask, np.array(pixel)).perimeter for mask in masks]
        assert np.mean(found) == pytest.approx(2 * math.pi * radius, rel=0.04)
    assert shape_of(np.ones((1, 1), bool), np.ones(2)).perimeter == pytest.approx(2.82, abs=0.01), "of its middles"


@pytest.mark.parametrize("turn", [0.0, 0.4, 1.2])
@pytest.mark.parametrize("pixel", PIXELS)
def test_an_ellipse_has_its_axes_however_it_lies(turn, pixel):
    found = shape_of(ellipse(40, 18, (50.2, 49.7), 100, pixel, turn), np.array(pixel))
    assert found.major_diameter == pytest.approx(80, rel=0.01)
    assert found.minor_diameter == pytest.approx(36, rel=0.01)
    assert found.perimeter == pytest.approx(ellipse_perimeter(40, 18), rel=0.015)


def test_the_perimeter_of_a_turned_rectangle_loses_its_corners_alone():
    for turn in np.linspace(0, math.pi / 2, 7):
        x, y = places(100, (1.0, 1.0))
        far = (x - 50.2) * math.cos(turn) + (y - 49.9) * math.sin(turn)
        wide = (y - 49.9) * math.cos(turn) - (x - 50.2) * math.sin(turn)
        found = shape_of((abs(far) <= 30) & (abs(wide) <= 15), np.ones(2))
        assert found.perimeter == pytest.approx(180, rel=0.025)


def test_a_ring_has_both_its_edges_in_its_perimeter():
    ring = ellipse(30, 30, (40, 40), 80, (1, 1)) & ~ellipse(15, 15, (40, 40), 80, (1, 1))
    found = shape_of(ring, np.ones(2))
    assert len(outlines(ring)) == 2
    assert found.perimeter == pytest.approx(2 * math.pi * 45, rel=0.01)
    assert found.area == pytest.approx(math.pi * (900 - 225), rel=0.01)


def test_pieces_that_touch_at_a_corner_have_one_edge_and_others_their_own():
    mask = np.zeros((12, 12), bool)
    mask[2:5, 2:5] = mask[5:8, 5:8] = True
    assert len(outlines(mask)) == 1
    mask[10:12, 0:2] = True
    assert len(outlines(mask)) == 2
    assert outlines(np.zeros((4, 4), bool)) == []


def test_an_edge_at_the_border_of_the_frame_counts():
    assert length_of(outlines(np.ones((40, 30), bool), 0)[0], np.ones(2)) == pytest.approx(140, abs=4)


@pytest.mark.parametrize("seed", range(3))
def test_no_two_corners_are_further_apart_than_the_longest_diameter(seed):
    mask = np.random.default_rng(seed).random((9, 11)) < 0.1
    mask[4, 5] = True
    corners = {(x + right, y + down) for y, x in np.argwhere(mask) for down, right in product((0, 1), repeat=2)}
    farthest = max(math.hypot((a - c) * 0.7, (b - d) * 1.3) for a, b in corners for c, d in corners)
    assert longest_distance(mask, np.array([0.7, 1.3])) == pytest.approx(farthest)


def cine_of(labels: np.ndarray, pixel: tuple[float, float] | None = (0.5, 1.0), step: float | None = 0.05) -> Cine:
    """A cine whose grey values are 10 times the labels, plus the number of the frame."""
    frames = (labels * 10 + np.arange(len(labels))[:, None, None]).astype(np.float32)
    times = {} if step is None else {"index_name": "time", "index_unit": "s"}
    values = tuple(np.arange(len(labels)) * (step or 1.0))
    return Cine(frames, pixel, index_values=values, **times)


def two_squares() -> np.ndarray:
    """(3, 20, 60): squares of 4 x 4 pixels that come apart, 10, 20 and 30 pixels from edge to edge; none on frame 3."""
    labels = np.zeros((4, 20, 60), np.uint8)
    for frame in range(3):
        labels[frame, 4:8, 4:8] = 1
        right = 8 + 10 * (frame + 1)
        labels[frame, 4:8, right : right + 4] = 2
    return labels


def test_distances_are_between_edges_and_centroids_in_mm_of_each_direction():
    labels = two_squares()
    found = measure(cine_of(labels), labels, names={1: "A", 2: "B"}, what=("distance",))
    assert found.curve("edge distance", "A - B", 4)[:3] == pytest.approx([5, 10, 15])
    assert found.curve("centroid distance", "A - B", 4)[:3] == pytest.approx([7, 12, 17])
    assert np.isnan(found.curve("edge distance", "A - B", 4)[3])
    upright = labels.transpose(0, 2, 1)
    alone = measure(cine_of(labels), labels, segments=[1], what=("distance",))
    assert alone.measured == () and "A distance is between two segments, and there is one." in alone.warnings
    tall = measure(cine_of(upright), upright, names={1: "A", 2: "B"}, what=("distance",))
    assert tall.curve("edge distance", "A - B", 4)[:3] == pytest.approx([10, 20, 30])


def test_brightness_is_the_mean_inside_and_the_luma_of_colours():
    labels = two_squares()
    cine = cine_of(labels)
    found = measure(cine, labels, what=("brightness",))
    assert found.curve("mean brightness", "Segment 2", 4)[:3] == pytest.approx([20, 21, 22])
    colours = np.zeros((*labels.shape, 3), np.uint8)
    colours[..., 1] = 100
    found = measure(Cine(colours), labels, what=("brightness",))
    assert found.curve("mean brightness", "Segment 1", 4)[0] == pytest.approx(58.7)


def test_the_centroid_path_is_the_way_that_a_segment_goes():
    labels = two_squares()
    found = measure(cine_of(labels), labels, names={2: "B"}, what=("centroid",))
    assert found.value("centroid path length", "B") == pytest.approx(10)
    assert found.value("centroid path length", "Segment 1") == pytest.approx(0)
    assert found.curve("centroid x", "B", 4)[0] == pytest.approx((18 + 1.5) * 0.5)


def test_without_calibration_units_are_pixels_and_frames_and_it_is_said():
    labels = two_squares()
    found = measure(cine_of(labels, None, None), labels, what=("all",))
    assert {one.unit for one in found.by_frame} == {"{pixels}", "1"}
    assert any("no pixel size" in text for text in found.warnings)
    assert any("no times" in text for text in found.warnings)
    calibrated = measure(cine_of(labels), labels, what=("all",))
    assert {one.unit for one in calibrated.by_frame} == {"mm", "mm2", "1"}
    assert not any("no pixel size" in text or "no times" in text for text in calibrated.warnings)


def test_two_segments_of_one_name_are_told_apart():
    labels = two_squares()
    labels[:3, 12:14, 4:14] = 2
    found = measure(cine_of(labels), labels, names={1: "LV", 2: "LV"}, what=("area", "distance"))
    assert found.curve("area", "LV", 4)[:3] == pytest.approx([8, 8, 8])
    assert found.curve("area", "LV (2)", 4)[:3] == pytest.approx([18, 18, 18])
    assert {one.segment for one in found.by_frame} == {"LV", "LV (2)", "LV - LV (2)"}
    alone = measure(cine_of(labels), labels, names={1: "LV", 2: "LV"}, segments=[2], what=("area",))
    assert {one.segment for one in alone.by_frame} == {"LV (2)"}


def test_what_is_left_out_of_a_folder_is_not_told_beside_values_for_its_names_may_name_a_patient():
    labels = two_squares()
    cine = replace(cine_of(labels), warnings=("The order is in doubt.", f"{LEFT_OUT}: Doe_Jane.txt."))
    assert measure(cine, labels, what=("area",)).warnings == ("The order is in doubt.",)


def test_what_cannot_be_measured_is_said_in_a_sentence():
    labels = two_squares()
    with pytest.raises(InputError, match="'volume' is nothing that can be measured"):
        measure(cine_of(labels), labels, what=("volume",))
    with pytest.raises(InputError, match="Segment 7 has no pixels on any frame"):
        measure(cine_of(labels), labels, segments=[7])
    with pytest.raises(InputError, match="The labels are 4 x 20 x 60, the cine is 3 x 20 x 60"):
        measure(cine_of(labels[:3]), labels)
    with pytest.raises(InputError, match="no segment on any frame"):
        measure(cine_of(labels), labels * 0)


def test_all_stands_for_everything_that_needs_no_word_of_what_a_segment_is():
    labels = two_squares()
    spelled = measure(cine_of(labels), labels, what=GENERAL)
    assert measure(cine_of(labels), labels).measured == spelled.measured
