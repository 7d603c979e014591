"""Label images of all frames and segments, written in any format of the engine's writers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, atomic_folder
from rabengine.io.files.writable import check_writable
from rabengine.io.labels.write import write_labels
from rabengine.io.labels.writer import Writer
from rabengine.io.labels.writers import WRITERS, writer_of
from rabengine.optional import require_installed
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .LabelGroups import LabelGroup, labelGroups
from .Places import FileWriter, Written, aboutPlaces, groupPaths, requireSuffix, writtenTogether


def exportLabels(segmentation: SegmentationSequence, path: str | Path, name: str = "labels") -> list[Path]:
    """Write all frames and segments in one of the formats of `WRITERS`, with the cine's geometry and times.

    A label image shows one segment a pixel. Where segments overlap they go to several files, named with _1, _2 and so
    on before the ending, or in a folder to folders 1, 2 and so on, each segment whole; its value is that of
    `segmentValues` in all of them. Names and colours are kept where the format has room for them. Files of these names
    are replaced, and folders that hold nothing but an earlier export. The geometry is that of the first frame.

    Args:
        segmentation: to export.
        path: with an ending of the writer; of a folder where it writes folders.
        name: of the writer: "labels" is a sequence of Slicer, "pictures" a folder of label images.

    Returns:
        What was written: files, or folders with images.

    Raises:
        InputError: no segments, another ending, a place that cannot be written to or where other files would be lost,
            or labels that the format cannot hold; then nothing is written.
    """
    _checkPlace(Path(path), WRITERS.get(name))
    return labelsWriter(segmentation, name)(path)


def labelsWriter(segmentation: SegmentationSequence, name: str = "labels") -> FileWriter:
    """What `exportLabels` writes, gathered from the scene.

    Raises:
        InputError: no segments, or no such writer.
    """
    writer = WRITERS.get(name)
    cine, groups = engineCine(segmentation.cine), labelGroups(segmentation)

    def write(path: str | Path) -> Written:
        path = Path(path)
        _checkPlace(path, writer)
        if writer.is_folder:
            return _writeFolders(path, groups, cine)
        paths = groupPaths(path, len(groups), writer.suffixes)
        notes: list[str] = []
        with writtenTogether(paths) as unfinished:
            for place, group in zip(unfinished, groups, strict=True):
                values = tuple(group.values.values())
                notes += write_labels(place, group.labels, cine, values, group.legend, group.marked)
        return Written(paths, notes)

    return write


def _writeFolders(folder: Path, groups: Sequence[LabelGroup], cine: Cine) -> Written:
    names = ["."] if len(groups) == 1 else [f"{number + 1}{folder.suffix}" for number in range(len(groups))]
    notes: list[str] = []
    with atomic_folder(folder) as unfinished, aboutPlaces([unfinished], [folder]):
        for name, group in zip(names, groups, strict=True):
            values = tuple(group.values.values())
            notes += write_labels(unfinished / name, group.labels, cine, values, group.legend, group.marked)
    return Written([folder / name for name in names], notes)


def _checkPlace(path: Path, writer: Writer) -> None:
    """Refuse names of another format, and folders whose other files would be lost.

    Raises:
        InputError: it is refused, or cannot be written, or a package is missing.
    """
    for module in writer.needs:
        require_installed(module, f"Writing {path.name}")
    if writer.suffixes:
        requireSuffix(path, writer.suffixes)
    if writer_of(path) is not writer:
        raise InputError(
            _("{path} is the name of another kind of export.").format(path=path), _("Choose another name.")
        )
    check_writable(path, is_folder=writer.is_folder)
    if not writer.is_folder:
        return
    with as_input_error(path):
        other = _otherFile(path, writer) if path.is_dir() else None
    if other is not None:
        raise InputError(
            _("The folder {folder} holds other files ({file}), which would be lost.").format(
                folder=path, file=other.relative_to(path)
            ),
            _("Choose a new or empty folder."),
        )


def _otherFile(folder: Path, writer: Writer) -> Path | None:
    """Something in a folder that is not of an export by this writer."""
    names = re.compile(rf"\d+{re.escape(folder.suffix)}")
    groups = [entry for entry in folder.iterdir() if entry.is_dir() and names.fullmatch(entry.name)]
    for place in (folder, *groups):
        for entry in sorted(place.iterdir()):
            if entry not in groups and not writer.owns(entry):
                return entry
    return None
