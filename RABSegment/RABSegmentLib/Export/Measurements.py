"""Measurements as CSV files, as the command line writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from rabengine.io.files.atomic import written_together
from rabengine.measurement.measure import GENERAL, measure_masks
from rabengine.measurement.measurements import Measurements, together
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from rabengine.measurement.tables import write_frame_table, write_summary_table
from RABSegmentLib.Results.MovedPoints import movedPoints
from RABSegmentLib.Results.Organs import organOf
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

from .Places import FileWriter, Written, checkedFile

SUFFIXES = (".csv",)
SUMMARY = " summary.csv"  # in place of the suffix

# Gives what the two views of a biplane pair say of a segmentation; nothing where there is none.
PairSource = Callable[[SegmentationSequence], Measurements]


def noPair(_segmentation: SegmentationSequence) -> Measurements:
    """There is one view."""
    return Measurements()


def exportMeasurements(segmentation: SegmentationSequence, path: str | Path, pair: PairSource = noPair) -> list[Path]:
    """Write what every segment measures on each frame, and beside it what belongs to the whole cine.

    The tables are those of `rabsegment measure --what all`, with those of ventricle, vessel and glottis for segments
    that are named as one: a row for every frame and segment in the first, beats, means and volumes in the second, whose
    name ends in " summary.csv". Volumes and ejection fraction of two views are in the second.

    Args:
        pair: gives the latter; where there are none, its warnings become notes.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    path = checkedFile(path, SUFFIXES)
    return measurementsWriter(segmentation, pair)(path)


def measurementsWriter(segmentation: SegmentationSequence, pair: PairSource = noPair) -> FileWriter:
    """What `exportMeasurements` writes; masks and pixels are gathered from the scene now, and measured later."""
    biplane = pair(segmentation)
    measured, scale = measuring(segmentation, biplane), Scale.of(engineCine(segmentation.cine))

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, SUFFIXES)
        paths = [path, path.with_name(f"{path.stem}{SUMMARY}")]
        everything = measured()
        with written_together(paths) as (table, summary):
            write_frame_table(table, everything, scale)
            write_summary_table(summary, everything)
        return Written(paths, whyNoPair(biplane))

    return write


def whyNoPair(biplane: Measurements) -> tuple[str, ...]:
    """What to tell of two views that have no values; else doubts stand beside the values in the file."""
    return () if biplane.summary else biplane.warnings


def measuring(segmentation: SegmentationSequence, biplane: Measurements | None = None) -> Callable[[], Measurements]:
    """What measures every segment; it asks the scene for nothing more, so that another thread may call it.

    Args:
        biplane: measured of two views, which goes with it. Why there is none does not: it may name another cine.
    """
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    frames = [segmentation.masks(frame) for frame in range(segmentation.frameCount)]
    names = uniqueNames(segmentation)
    segments = [_masks(name, [masks.get(one) for masks in frames]) for one, name in names.items()]
    moved = {name: movedPoints(segmentation, one) for one, name in names.items()}

    def measured() -> Measurements:
        scale = Scale.of(cine)
        found = [measure_masks(segments, scale, GENERAL, cine)]
        organs = [(one, organ) for one in segments if (organ := organOf(one.name)) is not None]
        found += [measure_masks([one], scale, (organ,), given=moved[one.name]) for one, organ in organs]
        return together([*found, biplane] if biplane is not None and biplane.summary else found)

    return measured


def _masks(name: str, masks: list[np.ndarray | None]) -> SegmentMasks:
    return SegmentMasks(name, len(masks), masks.__getitem__)
