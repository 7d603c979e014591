"""Vessels whose widths are known, glottal waves whose open times are, and lines through moving segments."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.analytic_shapes import ellipse, tube
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.measurement.glottis import SOME_OPEN, glottal_wave
from rabengine.measurement.measure import measure
from rabengine.measurement.mmode import ENTERS, LEAVES, line_edges, sample_line
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from rabengine.measurement.vessel import measure_vessel

PIXELS = [(1.0, 1.0), (0.5, 1.0), (1.0, 0.4)]  # (x, y) mm
SIZE = 90.0


def arc():
    angles = np.linspace(0.1, 2.8, 150)
    return np.column_stack([45 + 30 * np.cos(angles), 30 + 30 * np.sin(angles)])


def slope():
    return np.column_stack([np.linspace(10, 80, 150), np.linspace(15, 60, 150)])


def wave():
    along = np.linspace(0, 1, 150)
    return np.column_stack([10 + 70 * along, 45 + 12 * np.sin(6 * along)])


@pytest.mark.parametrize("pixel", PIXELS)
@pytest.mark.parametrize("line", [arc, slope, wave])
@pytest.mark.parametrize("width", [6.0, 12.0])
def test_a_bent_tube_has_its_width_and_length(width, line, pixel):
    found = measure_vessel(tube(line(), width, SIZE, pixel), np.array(pixel))
    assert found.diameter == pytest.approx(width, rel=0.02)
    assert found.narrowest > width - 1.3 and found.widest < width + 1.3
    assert found.length == pytest.approx(float(np.hypot(*np.diff(line(), axis=0).T).sum()), rel=0.03)
    assert not found.is_cross_section
    off = np.min(np.hypot(*(found.centreline[:, None] * pixel - line()[None]).transpose(2, 0, 1)), axis=1)
    assert np.median(off) < 0.5


def test_a_vessel_across_the_picture_and_a_thin_one_have_their_widths():
    band = np.zeros((40, 80), bool)
    band[10:18] = True
    assert measure_vessel(band, np.array([1.0, 0.5])).diameter == pytest.approx(4, rel=0.02)
    thin = np.zeros((10, 40), bool)
    thin[4, 3:30] = True
    assert measure_vessel(thin, np.ones(2)).diameter == pytest.approx(1, abs=0.2)


def test_a_vessel_that_is_cut_across_has_the_diameter_of_its_area():
    found = measure_vessel(ellipse(15, 15, (30, 30), 60, (0.5, 0.5)), np.array([0.5, 0.5]))
    assert found.is_cross_section and found.diameter == pytest.approx(30, rel=0.01)
    assert measure_vessel(np.ones((1, 1), bool), np.ones(2), False).diameter == pytest.approx(1.13, abs=0.01)


def test_contractions_of_a_vessel_have_their_amplitude_and_rate():
    times = np.arange(36.0)
    widths = 14 + 4 * np.cos(2 * np.pi * (times / 10 + 0.3))
    labels = np.stack([tube(arc()[::3], width, SIZE, (1.0, 1.0)) for width in widths]).astype(np.uint8)
    cine = Cine(labels, (0.01, 0.01), index_name="time", index_unit="s", index_values=tuple(times))
    found = measure(cine, labels, names={1: "Lymph vessel"}, what=("vessel",))
    assert found.value("contraction amplitude, mean") == pytest.approx(100 * 8 / 18, abs=3)
    assert found.value("contraction rate, mean") == pytest.approx(6, rel=0.03)
    curve = found.curve("vessel diameter", "Lymph vessel", 36)
    assert curve == pytest.approx(widths / 100, abs=0.005)


def test_a_vessel_that_is_collapsed_for_a_while_is_measured_in_one_way_throughout():
    times = np.arange(40) / 20
    widths = 8 + 1.5 * np.cos(2 * np.pi * (times + 0.3))  # half axes of 6.5 to 9.5 mm across one of 11 mm
    masks = [ellipse(11, half, (16, 16), 32, (0.4, 0.25)) for half in widths]
    cine = Cine(
        np.stack(masks).astype(np.uint8), (0.4, 0.25), index_name="time", index_unit="s", index_values=tuple(times)
    )
    assert {measure_vessel(mask, np.array([0.4, 0.25])).is_cross_section for mask in masks} == {True, False}
    found = measure(cine, cine.frames, names={1: "Jugular vein"}, what=("vessel",))
    # 1 - sqrt(6.5 / 9.5), of circles of their areas; from such a circle to the width of a tube it would be 37 %.
    assert found.value("contraction amplitude, mean") == pytest.approx(17.28, abs=0.5)
    assert any("hardly longer than wide on most frames" in text for text in found.warnings)


def test_a_vessel_that_does_not_contract_has_a_sentence():
    labels = np.stack([tube(slope()[::3], 8, SIZE, (1.0, 1.0))] * 4).astype(np.uint8)
    found = measure(Cine(labels, (1.0, 1.0)), labels, what=("vessel",))
    assert any("The amplitude is that of the whole cine" in text for text in found.warnings)
    assert found.value("contraction amplitude, mean") == pytest.approx(0)


@pytest.mark.parametrize("open_share", [0.3, 0.5, 0.7])
def test_the_open_quotient_of_each_cycle_is_that_of_the_wave(open_share):
    rate, fps = 200.0, 8000.0
    times = np.arange(400) / fps
    share = (times * rate + 0.4) % 1
    areas = np.where(share < open_share, np.sin(np.pi * share / open_share), 0.0) * 80
    found = glottal_wave(np.where(areas > 0, areas, np.nan), times)
    assert len(found.cycles) in (8, 9)
    for one in found.cycles:
        assert one.open_quotient == pytest.approx(100 * open_share, abs=3)
        assert one.duration == pytest.approx(1 / rate, rel=0.03)
    assert found.open_quotient == pytest.approx(100 * open_share, abs=2.5) and found.warnings == ()


def test_a_glottis_that_never_closes_says_so_unless_a_share_counts_as_closed():
    times = np.arange(400) / 8000
    areas = 60 + 40 * np.sin(2 * np.pi * 200 * times)
    found = glottal_wave(areas, times)
    assert found.open_quotient == 100 and "does not close fully" in found.warnings[0]
    half = glottal_wave(areas, times, closed_below=0.6)
    assert half.open_quotient == pytest.approx(50, abs=3) and half.warnings == ()


def test_cycles_that_no_closure_tells_apart_are_left_out_with_a_sentence():
    times = np.arange(400) / 8000
    waves = 50 + 50 * np.cos(2 * np.pi * 200 * times)  # 200 Hz, closed at each odd half cycle
    leaking = np.where((times > 0.0149) & (times < 0.0351), waves + 5, np.maximum(waves - 15, 0))
    found = glottal_wave(leaking, times)
    assert [1 / one.duration for one in found.cycles] == pytest.approx([200] * len(found.cycles), rel=0.03)
    assert 4 <= len(found.cycles) <= 5, "two before and two or three behind, of nine"
    assert found.warnings == (SOME_OPEN,)
    found = glottal_wave(np.where(times * 200 % 2 < 1, np.maximum(waves - 15, 0), waves + 5), times)
    assert found.cycles == () and SOME_OPEN in found.warnings, "closed at every other cycle, it is not one of 100 Hz"


def test_a_film_that_is_slow_against_the_cycles_says_so_and_one_without_cycles_too():
    found = glottal_wave(np.tile([0.0, 10, 20, 10, 0], 6), np.arange(30) / 25)
    assert "fewer than 8 frames in a cycle" in found.warnings[0] and found.cycles
    assert glottal_wave(np.full(20, 7.0), np.arange(20.0)).warnings[0].endswith("no beats.")


def test_cycles_are_measured_on_labels_with_closed_frames_as_frames_without_pixels():
    share = (np.arange(60) / 20 + 0.75) % 1
    labels = np.zeros((60, 30, 30), np.uint8)
    for frame, one in enumerate(share):
        half = round(8 * np.sin(np.pi * one / 0.5)) if one < 0.5 else 0
        labels[frame, 5:25, 15 - half : 15 + half] = 3
    times = tuple(np.arange(60) / 4000)
    cine = Cine(labels, None, index_name="time", index_unit="s", index_values=tuple(times))
    found = measure(cine, labels, names={3: "Glottis"}, what=("glottis",))
    assert found.value("glottal frequency, mean") == pytest.approx(200, rel=0.02)
    assert found.value("open quotient, mean") == pytest.approx(47.5, abs=3)
    areas = found.curve("glottal area", "Glottis", 60)
    assert areas[0] == 0 and areas.max() == 320
    starts = [one.frame for one in found.by_beat if one.name == "open quotient"]
    assert [(areas[start - 1], areas[start] > 0) for start in starts] == [(0, True)] * len(starts)


def moving_square(count=8):
    """A square of 10 pixels that goes down by one pixel a frame, bright on dark."""
    labels = np.zeros((count, 60, 40), np.uint8)
    for frame in range(count):
        labels[frame, 10 + frame : 20 + frame, 15:25] = 1
    return labels


def test_an_m_mode_shows_what_moves_under_the_line_and_its_edges_in_mm():
    labels = moving_square()
    scale = Scale((0.5, 2.0), tuple(np.arange(8) * 0.1))
    mmode = sample_line(labels * 100.0, scale, (20, 0, 20, 50))
    assert mmode.picture.shape == (51, 8) and mmode.positions[-1] == pytest.approx(25)
    assert mmode.picture[15, 0] == 100 and mmode.picture[5, 0] == 0 and mmode.picture[27, 7] == 0 + 0
    edges = line_edges([SegmentMasks.of_labels("LV", labels, 1)], scale, (20, 0, 20, 50), (60, 40))
    assert len(edges) == 16
    for frame in range(8):
        first, last = [edge for edge in edges if edge.frame == frame]
        assert (first.way, last.way) == (ENTERS, LEAVES)
        assert first.position == pytest.approx((9.5 + frame) * 0.5, abs=0.05)
        assert last.position == pytest.approx((19.5 + frame) * 0.5, abs=0.05)


def test_a_slanted_line_has_its_length_in_mm_of_pixels_that_are_not_square():
    labels = moving_square()
    scale = Scale((0.5, 2.0))
    mmode = sample_line(labels, scale, (0, 0, 30, 40))
    assert mmode.positions[-1] == pytest.approx(np.hypot(60, 20))
    edges = line_edges([SegmentMasks.of_labels("LV", labels, 1)], scale, (39, 14, 0, 14), (60, 40))
    first = [edge.position for edge in edges if edge.frame == 0]
    assert first == pytest.approx([(39 - 24.5) * 2, (39 - 14.5) * 2], abs=0.06)


def test_a_thick_line_is_the_mean_across_it_and_colours_stay():
    frames = np.zeros((2, 20, 30), np.float32)
    frames[:, :, 10] = 90
    thin, thick = (sample_line(frames, Scale(), (10, 2, 10, 15), width) for width in (1, 3))
    assert thin.picture.max() == pytest.approx(90) and thick.picture.max() == pytest.approx(30)
    colours = np.stack([frames, frames * 0, frames / 2], axis=-1)
    assert sample_line(colours, Scale(), (10, 2, 10, 15)).picture[3, 1] == pytest.approx([90, 0, 45])
    edge = sample_line(frames + 5, Scale(), (0, 2, 0, 15), 5)
    assert edge.picture == pytest.approx(np.full((14, 2), 5.0)), "what lies outside of the picture does not count"


@pytest.mark.parametrize("line", [(0, 0, 0.2, 0.2), (0, 0, 0, 99), (-3, 0, 5, 5), (0, 0, float("nan"), 3)])
def test_a_line_that_is_none_has_a_sentence(line):
    with pytest.raises(InputError, match=r"^The line "):
        sample_line(moving_square(), Scale(), line)


def scattered(kind: int, random: np.random.Generator) -> np.ndarray:
    """Labels of a few frames that are no shape of anything: noise, single pixels, lines, all of a side."""
    count, rows, columns = random.integers(2, 9), *random.integers(2, 14, 2)
    labels = np.zeros((count, rows, columns), np.uint8)
    if kind == 0:
        labels[:] = random.random(labels.shape) < random.random()
    elif kind == 1:
        for frame in range(count):
            labels[frame, random.integers(rows), random.integers(columns)] = random.integers(0, 3)
    elif kind == 2:
        labels[:, rows // 2] = 1
    else:
        labels[:, :, columns // 2 :], labels[:, : rows // 2, 0] = 1, 2
    labels[0, 0, 0] = 1
    return labels


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", range(4))
def test_whatever_is_labelled_has_finite_measurements(kind):
    random = np.random.default_rng(kind)
    for number in range(6):
        labels = scattered(kind, random)
        spacing = None if number % 3 == 0 else (0.3, 1.2)
        times = {} if number % 4 == 0 else {"index_name": "time", "index_unit": "s"}
        cine = Cine(labels * 50, spacing, index_values=tuple(np.arange(len(labels)) * 0.04), **times)
        found = measure(cine, labels, what=("all", "ventricle", "vessel", "glottis"))
        assert all(np.isfinite(one.value) for one in found.measured)
        assert found.measured
