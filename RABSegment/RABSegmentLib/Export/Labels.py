"""Label images of all frames and segments, as files and as sequences in the scene."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, atomic_folder
from rabengine.io.files.label_array import new_labels
from rabengine.io.files.writable import check_writable
from rabengine.io.labels.write import write_labels
from rabengine.io.labels.writer import Writer as LabelWriter
from rabengine.io.labels.writers import WRITERS, writer_of
from rabengine.legend import Legend, LegendEntry
from rabengine.optional import require_installed
from RABSegmentLib.Scene.CineGeometry import engineCine, labelVolumeOf, placeLikeVolume
from RABSegmentLib.Scene.MRMLNodes import requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Places import Writer, aboutPlaces, groupPaths, requireSuffix, writtenTogether

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


COLORS_ROLE = "RABSegment.Colors"  # of a label sequence: names and colours of its labels
_SEGMENTS_ATTRIBUTE = "RABSegment.Segments"  # as the files have it


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


def labelsWriter(segmentation: SegmentationSequence, name: str = "labels") -> Writer:
    """What `exportLabels` writes, gathered from the scene.

    Raises:
        InputError: no segments, or no such writer.
    """
    writer = WRITERS.get(name)
    cine, groups = engineCine(segmentation.cine), labelGroups(segmentation)

    def write(path: str | Path) -> list[Path]:
        path = Path(path)
        _checkPlace(path, writer)
        if writer.is_folder:
            return _writeFolders(path, groups, cine)
        paths = groupPaths(path, len(groups), writer.suffixes)
        with writtenTogether(paths) as unfinished:
            for place, group in zip(unfinished, groups, strict=True):
                write_labels(place, group.labels, cine, tuple(group.values.values()), group.legend)
        return paths

    return write


def _writeFolders(folder: Path, groups: Sequence[LabelGroup], cine: Cine) -> list[Path]:
    names = ["."] if len(groups) == 1 else [f"{number + 1}{folder.suffix}" for number in range(len(groups))]
    with atomic_folder(folder) as unfinished, aboutPlaces([unfinished], [folder]):
        for name, group in zip(names, groups, strict=True):
            write_labels(unfinished / name, group.labels, cine, tuple(group.values.values()), group.legend)
    return [folder / name for name in names]


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


def _checkPlace(path: Path, writer: LabelWriter) -> None:
    """Refuse names of another format, and folders whose other files would be lost.

    Raises:
        InputError: it is refused, or cannot be written, or a package is missing.
    """
    for module in writer.needs:
        require_installed(module, f"Writing {path.name}")
    if writer.suffixes:
        requireSuffix(path, writer.suffixes)
    if writer_of(path) is not writer:
        raise InputError(f"{path} is the name of another kind of export.", "Choose another name.")
    check_writable(path, is_folder=writer.is_folder)
    if not writer.is_folder:
        return
    with as_input_error(path):
        other = _otherFile(path, writer) if path.is_dir() else None
    if other is not None:
        raise InputError(
            f"The folder {path} holds other files ({other.relative_to(path)}), which would be lost.",
            "Choose a new or empty folder.",
        )


def _otherFile(folder: Path, writer: LabelWriter) -> Path | None:
    """Something in a folder that is not of an export by this writer."""
    names = re.compile(rf"\d+{re.escape(folder.suffix)}")
    groups = [entry for entry in folder.iterdir() if entry.is_dir() and names.fullmatch(entry.name)]
    for place in (folder, *groups):
        for entry in sorted(place.iterdir()):
            if entry not in groups and not writer.owns(entry):
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
