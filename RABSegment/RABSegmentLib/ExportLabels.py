"""Label images of all frames and segments, as files and as sequences in the scene."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.io.atomic import as_input_error, atomic_folder
from rabengine.io.labels import write_labels
from rabengine.io.output_kind import LEGEND_FILE, OutputKind, check_writable, output_kind

from .CineGeometry import engineCine, placeLikeVolume
from .ExportPlaces import Writer, aboutPlaces, checkedFile, groupPaths, writtenTogether
from .FrameVolumes import labelVolumeOf
from .MRMLNodes import requiredScene
from .SegmentationSequence import SegmentationSequence
from .SegmentLabels import LabelGroup, labelGroups

SEQUENCE_SUFFIXES = (".seq.nrrd",)
COLORS_ROLE = "RABSegment.Colors"  # of a label sequence: names and colours of its labels
_SEGMENTS_ATTRIBUTE = "RABSegment.Segments"  # as the files have it
_LABEL_FILE = re.compile(rf"\d{{4,}}\.png|{re.escape(LEGEND_FILE)}")
_GROUP_FOLDER = re.compile(r"\d+")


def exportLabelSequence(segmentation: SegmentationSequence, path: str | Path) -> list[Path]:
    """Write all frames and segments as Slicer label map sequences, with the cine's geometry and times.

    A label image shows one segment a pixel. Where segments overlap they go to several files, named with _1, _2
    and so on before the ending, each segment whole; its value is that of `segmentValues` in all of them. The headers
    name the segments as Slicer's segmentations do. Files of these names are replaced. The geometry is that of the
    first frame.

    Args:
        segmentation: to export.
        path: that ends in .seq.nrrd.

    Returns:
        What was written.

    Raises:
        InputError: no segments, another ending, or a place that cannot be written to; then nothing is written.
    """
    path = checkedFile(path, SEQUENCE_SUFFIXES)
    return labelSequenceWriter(segmentation)(path)


def labelSequenceWriter(segmentation: SegmentationSequence) -> Writer:
    """What `exportLabelSequence` writes, gathered from the scene.

    Raises:
        InputError: no segments.
    """
    cine, groups = engineCine(segmentation.cine), labelGroups(segmentation)

    def write(path: str | Path) -> list[Path]:
        paths = groupPaths(checkedFile(path, SEQUENCE_SUFFIXES), len(groups), SEQUENCE_SUFFIXES)
        with writtenTogether(paths) as unfinished:
            for place, group in zip(unfinished, groups, strict=True):
                write_labels(place, group.labels, cine, tuple(group.values.values()), group.legend)
        return paths

    return write


def exportPictures(segmentation: SegmentationSequence, folder: str | Path) -> list[Path]:
    """Write one label image a frame, 0000.png and so on, whose indices are those of `segmentValues`.

    The palette has the segments' colours, and `segments.csv` beside the images their names.

    Where segments overlap there is a folder for each group of segments that do not, named 1, 2 and so on. The
    folder is made, and replaced when it holds nothing but an earlier export.

    Returns:
        The folders with images.

    Raises:
        InputError: no segments, or a place that cannot be written to or where other files would be lost; then
            all is as it was.
    """
    _checkFolder(Path(folder))
    return picturesWriter(segmentation)(folder)


def picturesWriter(segmentation: SegmentationSequence) -> Writer:
    """What `exportPictures` writes, gathered from the scene.

    Raises:
        InputError: no segments.
    """
    cine, groups = engineCine(segmentation.cine), labelGroups(segmentation)
    names = ["."] if len(groups) == 1 else [str(number + 1) for number in range(len(groups))]

    def write(path: str | Path) -> list[Path]:
        folder = Path(path)
        _checkFolder(folder)
        with atomic_folder(folder) as unfinished, aboutPlaces([unfinished], [folder]):
            for name, group in zip(names, groups, strict=True):
                write_labels(unfinished / name, group.labels, cine, tuple(group.values.values()), group.legend)
        return [folder / name for name in names]

    return write


def labelSequenceNodes(segmentation: SegmentationSequence) -> list[Any]:
    """Add label map sequences of all frames and segments to the scene: one, or as many as overlaps ask for.

    Each refers by the role `COLORS_ROLE` to a colour table with the names and colours of its segments.

    Returns:
        vtkMRMLSequenceNode of vtkMRMLLabelMapVolumeNode, with the cine's index values and each frame's geometry.

    Raises:
        InputError: there are no segments, or too many.
    """
    groups = labelGroups(segmentation)
    base = f"{segmentation.cine.name} labels"
    names = [base] if len(groups) == 1 else [f"{base} {number + 1}" for number in range(len(groups))]
    return [_sequenceOf(segmentation, group, name) for group, name in zip(groups, names, strict=True)]


def _checkFolder(folder: Path) -> None:
    """Refuse names of files, and folders whose other files would be lost.

    Raises:
        InputError: it is refused, or cannot be written.
    """
    if output_kind(folder) is not OutputKind.FOLDER:
        raise InputError(f"{folder} is the name of a file, but pictures go to a folder.", "Choose a folder.")
    check_writable(folder, is_folder=True)
    with as_input_error(folder):
        other = _otherFile(folder) if folder.is_dir() else None
    if other is not None:
        raise InputError(
            f"The folder {folder} holds other files ({other.relative_to(folder)}), which would be lost.",
            "Choose a new or empty folder.",
        )


def _otherFile(folder: Path) -> Path | None:
    """Something in a folder that is not of an export of pictures."""
    groups = [entry for entry in folder.iterdir() if entry.is_dir() and _GROUP_FOLDER.fullmatch(entry.name)]
    for place in (folder, *groups):
        for entry in sorted(place.iterdir()):
            if entry not in groups and not (entry.is_file() and _LABEL_FILE.fullmatch(entry.name)):
                return entry
    return None


def _sequenceOf(segmentation: SegmentationSequence, group: LabelGroup, name: str) -> Any:
    cine = segmentation.cine
    scene = requiredScene(segmentation.node)
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", scene.GenerateUniqueName(name))
    sequence.SetIndexName(cine.node.GetIndexName())
    sequence.SetIndexUnit(cine.node.GetIndexUnit())
    sequence.SetIndexType(cine.node.GetIndexType())
    sequence.SetNumericIndexValueTolerance(cine.node.GetNumericIndexValueTolerance())
    sequence.SetAttribute(_SEGMENTS_ATTRIBUTE, " ".join(map(str, group.values.values())))
    sequence.SetNodeReferenceID(COLORS_ROLE, _colorTableOf(segmentation, group, sequence.GetName()).GetID())
    for frame, labels in enumerate(group.labels):
        node = labelVolumeOf(labels)
        node.SetName(sequence.GetName())
        placeLikeVolume(node, cine.frameNode(frame))
        sequence.SetDataNodeAtValue(node, segmentation.indexValue(frame))
    return sequence


def _colorTableOf(segmentation: SegmentationSequence, group: LabelGroup, name: str) -> Any:
    """A colour table node with names and colours of a group's labels."""
    table = requiredScene(segmentation.node).AddNewNodeByClass("vtkMRMLColorTableNode", f"{name} colors")
    table.SetTypeToUser()
    table.SetNumberOfColors(max(group.values.values()) + 1)
    table.SetColor(0, "background", 0.0, 0.0, 0.0, 0.0)
    for segmentId, value in group.values.items():
        table.SetColor(value, segmentation.segmentName(segmentId), *segmentation.segmentColor(segmentId), 1.0)
    return table
