"""The cine with its segments painted on, as a video or an animated picture."""

from __future__ import annotations

from pathlib import Path

from rabengine.exchange.blanking import Blanking, doubt_of_video, hidden_pixels
from rabengine.pictures.display import DisplayWindow
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .LabelGroups import labelGroups, segmentLegend
from .Places import FileWriter, Written, checkedFile, writtenTogether

OVERLAY_SUFFIXES = (".mp4", ".avi", ".mov", ".gif")


def exportOverlay(segmentation: SegmentationSequence, path: str | Path) -> list[Path]:
    """Write all frames with all segments on them, at the pace at which the cine was recorded.

    Segments that overlap are all on it, each with its own contour and colour. The picture is as bright as it is
    shown. What lies outside of the regions that an ultrasound file names for its pictures is black, for names and dates
    are there, and so is what looks like text; notes say so. A file of this name is replaced.

    Args:
        segmentation: to export.
        path: that ends in .mp4, .avi, .mov or .gif.

    Returns:
        What was written.

    Raises:
        InputError: no segments, another ending, a place that cannot be written to, or a Python package that is
            missing, with the command that installs it; then nothing is written.
    """
    path = checkedFile(path, OVERLAY_SUFFIXES)
    _requirePackages(path)
    return overlayWriter(segmentation)(path)


def overlayWriter(segmentation: SegmentationSequence) -> FileWriter:
    """What `exportOverlay` writes, gathered from the scene.

    Raises:
        InputError: no segments.
    """
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    groups = labelGroups(segmentation)
    window = shownWindow(segmentation)
    legend = segmentLegend(segmentation)
    hidden = hidden_pixels(cine, Blanking())

    def write(path: str | Path) -> list[Path]:
        from rabengine.pictures.overlay import write_overlay

        path = checkedFile(path, OVERLAY_SUFFIXES)
        _requirePackages(path)
        with writtenTogether([path]) as unfinished:
            write_overlay(
                unfinished[0],
                cine,
                [group.labels for group in groups],
                colours={value: entry.colour for value, entry in legend.items()},
                window=window,
                names=[entry.name for entry in legend.values()],
                hidden=hidden.pixels,
            )
        return Written([path], filter(None, (doubt_of_video(cine, hidden),)))

    return write


def shownWindow(segmentation: SegmentationSequence) -> DisplayWindow | None:
    """The pixel values that the views show as black and as white; None when nothing shows the cine."""
    proxy = segmentation.cineProxyNode
    display = None if proxy is None else proxy.GetDisplayNode()
    if display is None or not display.IsA("vtkMRMLScalarVolumeDisplayNode") or display.GetWindow() <= 0:
        return None
    low, high = display.GetLevel() - display.GetWindow() / 2, display.GetLevel() + display.GetWindow() / 2
    return DisplayWindow(low, high)


def _requirePackages(path: Path) -> None:
    """Fail before the long work where a package is missing.

    Raises:
        InputError: it is.
    """
    from rabengine.optional import require

    for package in ("PIL.Image",) if path.suffix.lower() == ".gif" else ("av", "PIL.Image"):
        require(package, f"The overlay {path.name}")
