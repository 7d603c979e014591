"""Label images of all frames and segments, as files and as sequences in the scene."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, atomic_folder
from rabengine.io.files.label_array import new_labels
from rabengine.io.labels.labels import write_labels
from rabengine.io.labels.output_kind import LEGEND_FILE, OutputKind, check_writable, output_kind
from rabengine.legend import Legend, LegendEntry
from RABSegmentLib.Scene.CineGeometry import engineCine, labelVolumeOf, placeLikeVolume
from RABSegmentLib.Scene.MRMLNodes import requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Places import Writer, aboutPlaces, checkedFile, groupPaths, writtenTogether

_MOST_SEGMENTS = 255  # a label is one byte, 0 is background


@dataclass(frozen=True)
class LabelGroup:
    """Segments that overlap on no frame, as one label image a frame.

    Attributes:
        values: {segment: label value}.
        labels: (T, H, W) uint8, 0 background; a memory map when it is large.
        legend: names and colours by label value; each name is there once.
    """

    values: Mapping[str, int]
    labels: np.ndarray
    legend: Legend


def segmentValues(segmentation: SegmentationSequence) -> dict[str, int]:
    """{segment: label value} from 1, in the order of the segments table; the same in all files.

    Raises:
        InputError: there are no segments, or more than a label image can tell apart.
    """
    segmentIds = segmentation.segmentIds()
    if not segmentIds:
        raise InputError(f"{segmentation.node.GetName()} has no segments to export.", "Add a segment and paint it.")
    if len(segmentIds) > _MOST_SEGMENTS:
        raise InputError(
            f"{segmentation.node.GetName()} has {len(segmentIds)} segments, but label images hold {_MOST_SEGMENTS}.",
            "Remove segments that you do not need.",
        )
    return {segmentId: number + 1 for number, segmentId in enumerate(segmentIds)}


def segmentLegend(segmentation: SegmentationSequence) -> dict[int, LegendEntry]:
    """{label value: name and colour} of all segments.

    Raises:
        InputError: as `segmentValues`.
    """
    names = uniqueNames(segmentation)
    return {
        value: LegendEntry(names[segmentId], _bytes(segmentation.segmentColor(segmentId)))
        for segmentId, value in segmentValues(segmentation).items()
    }


def uniqueNames(segmentation: SegmentationSequence) -> dict[str, str]:
    """{segment: its name}, with a number where a name was given before: files and columns tell segments by it."""
    names: dict[str, str] = {}
    for segmentId in segmentation.segmentIds():
        name = given = segmentation.segmentName(segmentId)
        count = 1
        while name in names.values():
            count += 1
            name = f"{given} ({count})"
        names[segmentId] = name
    return names


def _bytes(color: tuple[float, float, float]) -> tuple[int, int, int]:
    """From 0 to 1 to 0 to 255."""
    red, green, blue = (round(255 * share) for share in color)
    return red, green, blue


def labelGroups(segmentation: SegmentationSequence) -> list[LabelGroup]:
    """All frames and segments, in as few groups as keep overlapping segments apart: one where none overlap.

    Raises:
        InputError: as `segmentValues`.
    """
    groups = _valueGroups(segmentation)
    shape = (segmentation.frameCount, *segmentation.cine.frameSize)
    legend = segmentLegend(segmentation)
    filled = [
        LabelGroup(values, new_labels(shape), {value: legend[value] for value in values.values()}) for values in groups
    ]
    for frame in range(segmentation.frameCount):
        masks = segmentation.masks(frame)
        for group in filled:
            for segmentId, value in group.values.items():
                if segmentId in masks:
                    group.labels[frame][masks[segmentId]] = value
    return filled


def _valueGroups(segmentation: SegmentationSequence) -> list[dict[str, int]]:
    """The segments and values of each group; each segment is in the first group none of whose segments it overlaps."""
    values = segmentValues(segmentation)
    overlapping = _overlappingPairs(segmentation)
    groups: list[dict[str, int]] = []
    for segmentId, value in values.items():
        for group in groups:
            if not any(frozenset((segmentId, other)) in overlapping for other in group):
                group[segmentId] = value
                break
        else:
            groups.append({segmentId: value})
    return groups


def _overlappingPairs(segmentation: SegmentationSequence) -> set[frozenset[str]]:
    """Pairs of segments that share a pixel on some frame."""
    pairs: set[frozenset[str]] = set()
    for frame in range(segmentation.frameCount):
        drawn = [(segmentId, mask) for segmentId, mask in segmentation.masks(frame).items() if mask.any()]
        for number, (segmentId, mask) in enumerate(drawn):
            for other, otherMask in drawn[number + 1 :]:
                pair = frozenset((segmentId, other))
                if pair not in pairs and bool((mask & otherMask).any()):
                    pairs.add(pair)
    return pairs


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
