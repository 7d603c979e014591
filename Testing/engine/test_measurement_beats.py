"""Beats found from an area curve: how many, how long, which frames; with noise, cut-off beats, one beat and none."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.analytic_shapes import beating, ellipse
from rabengine.cine import Cine
from rabengine.measurement.beats import find_beats
from rabengine.measurement.ejection import ends_of_beats
from rabengine.measurement.measure import measure


@pytest.mark.parametrize(
    ("rate", "fps", "count", "phase"), [(60, 50, 150, 0.2), (75, 50, 150, 0.6), (150, 50, 125, 0.3), (72, 100, 1000, 0)]
)
@pytest.mark.parametrize("noise", [0.0, 0.08])
def test_beats_are_counted_and_timed_whatever_the_noise(rate, fps, count, phase, noise):
    times = np.arange(count) / fps
    period = 60 / rate
    whole = int(count / fps / period - (1 - phase) % 1)  # beats whose start and end are in the cine
    for seed in range(5):
        wobble = noise * np.random.default_rng(seed).standard_normal(count)
        found = find_beats(1000 + 500 * (beating(times, period, phase) + wobble), times)
        assert len([beat for beat in found.beats if beat.end is not None]) in (whole, whole + (phase == 0))
        assert found.period == pytest.approx(period, rel=0.05 if noise else 0.01)
        for beat in found.beats:
            assert beating(times[beat.es], period, phase) < 0.25
            assert beating(times[beat.ed], period, phase) > 0.75


def test_without_noise_the_smallest_value_is_at_its_frame_and_the_largest_beside_its_plateau():
    times = np.arange(150) / 50
    found = find_beats(beating(times, 1.0, 0.2), times)
    assert [beat.es for beat in found.beats] == [57, 107]
    assert all(abs(beat.ed - ed) <= 2 for beat, ed in zip(found.beats, (40, 90), strict=True))


def test_a_beat_that_the_cine_cuts_off_does_not_count():
    times = np.arange(130) / 50  # it begins in the middle of systole and ends in early filling
    found = find_beats(beating(times, 1.0, 0.15), times)
    assert [(beat.ed > 30, beat.end is None) for beat in found.beats] == [(True, False), (True, True)]
    assert len(found.durations) == 1 and found.durations[0] == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(("rate", "phase", "count"), [(60, 0.25, 16), (60, 0.0, 33), (75, 0.25, 13)])
def test_a_systole_that_the_cine_cuts_off_has_no_end_whose_area_is_too_large(rate, phase, count):
    times = np.arange(count) / (15 if count < 20 else 25)
    curve = 1000 + 500 * beating(times, 60 / rate, phase)
    assert curve[-1] > 1100, "its last frame is in the middle of a systole"
    found = find_beats(curve, times)
    assert all(beat.es < count - 1 for beat in found.beats)
    assert all(curve[es] < 1060 for _ed, es in ends_of_beats(curve, times, found))


def test_half_a_systole_alone_is_said_to_be_no_whole_beat():
    times = np.arange(12) / 50
    found = find_beats(1000 + 500 * beating(times, 1.0), times)
    assert found.beats == () and found.note.endswith("no beat.")


def test_one_beat_from_its_largest_area_to_the_next_is_a_beat_without_a_rate():
    times = np.arange(51) / 50
    found = find_beats(beating(times, 1.0), times)
    assert len(found.beats) == 1 and found.durations == ()
    assert found.beats[0].ed <= 2 and abs(found.beats[0].es - 17) <= 1 and found.beats[0].end >= 47


def test_half_a_beat_has_its_two_ends():
    times = np.arange(18) / 50
    [(largest, smallest)] = ends_of_beats(beating(times, 1.0), times)
    assert largest <= 1 and smallest == 17


@pytest.mark.parametrize("seed", range(3))
def test_noise_a_constant_and_a_rise_are_no_beats_and_it_is_said(seed):
    times = np.arange(100.0)
    noise = np.random.default_rng(seed).standard_normal(100)
    for curve in (1000 + 10 * noise, np.full(100, 7.0), np.linspace(50, 100, 100), np.full(100, np.nan)):
        found = find_beats(curve, times)
        assert found.beats == () and found.note.endswith(("no beats.", "no beat."))


def test_of_a_curve_without_a_beat_the_largest_and_smallest_value_are_the_ends_the_first_of_those_alike():
    values = np.array([25.0, 81.0, np.nan, 81.0])
    assert ends_of_beats(values, np.arange(4.0)) == ((1, 0),)
    assert ends_of_beats(np.full(4, np.nan), np.arange(4.0)) == ()
    assert ends_of_beats(values[:1], np.arange(1.0)) == ()


def test_frames_without_the_segment_do_not_break_a_beat():
    times = np.arange(150) / 50
    curve = 100 + 50 * beating(times, 1.0, 0.2)
    curve[[5, 6, 70, 71, 72, 149]] = np.nan
    assert [beat.es for beat in find_beats(curve, times).beats] == [57, 107]


def test_rate_area_change_and_their_spread_come_from_discs_whose_radius_is_a_sine():
    frames, period, fps = 100, 0.8, 25.0
    times = np.arange(frames) / fps
    radii = 12 + 3 * np.cos(2 * np.pi * (times / period + 0.4))
    labels = np.stack([ellipse(radius, radius, (20, 20), 40, (1, 1)) for radius in radii]).astype(np.uint8)
    cine = Cine(labels, (1.0, 1.0), index_name="time", index_unit="s", index_values=tuple(times))
    found = measure(cine, labels, what=("change", "beats"))
    assert found.value("beat rate, mean") == pytest.approx(75, rel=0.01)
    assert found.value("beat duration, mean") == pytest.approx(period, rel=0.01)
    assert found.value("beat rate, standard deviation") < 1.5
    assert found.value("fractional area change, mean") == pytest.approx(100 * (1 - 9**2 / 15**2), abs=2)
    whole = [one for one in found.by_beat if one.name == "beat duration"]
    assert len(whole) == 3 and all(one.unit == "s" for one in whole), "from fall to fall"
    assert found.beats["Segment 1"] == ((12, 22), (32, 42), (52, 62), (72, 82)), "the last one is cut off"


def test_a_segment_that_does_not_beat_has_a_sentence_instead():
    labels = np.zeros((30, 20, 20), np.uint8)
    labels[:, 5:15, 5:15] = 1
    found = measure(Cine(labels, (1.0, 1.0)), labels, names={1: "Nodule"}, what=("beats",))
    assert found.measured == ()
    assert "Nodule: It does not rise and fall by more than its noise, so there are no beats." in found.warnings


def test_a_beat_that_begins_in_systole_and_ends_before_the_next_one_has_the_ends_of_the_whole_cine():
    times = np.arange(30) / 30  # as the echocardiogram that pydicom ships: smallest, largest, and a part of a systole
    curve = beating(times, 1.25, 0.2)
    assert curve[-1] > 0.15
    assert find_beats(curve, times).beats == ()
    [(largest, smallest)] = ends_of_beats(curve, times)
    assert abs(smallest - 5.6) <= 1 and largest > 20


def test_the_ends_of_a_beat_are_frames_that_show_the_segment():
    times = np.arange(150) / 50
    curve = 100 + 50 * beating(times, 1.0, 0.2)
    curve[56:59] = curve[88:93] = np.nan
    for beat in find_beats(curve, times).beats:
        assert np.isfinite(curve[[beat.ed, beat.es]]).all()
    sparse = np.full(9, np.nan)
    sparse[[0, 4, 8]] = 9, 1, 8
    assert all(np.isfinite(sparse[[beat.ed, beat.es]]).all() for beat in find_beats(sparse, np.arange(9.0)).beats)


def test_beats_of_uneven_length_are_all_found():
    lengths = (40, 26, 52, 28, 50, 30)  # frames, as in an arrhythmia
    curve = np.concatenate([beating(np.arange(length), float(length)) for length in lengths])
    found = find_beats(curve, np.arange(len(curve)) / 50)
    starts = np.cumsum((0, *lengths))
    assert len(found.beats) == len(lengths)
    for beat, start, end in zip(found.beats, starts, starts[1:], strict=False):
        assert start < beat.es < end and abs(beat.ed - start) <= 4
