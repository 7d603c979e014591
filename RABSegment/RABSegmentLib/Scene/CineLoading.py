"""Brings cines into the scene: from files that the engine reads, from volumes, from arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from RABSegmentLib.Steps import Steps, allOf
from RABSegmentLib.Translation import tr as _

from .CineGeometry import engineCine, placeLikeCine, placeLikeVolume, stackOf, volumeOf
from .CineSequence import (
    CALIBRATED_ATTRIBUTE,
    NAMES_ATTRIBUTE,
    WARNINGS_ATTRIBUTE,
    CineSequence,
    browserOf,
    setDicomFrames,
    slicesOf,
)
from .CineWindow import setWindow, windowOf
from .DicomInstances import keepInstance
from .MRMLNodes import (
    INDEX_DECIMALS,
    FrameIndex,
    decimal,
    nameSequence,
    placeBeside,
    requiredScene,
    setIndex,
    updateProxies,
)
from .MultiVolume import componentsOf, frameIndexOf, isMultiVolume
from .SegmentationSequence import CINE_ROLE, SegmentationSequence, segmentationSteps
from .VolumeSequence import VolumeSequence

_VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode", "vtkMRMLMultiVolumeNode")
_SUFFIXES = (".seq.nrrd", ".seq.nhdr", ".nii.gz")  # that are longer than their last part


@dataclass(frozen=True)
class LoadedCine:
    """A cine that was read.

    Attributes:
        browserNode: vtkMRMLSequenceBrowserNode that plays it, at its first frame.
        warnings: sentences for the user, such as a calibration in doubt.
    """

    browserNode: Any
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class BuiltCine:
    """A cine as nodes that are in no scene yet.

    Attributes:
        segmentation: empty, or what was put into it since; its browser is none that plays it.
        index: what numbers the frames.
        warnings: as `LoadedCine` has them.
    """

    segmentation: SegmentationSequence
    index: FrameIndex
    warnings: tuple[str, ...]


def loadCine(scene: Any, path: str | Path) -> LoadedCine:
    """Read a cine from a file or folder into the scene, as a sequence of single-slice volumes with a browser.

    Kinds: multi-frame DICOM, video, animated pictures, `.seq.nrrd`, volumes with time last, folders of images.

    Args:
        scene: vtkMRMLScene.
        path: of the file or folder.

    Raises:
        InputError: one sentence that names the file and what is wrong with it; the scene is as it was.
    """
    from rabengine.io.read import read_cine

    return addCine(scene, read_cine(path), nameOfFile(Path(path)))


def addCine(scene: Any, cine: Cine, name: str) -> LoadedCine:
    """Put a cine that was read into the scene.

    Args:
        scene: vtkMRMLScene.
        cine: as the engine reads it.
        name: wanted for the sequence.

    Raises:
        InputError: it is a single frame; the scene is as it was.
    """
    requireFrames(cine, name)
    index, warnings = _indexOf(cine)
    sequence = allOf(_sequenceSteps(map(volumeOf, cine.frames), lambda node: placeLikeCine(node, cine), index))
    _describe(sequence, cine)
    browserNode = _enter(scene, sequence, name, index, windowOf(cine.frames))
    return LoadedCine(browserNode, (*cine.warnings, *warnings))


def buildSteps(cine: Cine) -> Steps[BuiltCine]:
    """Make the nodes of a cine and of its segmentation, a frame a step; `enterScene` puts them into a scene.

    Args:
        cine: as the engine reads it, of two frames or more.
    """
    import slicer

    index, warnings = _indexOf(cine)
    sequence = yield from _sequenceSteps(map(volumeOf, cine.frames), lambda node: placeLikeCine(node, cine), index)
    _describe(sequence, cine)
    segmented = CineSequence(sequence)
    yield
    node = yield from segmentationSteps(segmented)
    unplayed = SegmentationSequence(node, segmented, slicer.vtkMRMLSequenceBrowserNode())
    return BuiltCine(unplayed, index, (*cine.warnings, *warnings))


def enterScene(scene: Any, built: BuiltCine, name: str, window: tuple[float, float]) -> LoadedCine:
    """Put a cine that was built into the scene, with its segmentation, which its session finds there.

    Args:
        scene: vtkMRMLScene.
        built: of `buildSteps`.
        name: wanted for the sequence.
        window: of `windowOf` all frames.
    """
    sequence, segmentation = built.segmentation.cine.node, built.segmentation.node
    browserNode = _enter(scene, sequence, name, built.index, window)
    scene.AddNode(segmentation)
    nameSequence(segmentation, f"{sequence.GetName()} segmentation")
    segmentation.SetNodeReferenceID(CINE_ROLE, sequence.GetID())
    return LoadedCine(browserNode, built.warnings)


def requireFrames(cine: Cine, name: str) -> None:
    """Refuse what was read where it is no cine.

    Raises:
        InputError: it is a single frame.
    """
    if cine.frame_count < 2:
        raise InputError(
            _("{cine} has one frame: a cine has two or more.").format(cine=name), _("Open the whole cine.")
        )


def cineFromVolume(volumeNode: Any) -> Any:
    """The browser of a new cine whose frames are the slices of a volume, or the frames of a multivolume.

    Slices all lie in the place of the first one; the volume stays.

    Args:
        volumeNode: vtkMRMLScalarVolumeNode, or vtkMRMLVectorVolumeNode of colours, with time as the third axis; or a
            vtkMRMLMultiVolumeNode, or another with a frame in each component. Where those are of several slices, the
            browser plays volumes, of which `cineFromSlice` makes a cine.

    Raises:
        InputError: no volume of images, or fewer than two slices.
    """
    _requireImages(volumeNode)
    if isMultiVolume(volumeNode):
        return _fromMultiVolume(volumeNode)
    frames = _framesOf(volumeNode)
    index = _frameNumbers(len(frames))
    name = f"{volumeNode.GetName()} cine"
    scene = requiredScene(volumeNode)
    made = _addCine(scene, name, frames, lambda frameNode: placeLikeVolume(frameNode, volumeNode), index)
    sequence = made.GetMasterSequenceNode()
    for frame in range(len(frames)):
        keepInstance(sequence.GetNthDataNode(frame), volumeNode, frame)
    placeBeside(made.GetProxyNode(sequence), volumeNode)
    return made


def _fromMultiVolume(volumeNode: Any) -> Any:
    volumes = list(componentsOf(volumeNode))
    index = frameIndexOf(volumeNode, len(volumes)) or _frameNumbers(len(volumes))
    sequence = allOf(_sequenceSteps(map(stackOf, volumes), lambda node: placeLikeVolume(node, volumeNode), index))
    middles = np.stack([volume[len(volume) // 2] for volume in volumes])
    name = f"{volumeNode.GetName()} over time"
    made = _enter(requiredScene(volumeNode), sequence, name, index, windowOf(middles))
    placeBeside(made.GetProxyNode(sequence), volumeNode)
    return made


def cineFromSlice(browserNode: Any, number: int | None = None) -> Any:
    """The browser of a new cine: one slice of the volumes that a browser plays, where and when they have it.

    The volumes stay.

    Args:
        browserNode: vtkMRMLSequenceBrowserNode that plays volumes of several slices, grey or colour.
        number: of the slice, from 0; None for the one in the middle.

    Raises:
        InputError: no such volumes, of several sizes, or no such slice; the scene is as it was.
    """
    volumes = VolumeSequence(browserNode)
    number = volumes.middle if number is None else number
    sequence = volumes.sliceSequence(number)
    cine = CineSequence(sequence)
    told = engineCine(cine)
    index = FrameIndex(told.index_name, told.index_unit, told.index_values)
    name = f"{volumes.name} slice {number}"
    made = _enter(requiredScene(browserNode), sequence, name, index, windowOf(cine.frames()))
    if volumes.proxyNode is not None:
        placeBeside(made.GetProxyNode(sequence), volumes.proxyNode)
    return made


def cineFromArray(scene: Any, frames: np.ndarray, name: str = "Cine") -> Any:
    """The browser of a new cine without a spacing, indexed by frame numbers; the pixels are copied.

    Args:
        scene: vtkMRMLScene.
        frames: (T, H, W) grey or (T, H, W, 3) RGB of any real type.
        name: of the sequence.

    Raises:
        InputError: fewer than two frames, or another shape.
    """
    frames = np.asarray(frames)
    if frames.ndim not in (3, 4) or (frames.ndim == 4 and frames.shape[3] != 3) or len(frames) < 2:
        raise InputError(
            _("An array of shape {shape} is no cine.").format(shape=frames.shape),
            _("Give two frames or more as (T, H, W) grey or (T, H, W, 3) RGB."),
        )
    uncalibrated, index = Cine(frames), _frameNumbers(len(frames))
    return _addCine(scene, name, frames, lambda frameNode: placeLikeCine(frameNode, uncalibrated), index)


def _addCine(scene: Any, name: str, frames: np.ndarray, place: Callable[[Any], None], index: FrameIndex) -> Any:
    """The browser of a new sequence.

    Args:
        scene: vtkMRMLScene.
        name: wanted for the sequence.
        frames: (T, H, W) or (T, H, W, 3).
        place: gives a frame's volume node its geometry.
        index: strictly ascending.
    """
    return _enter(scene, allOf(_sequenceSteps(map(volumeOf, frames), place, index)), name, index, windowOf(frames))


def _sequenceSteps(volumes: Iterable[Any], place: Callable[[Any], None], index: FrameIndex) -> Steps[Any]:
    """A sequence of volume nodes, a frame each, in no scene; the arguments are those of `_addCine`."""
    import slicer

    sequence = slicer.vtkMRMLSequenceNode()
    setIndex(sequence, index)
    for volumeNode, value in zip(volumes, index.values, strict=True):
        place(volumeNode)
        sequence.SetDataNodeAtValue(volumeNode, decimal(value))
        yield
    return sequence


def _describe(sequence: Any, cine: Cine) -> None:
    """What is known of it beside its frames."""
    if cine.spacing is not None:
        sequence.SetAttribute(CALIBRATED_ATTRIBUTE, "1")
    if cine.warnings:
        sequence.SetAttribute(WARNINGS_ATTRIBUTE, json.dumps(cine.warnings))
    if cine.name_sums:
        sequence.SetAttribute(NAMES_ATTRIBUTE, json.dumps(cine.name_sums))
    if cine.dicom_frames:
        setDicomFrames(sequence, cine.dicom_frames)


def _enter(scene: Any, sequence: Any, name: str, index: FrameIndex, window: tuple[float, float]) -> Any:
    """Put a sequence into the scene; returns a new browser that shows its first frame."""
    # Slicer makes a name unique also among those of nodes that have left the scene.
    unique = name if scene.GetFirstNodeByName(name) is None else scene.GenerateUniqueName(name)
    nameSequence(sequence, unique)
    scene.AddNode(sequence)
    browserNode = browserOf(sequence)
    _setPace(browserNode, index)
    browserNode.SetSelectedItemNumber(0)
    updateProxies(browserNode)
    setWindow(browserNode.GetProxyNode(sequence), window)
    return browserNode


def _indexOf(cine: Cine) -> tuple[FrameIndex, tuple[str, ...]]:
    """The cine's own index if it orders the frames as they are, else frame numbers and a sentence that says so."""
    values = tuple(round(value, INDEX_DECIMALS) for value in cine.index_values)
    if len(values) == cine.frame_count and bool(np.all(np.diff(values) > 0)):
        return FrameIndex(cine.index_name, cine.index_unit, values), ()
    numbers = _frameNumbers(cine.frame_count)
    if not values:
        return numbers, ()
    warning = _("The {index} of {cine} does not rise from frame to frame: frames are counted.")
    return numbers, (warning.format(index=cine.index_name, cine=cine.source),)


def _frameNumbers(count: int) -> FrameIndex:
    return FrameIndex("frame", "", tuple(float(number) for number in range(count)))


def _volumeHint() -> str:
    return _("Choose a volume of grey or RGB images whose third axis is time.")


def _requireImages(volumeNode: Any) -> None:
    """Refuse what is no volume of images, or has none."""
    if volumeNode is None:
        raise InputError(_("No volume is selected."), _volumeHint())
    name = volumeNode.GetName()
    if volumeNode.GetClassName() not in _VOLUMES:
        message = _("{volume} is no volume of images but {kind}.")
        raise InputError(message.format(volume=name, kind=volumeNode.GetNodeTagName()), _volumeHint())
    image = volumeNode.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise InputError(_("{volume} has no pixels.").format(volume=name), _("Load the volume again."))


def _framesOf(volumeNode: Any) -> np.ndarray:
    """(T, H, W) or (T, H, W, 3), a view of a volume's pixels, whose slices are the frames."""
    name, image, hint = volumeNode.GetName(), volumeNode.GetImageData(), _volumeHint()
    slices = image.GetDimensions()[2]
    channels = image.GetNumberOfScalarComponents()
    if slices < 2:
        message = _("{volume} has one slice, but each slice becomes a frame and a cine has two or more.")
        raise InputError(message.format(volume=name), hint)
    if channels not in (1, 3, 4):
        message = _("{volume} has {channels} channels, which are neither grey nor colour.")
        raise InputError(message.format(volume=name, channels=channels), hint)
    return slicesOf(volumeNode)


def _setPace(browserNode: Any, index: FrameIndex) -> None:
    """Let the browser play as fast as it was recorded."""
    from rabengine.pictures.display import frames_per_second

    timing = Cine(np.empty((0, 0, 0)), index_name=index.name, index_unit=index.unit, index_values=index.values)
    browserNode.SetPlaybackRateFps(frames_per_second(timing))


def nameOfFile(path: Path) -> str:
    """What the user calls the file."""
    name = path.resolve().name
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name if path.is_dir() else path.stem


def nameOfPart(name: str, part: str) -> str:
    """What the user calls one of the cines of a file, by the choice that he made of them; the name for no choice."""
    return f"{name} {part.partition(' (')[0]}".rstrip()
