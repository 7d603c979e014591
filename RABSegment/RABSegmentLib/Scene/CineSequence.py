"""A cine in the scene: a sequence of single-slice volumes."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from rabengine.cine import DicomFrame, doubts_among
from rabengine.errors import InputError
from rabengine.io.options import without_doubts_of_times
from RABSegmentLib.Translation import tr as _

from .MRMLNodes import requiredScene

CALIBRATED_ATTRIBUTE = "RABSegment.IsCalibrated"  # "1": a spacing of exactly 1 mm is meant
_MINUTE = 60.0  # seconds; longer times are shown with minutes
_HUNDREDTH = 0.0099  # seconds; frames nearer to each other need a third digit
SPACING_ATTRIBUTE = "RABSegment.SpacingBy"  # USER where the pixel size is what the user said
TIME_ATTRIBUTE = "RABSegment.TimeBy"  # USER where the times are what the user said
USER = "user"
DICOM_ATTRIBUTE = "RABSegment.DicomFrames"  # JSON of [file, SOP Instance UID, numbers of the frames from 1]
NAMES_ATTRIBUTE = "RABSegment.NameSums"  # JSON of a check sum for the name of each frame's file
WARNINGS_ATTRIBUTE = "RABSegment.Warnings"  # what the file's reader had to say, as JSON
TRIGGER_ATTRIBUTE = "RABSegment.TriggerTimes"  # JSON of the milliseconds of each frame, where instances number them
_INSTANCES = "instance number"  # index of a cine MR that Slicer's DICOM module loaded
_VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")
Number = TypeVar("Number", int, float)


class CineSequence:
    """Frames, geometry and times of a cine.

    Args:
        node: vtkMRMLSequenceNode whose items are grey or colour volumes of one slice.

    Raises:
        InputError: the sequence is no cine: other items, fewer than two, several slices, or frames of several sizes.
    """

    def __init__(self, node: Any) -> None:
        self.node = node
        self._check()

    @property
    def name(self) -> str:
        return str(self.node.GetName())

    @property
    def frameCount(self) -> int:
        return int(self.node.GetNumberOfDataNodes())

    @property
    def frameSize(self) -> tuple[int, int]:
        """(rows, columns) in pixels."""
        columns, rows, _slices = self.frameNode(0).GetImageData().GetDimensions()
        return rows, columns

    @property
    def spacing(self) -> tuple[float, float] | None:
        """(x, y) size of a pixel in mm; None when nobody measured it: Slicer says 1 mm then."""
        x, y = self.frameNode(0).GetSpacing()[:2]
        isMeant = self.node.GetAttribute(CALIBRATED_ATTRIBUTE) == "1"
        return None if (x, y) == (1.0, 1.0) and not isMeant else (float(x), float(y))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its reader had to say, such as a calibration in doubt; kept with the scene."""
        try:
            found = json.loads(self.node.GetAttribute(WARNINGS_ATTRIBUTE) or "[]")
        except ValueError:
            return ()
        return tuple(map(str, found)) if isinstance(found, list) else ()

    @property
    def dicomFrames(self) -> tuple[DicomFrame, ...]:
        """Where in DICOM files each frame came from; () where it came from others, or frames went since."""
        try:
            found = json.loads(self.node.GetAttribute(DICOM_ATTRIBUTE) or "[]")
            frames = [
                DicomFrame(str(file), str(uid), int(number)) for file, uid, numbers in found for number in numbers
            ]
        except (ValueError, TypeError):
            return ()
        return tuple(frames) if len(frames) == self.frameCount else ()

    @property
    def nameSums(self) -> tuple[int, ...]:
        """By which a mask is known that is called as the file of a frame; () where none are, or frames went since."""
        return self._noted(NAMES_ATTRIBUTE, int)

    @property
    def calibrationDoubts(self) -> tuple[str, ...]:
        """What has to be read beside every length, area or volume; empty without a spacing, for then there are none.

        What the user himself said is not in doubt, and other files that a reader names are nobody's business there.
        """
        isKnown = self.spacing is not None and not self.isSpacingOfUser
        return without_doubts_of_times(doubts_among(self.warnings)) if isKnown else ()

    @property
    def isSpacingOfUser(self) -> bool:
        """Whether the pixel size is what the user said."""
        return bool(self.node.GetAttribute(SPACING_ATTRIBUTE) == USER)

    @property
    def isTimeOfUser(self) -> bool:
        """Whether the times are what the user said."""
        return bool(self.node.GetAttribute(TIME_ATTRIBUTE) == USER)

    @property
    def triggerTimes(self) -> tuple[float, ...]:
        """Milliseconds of each frame; () where the sequence has an index of its own, or frames went since."""
        if self.node.GetIndexName() != _INSTANCES:
            return ()
        found = self._noted(TRIGGER_ATTRIBUTE, float)
        return found if all(before < after for before, after in itertools.pairwise(found)) else ()

    @property
    def indexName(self) -> str:
        return "time" if self.triggerTimes else str(self.node.GetIndexName() or "")

    @property
    def indexUnit(self) -> str:
        return "ms" if self.triggerTimes else str(self.node.GetIndexUnit() or "")

    @property
    def indexValues(self) -> list[str]:
        """One for each frame, as the sequence writes them."""
        return [str(self.node.GetNthIndexValue(frame)) for frame in range(self.frameCount)]

    def times(self) -> list[float]:
        """The index values as numbers, or trigger times; the frame numbers where one is no number."""
        if told := self.triggerTimes:
            return list(told)
        try:
            return [float(value) for value in self.indexValues]
        except ValueError:
            return [float(frame) for frame in range(self.frameCount)]

    def timeText(self, frame: int) -> str:
        """Index value with its unit, as "0.24 s", "1:05.20 min" or "instance number 4"; empty where the index only
        numbers the frames."""
        if self.indexName in ("", "frame"):
            return ""
        told = self.triggerTimes
        value, unit = str(told[frame] if told else self.node.GetNthIndexValue(frame)), self.indexUnit
        with contextlib.suppress(ValueError):  # an index may be a text
            number = float(value)
            if unit == "s" and number >= _MINUTE:
                minutes, seconds = divmod(round(number, 2), _MINUTE)
                return f"{minutes:.0f}:{seconds:05.2f} min"
            value = f"{number:.{self._decimals()}f}" if unit == "s" else f"{number:.4g}"
        return f"{value} {unit}" if unit else f"{self.indexName} {value}"

    def _noted(self, attribute: str, kind: Callable[[Any], Number]) -> tuple[Number, ...]:
        """A number for each frame that is kept with the scene as JSON; () where none are, or frames went since."""
        try:
            found = tuple(map(kind, json.loads(self.node.GetAttribute(attribute) or "[]")))
        except (ValueError, TypeError):
            return ()
        return found if len(found) == self.frameCount else ()

    def _decimals(self) -> int:
        """Of a time in seconds, so that frames one after the other have different ones."""
        first, second = (float(self.node.GetNthIndexValue(frame)) for frame in (0, 1))
        return 2 if abs(second - first) >= _HUNDREDTH else 3

    def frameNode(self, frame: int) -> Any:
        """The volume node of a frame, the item itself."""
        return self.node.GetNthDataNode(frame)

    def frame(self, frame: int) -> np.ndarray:
        """(H, W) or (H, W, 3), a view of the pixels."""
        return pixelsOf(self.frameNode(frame))

    def valueRange(self, frame: int) -> tuple[float, float]:
        """Least and greatest value of a frame's pixels; VTK remembers them while the pixels are not changed."""
        scalars = self.frameNode(frame).GetImageData().GetPointData().GetScalars()
        channels = min(int(scalars.GetNumberOfComponents()), 3)  # what is more is transparency
        lows, highs = zip(*(scalars.GetRange(channel) for channel in range(channels)), strict=True)
        return float(min(lows)), float(max(highs))

    def frames(self) -> np.ndarray:
        """(T, H, W) or (T, H, W, 3), a copy of all pixels."""
        return np.stack([self.frame(frame) for frame in range(self.frameCount)])

    def _check(self) -> None:
        slices = checkedSize(self.node)[0]
        if slices != 1:
            raise InputError(
                _("The frames of {cine} are volumes of {slices} slices, not single images.").format(
                    cine=self.name, slices=slices
                ),
                _("Make a cine of one of their slices, or choose a cine of single slices."),
            )


def setDicomFrames(node: Any, frames: Sequence[DicomFrame]) -> None:
    """Remember, with the sequence of a cine, where its frames came from."""
    runs = itertools.groupby(frames, key=lambda frame: (frame.file, frame.instance))
    told = [[file, instance, [frame.number for frame in run]] for (file, instance), run in runs]
    node.SetAttribute(DICOM_ATTRIBUTE, json.dumps(told))


def cineOfBrowser(browserNode: Any) -> CineSequence:
    """The cine that a sequence browser plays: its first sequence of images, the master sequence before all others.

    Raises:
        InputError: it plays none, or shows frames by other index values than theirs.
    """
    cine = CineSequence(imagesOfBrowser(browserNode))
    _requireLead(browserNode, cine)
    return cine


def _requireLead(browserNode: Any, cine: CineSequence) -> None:
    """Refuse a cine that goes along with another sequence, frame by frame as that has items: a frame would be shown and
    drawn on at several of them, or at none."""
    master = browserNode.GetMasterSequenceNode()
    if master is cine.node:
        return
    items = range(master.GetNumberOfDataNodes())
    frames = [cine.node.GetItemNumberFromIndexValue(master.GetNthIndexValue(item), True) for item in items]
    if frames != list(range(cine.frameCount)):
        raise InputError(
            _("{browser} plays {master} first, whose items are not the frames of {cine}.").format(
                browser=browserNode.GetName(), master=master.GetName(), cine=cine.name
            ),
            _("Give {cine} a browser of its own in the module Sequences.").format(cine=cine.name),
        )


def imagesOfBrowser(browserNode: Any) -> Any:
    """The first sequence of images that a browser plays, cine or volumes over time, the master sequence before others.

    Raises:
        InputError: it plays none.
    """
    import vtk

    if browserNode is None:
        raise InputError(_("No cine is selected."), _("Load a cine and choose its sequence browser."))
    sequences = vtk.vtkCollection()
    browserNode.GetSynchronizedSequenceNodes(sequences, True)
    nodes = [sequences.GetItemAsObject(number) for number in range(sequences.GetNumberOfItems())]
    for node in nodes:
        if node is not None and node.GetDataNodeClassName() in _VOLUMES:
            return node
    raise InputError(
        _("{browser} plays no sequence of images.").format(browser=browserNode.GetName()),
        _("Choose the browser of a cine."),
    )


def pixelsOf(volumeNode: Any) -> np.ndarray:
    """(H, W) or (H, W, 3), a view of a single-slice volume's pixels; an alpha channel is left out."""
    return slicesOf(volumeNode)[0]


def slicesOf(volumeNode: Any) -> np.ndarray:
    """(slices, H, W) or (slices, H, W, 3), a view of a volume's pixels; an alpha channel is left out."""
    from vtk.util.numpy_support import vtk_to_numpy

    image = volumeNode.GetImageData()
    columns, rows, slices = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(slices, rows, columns, -1)
    return pixels[..., 0] if pixels.shape[3] == 1 else pixels[..., :3]


def browserOf(sequenceNode: Any) -> Any:
    """A browser that plays the sequence: the one there is, or a new one."""
    scene = requiredScene(sequenceNode)
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode")):
        browser = scene.GetNthNodeByClass(number, "vtkMRMLSequenceBrowserNode")
        if browser.IsSynchronizedSequenceNodeID(sequenceNode.GetID(), True):
            return browser
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{sequenceNode.GetName()} browser")
    browser.SetAndObserveMasterSequenceNodeID(sequenceNode.GetID())
    return browser


def checkedSize(sequenceNode: Any) -> tuple[int, int, int, int]:
    """(slices, rows, columns, channels) of every item of a sequence of images.

    Raises:
        InputError: other items, fewer than two, or of several sizes.
    """
    if sequenceNode is None or not sequenceNode.IsA("vtkMRMLSequenceNode"):
        raise InputError(_("No cine is selected."), _("Choose a sequence of images."))
    name, count = str(sequenceNode.GetName()), int(sequenceNode.GetNumberOfDataNodes())
    if count < 2:
        message = _("{cine} has one frame: a cine has two or more.")
        if count == 0:
            message = _("{cine} has no frames: a cine has two or more.")
        raise InputError(
            message.format(cine=name),
            _("Load the images as a sequence (multi-frame DICOM, a video, or the module Sequences)."),
        )
    sizes = sorted({_checkedSize(name, number, sequenceNode.GetNthDataNode(number)) for number in range(count)})
    if len(sizes) > 1:
        one, other = (_sizeText(size, isVolume=sizes[-1][0] > 1) for size in sizes[:2])
        raise InputError(
            _("The frames of {cine} differ in size or channels ({one} and {other}).").format(
                cine=name, one=one, other=other
            ),
            _("Crop or resample them to one size."),
        )
    return sizes[0]


def _sizeText(size: tuple[int, int, int, int], isVolume: bool) -> str:
    slices, rows, columns, channels = size
    return f"{columns} x {rows} x {slices} x {channels}" if isVolume else f"{columns} x {rows} x {channels}"


def _checkedSize(name: str, number: int, volume: Any) -> tuple[int, int, int, int]:
    """(slices, rows, columns, channels) of an item."""
    if volume is None or volume.GetClassName() not in _VOLUMES:
        message = _("{sequence} is no sequence of images: its item {number} is {kind}.")
        if volume is None:
            message = _("{sequence} is no sequence of images: its item {number} is nothing.")
        kind = "" if volume is None else volume.GetNodeTagName()
        raise InputError(message.format(sequence=name, number=number, kind=kind), _("Choose the sequence of a cine."))
    image = volume.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise InputError(
            _("Frame {number} of {cine} has no pixels.").format(number=number, cine=name), _("Load the cine again.")
        )
    columns, rows, slices = image.GetDimensions()
    channels = image.GetNumberOfScalarComponents()
    if channels not in (1, 3, 4):
        raise InputError(
            _("The frames of {cine} have {channels} channels.").format(cine=name, channels=channels),
            _("Use grey or RGB images."),
        )
    return slices, rows, columns, channels
