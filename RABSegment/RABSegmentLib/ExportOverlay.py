"""The cine with its segments painted on, as a video or an animated picture."""

from __future__ import annotations

from pathlib import Path

from .CineGeometry import engineCine
from .ExportPlaces import Writer, checkedFile, groupPaths, writtenTogether
from .SegmentationSequence import SegmentationSequence
from .SegmentLabels import labelGroups

OVERLAY_SUFFIXES = (".mp4", ".avi", ".mov", ".gif")


def exportOverlay(segmentation: SegmentationSequence, path: str | Path) -> list[Path]:
    """Write all frames with all segments on them, at the pace at which the cine was recorded.

    Where segments overlap there are several files, named with _1, _2 and so on before the ending. Files of these
    names are replaced. The segments have their own colours.

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


def overlayWriter(segmentation: SegmentationSequence) -> Writer:
    """What `exportOverlay` writes, gathered from the scene.

    Raises:
        InputError: no segments.
    """
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    groups = labelGroups(segmentation)
    colours = {
        value: _bytes(segmentation.segmentColor(name)) for group in groups for name, value in group.values.items()
    }

    def write(path: str | Path) -> list[Path]:
        from rabengine.pictures.overlay import write_overlay

        path = checkedFile(path, OVERLAY_SUFFIXES)
        _requirePackages(path)
        paths = groupPaths(path, len(groups), OVERLAY_SUFFIXES)
        with writtenTogether(paths) as unfinished:
            for place, group in zip(unfinished, groups, strict=True):
                write_overlay(place, cine, group.labels, colours=colours)
        return paths

    return write


def _requirePackages(path: Path) -> None:
    """Fail before the long work where a package is missing.

    Raises:
        InputError: it is.
    """
    from rabengine.pictures.optional import require

    for package in ("PIL.Image",) if path.suffix.lower() == ".gif" else ("av", "PIL.Image"):
        require(package, f"The overlay {path.name}")


def _bytes(color: tuple[float, float, float]) -> tuple[int, int, int]:
    """From 0 to 1 to 0 to 255."""
    red, green, blue = (round(255 * share) for share in color)
    return red, green, blue
