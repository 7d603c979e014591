"""How far measurements are off on shapes whose sizes are known: the table of docs/measurements.md.

PYTHONPATH=Testing:RABSegment python -m tools.measure_shapes
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from helpers.analytic_shapes import Pixel, beating, ellipse, tube, ventricle, ventricle_outline, ventricle_volume
from rabengine.measurement.beats import find_beats
from rabengine.measurement.glottis import glottal_wave
from rabengine.measurement.landmarks import find_landmarks
from rabengine.measurement.shape import shape_of
from rabengine.measurement.ventricle import area_length_volume, disc_volume, ventricle_view
from rabengine.measurement.vessel import measure_vessel

PIXELS: tuple[Pixel, ...] = ((1.0, 1.0), (0.5, 1.0), (1.0, 0.4))
TURNS = np.linspace(0.1, 2 * math.pi, 12)

Errors = dict[str, list[float]]


def main() -> None:
    """Print a line for each measurement: mean and largest error in percent."""
    for title, errors in (
        ("discs of radius 10 mm", discs(10)),
        ("discs of radius 2 mm", discs(2)),
        ("discs of radius 30 mm", discs(30)),
        ("ellipses of 80 x 36 mm", ellipses()),
        ("cut ellipsoids, 96 x 48 mm whole", ventricles()),
        ("half an ellipsoid, 60 x 44 mm", half()),
        ("bent tubes 6 mm wide", tubes(6.0)),
        ("bent tubes 12 mm wide", tubes(12.0)),
        ("glottis, open 33, 52 and 71 % of a cycle", quotients()),
        ("beats at 60, 75, 150 per minute, noise of 8 % of the height", beats()),
    ):
        for name, values in errors.items():
            print(f"{title}: {name}: mean {np.mean(values):+.2f} %, largest {np.abs(values).max():.2f} %")


def discs(radius: float) -> Errors:
    found: Errors = {"area": [], "perimeter": [], "equivalent diameter": [], "longest diameter": []}
    for pixel in PIXELS:
        for shift in np.linspace(0, 0.9, 10):
            shape = shape_of(ellipse(radius, radius, (40 + shift, 40 - shift / 2), 80, pixel), np.array(pixel))
            add(found, "area", shape.area, math.pi * radius**2)
            add(found, "perimeter", shape.perimeter, 2 * math.pi * radius)
            add(found, "equivalent diameter", shape.equivalent_diameter, 2 * radius)
            add(found, "longest diameter", shape.longest_diameter, 2 * radius)
    return found


def ellipses() -> Errors:
    found: Errors = {"major diameter": [], "minor diameter": []}
    for pixel in PIXELS:
        for turn in TURNS:
            shape = shape_of(ellipse(40, 18, (50.2, 49.7), 100, pixel, turn), np.array(pixel))
            add(found, "major diameter", shape.major_diameter, 80)
            add(found, "minor diameter", shape.minor_diameter, 36)
    return found


def views(along: float, across: float, cuts: tuple[tuple[float, float], ...]) -> Iterator[tuple[object, ...]]:
    for pixel in PIXELS:
        for cut, slant in cuts:
            for turn in TURNS:
                mask = ventricle(along, across, cut, pixel, turn, slant)
                marks = find_landmarks({0: mask}, np.array(pixel)).by_frame[0]
                yield cut, ventricle_view(mask, np.array(pixel), marks)


def ventricles() -> Errors:
    return volumes(48, 24, ((0.3, 0.0), (0.5, 0.0), (0.5, 0.3), (0.7, 0.0)))


def half() -> Errors:
    return volumes(60, 22, ((0.0, 0.0),))


def volumes(along: float, across: float, cuts: tuple[tuple[float, float], ...]) -> Errors:
    found: Errors = {"long axis": [], "area-length": [], "discs": [], "outline": []}
    for cut, view in views(along, across, cuts):
        add(found, "long axis", view.length, along * (1 + cut))
        add(found, "area-length", area_length_volume(view.area, view.length), ventricle_volume(along, across, cut))
        add(found, "discs", disc_volume(view), ventricle_volume(along, across, cut))
        add(found, "outline", view.outline, ventricle_outline(along, across, cut))
    return found


def tubes(width: float) -> Errors:
    angles, along = np.linspace(0.1, 2.8, 150), np.linspace(0, 1, 150)
    lines = (
        np.column_stack([45 + 30 * np.cos(angles), 30 + 30 * np.sin(angles)]),
        np.column_stack([10 + 70 * along, 15 + 45 * along]),
        np.column_stack([10 + 70 * along, 45 + 12 * np.sin(6 * along)]),
    )
    found: Errors = {"diameter": [], "length": []}
    for pixel in PIXELS:
        for line in lines:
            vessel = measure_vessel(tube(line, width, 90, pixel), np.array(pixel))
            add(found, "diameter", vessel.diameter, width)
            add(found, "length", vessel.length, float(np.hypot(*np.diff(line, axis=0).T).sum()))
    return found


def quotients() -> Errors:
    """In points, not in percent."""
    found: Errors = {}
    for count in (8, 12, 40):
        errors = found.setdefault(f"open quotient, {count} frames a cycle, in points", [])
        places = np.arange(6 * count)
        for quotient in (0.33, 0.52, 0.71):
            for seed in range(20):
                share = (places / count + np.random.default_rng(seed).random()) % 1
                wave = np.where(share < quotient, np.sin(np.pi * share / quotient), 0)
                mean = glottal_wave(wave, places * 0.001).open_quotient
                errors.append((mean or math.nan) - 100 * quotient)
    return found


def beats() -> Errors:
    found: Errors = {"beat duration, mean of a cine of 3 s at 50 frames a second": []}
    for rate in (60, 75, 150):
        times = np.arange(150) / 50
        for seed in range(20):
            noise = 0.08 * np.random.default_rng(seed).standard_normal(150)
            period = find_beats(beating(times, 60 / rate, 0.2) + noise, times).period
            add(found, next(iter(found)), period or math.nan, 60 / rate)
    return found


def add(found: Errors, name: str, value: float, truth: float) -> None:
    found[name].append(100 * (value / truth - 1))


if __name__ == "__main__":
    main()
