"""M-mode or kymograph of the line that was drawn over a cine, as a picture and a table."""

from __future__ import annotations

from pathlib import Path

from rabengine.errors import InputError
from rabengine.exchange.blanking import Blanking, doubt_of_video, hidden_pixels
from rabengine.io.files.atomic import written_together
from rabengine.measurement.mmode import line_edges, sample_line
from rabengine.measurement.scale import Scale
from rabengine.measurement.segment_masks import SegmentMasks
from rabengine.measurement.tables import write_edge_table
from rabengine.optional import require
from RABSegmentLib.Results.LineNode import lineOf
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames
from RABSegmentLib.Translation import tr as _

from .LabelGroups import segmentLegend
from .Places import FileWriter, Written, checkedFile

SUFFIXES = (".png",)


def exportMMode(segmentation: SegmentationSequence, path: str | Path) -> list[Path]:
    """Write what lies under the line on every frame, and beside it where the line crosses the edges of segments.

    Args:
        segmentation: of a cine over which a line was drawn (`LineNode`).
        path: of the picture, .png; the table beside it ends in .csv.

    Returns:
        Both, with what is to be known of them.

    Raises:
        InputError: no line, or one that leaves the picture; another ending, or a place that cannot be written to.
            PackageMissingError: matplotlib is not installed.
    """
    path = checkedFile(path, SUFFIXES)
    return mmodeWriter(segmentation)(path)


def mmodeWriter(segmentation: SegmentationSequence) -> FileWriter:
    """What `exportMMode` writes; masks and pixels are gathered from the scene now, and sampled later.

    Raises:
        InputError: no line.
        PackageMissingError: matplotlib is not installed.
    """
    line = lineOf(segmentation)
    if line is None:
        raise InputError(
            _("No line is drawn over {cine}.").format(cine=segmentation.cine.name),
            _("Draw one under Results, and drag its ends."),
        )
    require("matplotlib.figure", _("An M-mode"))
    from rabengine.pictures.measurement_plot import write_mmode

    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    masks = [segmentation.masks(frame) for frame in range(segmentation.frameCount)]
    segments = [
        SegmentMasks(name, len(masks), [found.get(one) for found in masks].__getitem__)
        for one, name in uniqueNames(segmentation).items()
    ]
    colours = {entry.name: entry.colour for entry in segmentLegend(segmentation).values()}

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, SUFFIXES)
        hidden, scale = hidden_pixels(cine, Blanking()), Scale.of(cine)
        if hidden.pixels is not None:
            cine.frames[:, hidden.pixels] = cine.frames.min()  # a copy
        mmode, edges = sample_line(cine.frames, scale, line), line_edges(segments, scale, line, cine.frame_size)
        paths = [path, path.with_suffix(".csv")]
        with written_together(paths) as (picture, table):
            write_mmode(picture, mmode, edges, colours, (*scale.warnings, *cine.doubts))
            write_edge_table(table, edges, scale)
        return Written(paths, filter(None, (doubt_of_video(cine, hidden),)))

    return write
