"""The figure of a segmented cine for a publication, as `rabsegment figure` makes it."""

from __future__ import annotations

from pathlib import Path

from rabengine.errors import InputError
from rabengine.exchange.blanking import Blanking, doubt_of_video, hidden_pixels
from rabengine.optional import require
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .LabelGroups import labelGroups
from .Places import Written, checkedFile

SUFFIXES = (".pdf", ".svg", ".png")
_COUNT = 6  # frames


def exportFigure(segmentation: SegmentationSequence, path: str | Path) -> Written:
    """Write frames with outlines, a scale bar, and areas over time with the ends of beats.

    Args:
        segmentation: whose first segment gives the beats; segments without a pixel are not shown.
        path: .pdf, .svg or .png.

    Returns:
        The file, with what is to be known of it.

    Raises:
        InputError: nothing to show, segments that overlap, another ending, or a place that cannot be written to.
            PackageMissingError: matplotlib is not installed.
    """
    path = checkedFile(path, SUFFIXES)
    require("matplotlib.figure", _("A figure"))
    from rabengine.pictures.figure import write_figure
    from rabengine.pictures.shown import Shown, frames_to_show

    groups = labelGroups(segmentation)
    if len(groups) > 1:
        raise InputError(_("Segments overlap, and a figure has one segment at a pixel."), _("Erase what overlaps."))
    labels, legend = groups[0].labels, groups[0].legend
    there = {value: entry for value, entry in legend.items() if (labels == value).any()}
    if not there:
        raise InputError(_("No segment has a pixel on any frame."), _("Segment the video first."))
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    hidden = hidden_pixels(cine, Blanking())
    frames = [frame for frame in range(segmentation.frameCount) if labels[frame].any()]
    shown = Shown(cine, {frame: labels[frame] for frame in frames}, there, hidden.pixels)
    write_figure(path, shown, frames_to_show(shown, _COUNT), None)
    empty = [entry.name for value, entry in legend.items() if value not in there]
    left = [_("{segment} has no pixels and was left out.").format(segment=name) for name in empty]
    return Written([path], filter(None, (*left, doubt_of_video(cine, hidden))))
