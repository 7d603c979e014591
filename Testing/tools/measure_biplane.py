"""Biplane volumes and strain of cut ellipsoids whose sizes are known, with axes turned at random in both views.

PYTHONPATH=Testing:RABSegment python -m tools.measure_biplane
"""

from __future__ import annotations

import math

import numpy as np

from helpers.analytic_shapes import ventricle, ventricle_outline, ventricle_volume
from rabengine.measurement.ejection import ONE_BEAT, Ventricle, biplane
from rabengine.measurement.landmarks import GivenLandmarks
from rabengine.measurement.organs import ventricle_of
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks

PIXELS = (0.4, 0.8, 1.2)  # mm
COUNT = 50  # shapes of each pixel size
SIZE = 130.0  # mm of a picture
TITLES = ("EDV [%]", "ESV [%]", "EF [points]", "strain [points]")


class Shape:
    """An ellipsoid at end-diastole and end-systole, cut below its middle, seen in two planes."""

    def __init__(self, rng: np.random.Generator, pixel: float) -> None:
        self.pixel, self.along = pixel, rng.uniform(38, 50)
        self.across = rng.uniform(20, 27), rng.uniform(18, 26)
        self.cut = rng.uniform(0, 0.6)
        self.ends = ((1.0, 1.0), (rng.uniform(0.78, 0.95), rng.uniform(0.7, 0.9)))
        self.turns = math.pi / 2 + rng.uniform(-0.9, 0.9, 2)

    def view(self, number: int, is_given: bool) -> Ventricle:
        """As it is measured in one of the planes, with its own apex and hinge points or with those that are found."""
        across, turn = self.across[number], self.turns[number]
        masks = [
            ventricle(self.along * long, across * wide, self.cut, (self.pixel, self.pixel), turn, size=SIZE)
            for long, wide in self.ends
        ]
        given = {
            frame: self._points(self.along * long, across * wide, turn)
            for frame, (long, wide) in enumerate(self.ends)
            if is_given
        }
        scale = Scale((self.pixel, self.pixel))
        found = ventricle_of(SegmentMasks("LV", len(masks), masks.__getitem__), scale, given)
        assert found is not None
        return found

    def errors(self, first: Ventricle, second: Ventricle) -> list[float]:
        """In the order of TITLES."""
        found, _warnings = biplane(first, second)
        (one, other), along = self.across, self.along
        ed, es = (ventricle_volume(along * long, one * wide, self.cut, other * wide) for long, wide in self.ends)
        before, after = (ventricle_outline(along * long, one * wide, self.cut) for long, wide in self.ends)
        return [
            100 * (found.ed_volume / ed - 1),
            100 * (found.es_volume / es - 1),
            found.percent - 100 * (1 - es / ed),
            first.strain(first.es) - 100 * (after / before - 1),
        ]

    def _points(self, along: float, across: float, turn: float) -> GivenLandmarks:
        wide = across * math.sqrt(1 - self.cut**2)
        apex, left, right = (
            (
                (SIZE / 2 + far * math.cos(turn) - aside * math.sin(turn)) / self.pixel,
                (SIZE / 2 + far * math.sin(turn) + aside * math.cos(turn)) / self.pixel,
            )
            for far, aside in ((-along, 0.0), (self.cut * along, -wide), (self.cut * along, wide))
        )
        return GivenLandmarks(apex, (left, right))


def main() -> None:
    rng = np.random.default_rng(1)
    found: list[list[float]] = []
    given: list[list[float]] = []
    for _number in range(COUNT):
        for pixel in PIXELS:
            shape = Shape(rng, pixel)
            views = shape.view(0, False), shape.view(1, False)
            if all(doubt.endswith(ONE_BEAT) for doubt in biplane(*views)[1]):
                found.append(shape.errors(*views))
            given.append(shape.errors(shape.view(0, True), shape.view(1, True)))
    for name, rows in (("found, without a warning", found), ("given", given)):
        values = np.array(rows)
        print(f"points {name}: {len(values)} of {COUNT * len(PIXELS)}")
        for title, mean, largest in zip(TITLES, values.mean(axis=0), np.abs(values).max(axis=0), strict=True):
            print(f"  {title}: mean {mean:+.2f}, largest {largest:.2f}")


if __name__ == "__main__":
    main()
