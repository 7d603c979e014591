"""Volumes, ejection fractions and strain of ventricles that are cut ellipsoids, whose volumes are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers.analytic_shapes import beating, ellipse, ventricle, ventricle_outline, ventricle_volume
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.measurement.ejection import CUT_OFF, ONE_BEAT, measure_ventricle
from rabengine.measurement.landmarks import ROUND, UNDECIDED, GivenLandmarks, find_landmarks
from rabengine.measurement.measure import masks_of, measure, measure_biplane
from rabengine.measurement.scale import Scale
from rabengine.measurement.ventricle import area_length_volume, disc_volume, ventricle_view

PIXELS = [(1.0, 1.0), (0.5, 1.0), (1.0, 0.4)]  # (x, y) mm


def view_of(mask, pixel, given=None):
    found = find_landmarks({0: mask}, np.array(pixel), None if given is None else {0: given})
    return ventricle_view(mask, np.array(pixel), found.by_frame[0]), found


@pytest.mark.parametrize("pixel", PIXELS)
@pytest.mark.parametrize(("cut", "slant"), [(0.3, 0.0), (0.5, 0.0), (0.5, 0.3), (0.7, 0.0)])
def test_a_cut_ellipsoid_has_its_volume_length_and_outline(cut, slant, pixel):
    for turn in (0.2, 1.7, 3.5, 5.1):
        view, found = view_of(ventricle(48, 24, cut, pixel, turn, slant), pixel)
        assert found.warnings == ()
        assert view.length == pytest.approx(48 * (1 + cut), rel=0.015)
        assert disc_volume(view) == pytest.approx(ventricle_volume(48, 24, cut), rel=0.015)
        # The formula is that of a whole or a half ellipsoid; between the two it is up to 3 % more.
        assert area_length_volume(view.area, view.length) == pytest.approx(ventricle_volume(48, 24, cut), rel=0.04)
        assert view.outline == pytest.approx(ventricle_outline(48, 24, cut), rel=0.02)


@pytest.mark.parametrize("pixel", PIXELS)
def test_half_an_ellipsoid_and_a_whole_one_have_their_volumes_by_either_formula(pixel):
    half, _found = view_of(ventricle(60, 22, 0.0, pixel, 0.4), pixel)
    whole, found = view_of(ellipse(48, 24, (65, 65), 130, pixel, 0.4), pixel)
    for view, volume in ((half, ventricle_volume(60, 22, 0.0)), (whole, 4 / 3 * math.pi * 48 * 24**2)):
        assert area_length_volume(view.area, view.length) == pytest.approx(volume, rel=0.02)
        assert disc_volume(view) == pytest.approx(volume, rel=0.02)
    assert "apex cannot be told from the base" in found.warnings[0], "an ellipse has no base"


def test_apex_and_hinge_points_are_where_geometry_has_them_whichever_way_it_lies():
    for turn in np.linspace(0, 2 * math.pi, 9):
        found = find_landmarks({0: ventricle(48, 24, 0.5, (1, 1), turn)}, np.ones(2)).by_frame[0]
        far = np.array([math.cos(turn), math.sin(turn)])
        wide = np.array([-far[1], far[0]])
        half = 24 * math.sqrt(1 - 0.25)
        assert found.apex == pytest.approx(65 - 48 * far, abs=4)
        corners = {tuple(np.round((point - 65) @ np.stack([far, wide], 1))) for point in found.mitral}
        for sign in (-1, 1):
            assert min(math.hypot(x - 24, y - sign * half) for x, y in corners) < 3


def test_a_person_moves_apex_and_mitral_plane():
    mask = ventricle(48, 24, 0.7, (1, 1))
    automatic, _found = view_of(mask, (1, 1))
    middle = 65.0
    plane = ((middle + 0.3 * 48, middle - 24.0), (middle + 0.3 * 48, middle + 24.0))
    moved, found = view_of(mask, (1, 1), GivenLandmarks(mitral=plane))
    assert moved.length == pytest.approx(48 * 1.3, rel=0.01)
    assert disc_volume(moved) == pytest.approx(ventricle_volume(48, 24, 0.3), rel=0.015)
    assert moved.area < automatic.area and moved.outline < automatic.outline
    lower, _found = view_of(mask, (1, 1), GivenLandmarks(apex=(middle - 0.8 * 48, middle)))
    # The volume from 0.8 half axes above the middle to 0.7 below it: pi 48 24^2 (1.5 - (0.8^3 + 0.7^3) / 3) mm3.
    assert disc_volume(lower) == pytest.approx(105_533, rel=0.015)
    assert area_length_volume(lower.area, lower.length) == pytest.approx(105_533, rel=0.15)
    _turned, found = view_of(mask, (1, 1), GivenLandmarks(apex=(middle + 0.7 * 48, middle)))
    assert found.by_frame[0].apex == pytest.approx((middle + 0.7 * 48, middle))
    assert found.by_frame[0].mitral[:, 0].mean() < middle, "the other end is the base then"


def test_a_ventricle_as_wide_as_long_has_a_sentence():
    _view, found = view_of(ellipse(30, 30, (65, 65), 130, (1, 1)), (1, 1))
    assert any("hardly longer than wide" in text for text in found.warnings)


SIZES = ((48.0, 24.0), (40.0, 17.0))  # half axes at end-diastole and end-systole


def beating_ventricle(count, phase=0.25, pixel=(1.0, 0.8), across=1.0, cut=0.5, turn=1.2):
    """Labels of 50 frames a second and one beat a second, and the share of the way from ES to ED on each frame."""
    share = beating(np.arange(count) / 50, 1.0, phase)
    (long, wide), (short, narrow) = SIZES
    labels = [
        ventricle(short + (long - short) * one, across * (narrow + (wide - narrow) * one), cut, pixel, turn)
        for one in share
    ]
    return np.stack(labels).astype(np.uint8), share


def cine_of(labels, pixel=(1.0, 0.8)):
    times = tuple(np.arange(len(labels)) / 50)
    return Cine(labels, pixel, index_name="time", index_unit="s", index_values=times)


def fraction(across=1.0, other=None, cut=0.5):
    (long, wide), (short, narrow) = SIZES
    second = across if other is None else other
    volumes = [
        ventricle_volume(along, across * width, cut, second * width) for along, width in ((long, wide), (short, narrow))
    ]
    return volumes[0], volumes[1], 100 * (1 - volumes[1] / volumes[0])


@pytest.fixture(scope="module")
def three_beats():
    labels, _share = beating_ventricle(150)
    return cine_of(labels), labels


def test_every_beat_has_its_ejection_fraction_and_the_median_beat_its_volumes(three_beats):
    cine, labels = three_beats
    found = measure(cine, labels, names={1: "LV"}, what=("ventricle", "beats"))
    ed, es, ef = fraction()
    assert found.value("end-diastolic volume (discs)") == pytest.approx(ed / 1000, rel=0.02)
    assert found.value("end-systolic volume (discs)") == pytest.approx(es / 1000, rel=0.02)
    assert found.value("ejection fraction (discs)") == pytest.approx(ef, abs=1)
    assert found.value("ejection fraction (area-length)") == pytest.approx(ef, abs=1.5)
    assert found.value("ejection fraction (discs), mean") == pytest.approx(ef, abs=1)
    assert found.value("ejection fraction (discs), standard deviation") < 0.5
    assert found.value("beat rate, mean", "LV") == pytest.approx(60, rel=0.01)
    assert sum(one.name == "ejection fraction (discs)" for one in found.by_beat) == 2
    units = {one.name: one.unit for one in found.summary}
    assert units["end-diastolic volume (discs)"] == "mL" and units["ejection fraction (discs)"] == "%"
    lengths = [ventricle_outline(along, wide, 0.5) for along, wide in SIZES]
    strain = 100 * (lengths[1] / lengths[0] - 1)
    assert found.value("longitudinal strain at end-systole") == pytest.approx(strain, abs=1.5)
    assert found.value("peak longitudinal strain") == pytest.approx(strain, abs=2)
    assert np.nanmax(found.curve("volume (discs)", "LV", 150)) == pytest.approx(ed / 1000, rel=0.02)


def test_the_peak_strain_is_that_of_the_beat_whose_volumes_are_told():
    share = beating(np.arange(200) / 50, 1.0, 0.25)
    depth = np.where((np.arange(200) < 88) | (np.arange(200) > 138), 0.6, 1.0) * (
        1 - share
    )  # the beat between is deeper
    labels = np.stack([ventricle(48 - 12 * one, 24 - 8 * one, 0.5, (2.0, 1.5), 1.2) for one in depth]).astype(np.uint8)
    found = measure(cine_of(labels, (2.0, 1.5)), labels, what=("ventricle",))
    assert found.value("longitudinal strain at end-systole") == pytest.approx(-15.9, abs=0.8)
    assert found.value("peak longitudinal strain") == pytest.approx(-15.9, abs=0.8), "the other beat has -26.6 %"
    assert np.nanmin(found.curve("longitudinal strain", "Segment 1", 200)) == pytest.approx(-26.6, abs=0.8)


def test_without_a_pixel_size_there_is_a_fraction_but_no_volume():
    labels, _share = beating_ventricle(60, pixel=(1.0, 1.0))
    found = measure(cine_of(labels, None), labels, what=("ventricle",))
    assert found.value("ejection fraction (discs)") == pytest.approx(fraction()[2], abs=1)
    assert not any("volume" in one.name for one in found.measured)


def test_two_views_of_an_ellipsoid_give_its_volume_each_at_its_own_ends_of_a_beat(three_beats):
    cine, labels = three_beats
    other, _share = beating_ventricle(60, phase=0.65, pixel=(0.6, 0.6), across=0.7, turn=1.6)
    views = [
        (masks_of(one, drawn)[0], Scale.of(one), None)
        for one, drawn in ((cine, labels), (cine_of(other, (0.6, 0.6)), other))
    ]
    found = measure_biplane(*views)
    ed, es, ef = fraction(1.0, 0.7)
    assert found.value("end-diastolic volume (biplane)") == pytest.approx(ed / 1000, rel=0.02)
    assert found.value("end-systolic volume (biplane)") == pytest.approx(es / 1000, rel=0.03)
    assert found.value("ejection fraction (biplane)") == pytest.approx(ef, abs=1)
    assert {one.code[0] for one in found.summary} == {"79996-5", "80001-1", "79991-6"}


def test_a_foreshortened_second_view_and_one_without_a_pixel_size_have_sentences(three_beats):
    cine, labels = three_beats
    short = np.stack([ventricle(30, 20 + share, 0.5, (1, 1)) for share in (2, 1, 0)]).astype(np.uint8)
    first = (masks_of(cine, labels)[0], Scale.of(cine), None)
    found = measure_biplane(first, (masks_of(cine_of(short, (1, 1)), short)[0], Scale((1.0, 1.0)), None))
    assert any("differ by more than 10 %" in text for text in found.warnings)
    with pytest.raises(InputError, match="One of the two views has a pixel size"):
        measure_biplane(first, (masks_of(cine_of(short, None), short)[0], Scale(), None))
    with pytest.raises(InputError, match="fewer than two frames: no ejection fraction"):
        measure_biplane(first, (masks_of(cine_of(short[:1]), short[:1])[0], Scale((1.0, 1.0)), None))


def test_what_is_doubted_of_either_view_is_said_of_their_biplane_values(three_beats):
    cine, labels = three_beats
    whole = np.stack([ellipse(long, long, (65, 65), 130, (1, 1)) for long in (38, 30)]).astype(np.uint8)
    seen = (masks_of(cine, labels)[0], Scale.of(cine), None)
    round_one = (masks_of(cine_of(whole, (1, 1)), whole)[0], Scale((1.0, 1.0)), None)
    for views, prefix in (((seen, round_one), "Segment 1: Second view: "), ((round_one, seen), "Segment 1: ")):
        found = measure_biplane(*views).warnings
        for doubt in (UNDECIDED, ROUND, ONE_BEAT):
            assert f"{prefix}{doubt}" in found


def test_a_segment_on_one_frame_is_no_ventricle():
    mask = ventricle(48, 24, 0.5, (1, 1))
    assert measure_ventricle(lambda _frame: mask, np.array([np.nan, 5.0]), np.arange(2.0), np.ones(2)) is None
    labels = np.stack([mask, mask * 0]).astype(np.uint8)
    found = measure(Cine(labels, (1.0, 1.0)), labels, names={1: "LV"}, what=("ventricle",))
    assert found.measured == () and "LV is on fewer than two frames: no ejection fraction." in found.warnings


def test_a_ventricle_that_the_picture_cuts_off_has_a_sentence():
    whole = np.stack([ventricle(48, 24, 0.5, (1, 1), 1.5), ventricle(40, 20, 0.5, (1, 1), 1.5)]).astype(np.uint8)
    top = int(np.flatnonzero(whole[0].any(axis=1))[0])
    for labels, is_cut in ((whole[:, top - 1 :], False), (whole[:, top + 10 :], True)):
        found = measure(Cine(labels, (1.0, 1.0)), labels, what=("ventricle",))
        assert (f"Segment 1: {CUT_OFF}" in found.warnings) == is_cut
    below = whole[:, : int(np.flatnonzero(whole[0].any(axis=1))[-1]) - 4]  # the base is cut, but behind the plane
    given = {frame: GivenLandmarks(mitral=((40.0, 75.0), (95.0, 75.0))) for frame in (0, 1)}
    assert CUT_OFF not in str(measure(Cine(below, (1.0, 1.0)), below, what=("ventricle",), given=given).warnings)
    assert CUT_OFF in str(measure(Cine(below, (1.0, 1.0)), below, what=("ventricle",)).warnings)


def test_a_mitral_plane_that_leaves_nothing_has_a_sentence():
    labels = np.stack([ventricle(48, 24, 0.5, (1, 1)), ventricle(40, 20, 0.5, (1, 1))]).astype(np.uint8)
    given = {0: GivenLandmarks(apex=(2.0, 65.0), mitral=((5.0, 40.0), (5.0, 90.0)))}
    with pytest.raises(InputError, match="On frame 0 nothing of the ventricle lies on the apex's side"):
        measure(Cine(labels, (1.0, 1.0)), labels, what=("ventricle",), given=given)
