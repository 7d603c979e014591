"""The segmentation of a cine: one sequence, which is input and output at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.io.legend import segment_colour
from RABSegmentLib.Steps import Steps, allOf
from RABSegmentLib.Translation import tr as _

from .CineSequence import CineSequence, cineOfBrowser
from .DicomInstances import noteDicomFrames, noteTriggerTimes
from .FrameRecords import FrameRecord, FrameRecords
from .FrameTimes import FrameTimes
from .MaskFacts import MaskFacts, factsOf
from .MRMLNodes import (
    modifiedOnce,
    moveWith,
    nameSequence,
    nodesOfClass,
    placeBeside,
    requiredScene,
    setQuietly,
    updateProxies,
)
from .SegmentMasks import (
    copySegmentTable,
    hasSameSegmentTable,
    keepLabelmaps,
    labelmapOn,
    labelmapTimes,
    masksOf,
    segmentIdsOf,
    setMasks,
    terminologyOf,
)

CINE_ROLE = "RABSegment.Cine"
_WRITING = "RABSegment.IsWriting"


class SegmentationSequence:
    """Masks and records of every frame of a cine.

    Frames count from 0. The items are binary labelmaps alone: closed surfaces of a single slice mean nothing.

    Args:
        node: vtkMRMLSequenceNode of segmentations with the cine's index values.
        cine: what is segmented.
        browserNode: plays both.
    """

    def __init__(self, node: Any, cine: CineSequence, browserNode: Any) -> None:
        self.node = node
        self.cine = cine
        self.browserNode = browserNode
        self.records = FrameRecords(node)
        self.times = FrameTimes(node)
        self._facts: dict[str, tuple[object, dict[str, MaskFacts]]] = {}  # while the labelmaps are what they were

    @property
    def frameCount(self) -> int:
        return self.cine.frameCount

    @property
    def proxyNode(self) -> Any:
        """The segmentation node that shows the selected frame, and that the segment editor edits."""
        proxy = self.browserNode.GetProxyNode(self.node)
        if proxy is None:
            updateProxies(self.browserNode)
            proxy = self.browserNode.GetProxyNode(self.node)
        return proxy

    @property
    def cineProxyNode(self) -> Any:
        """The volume node that shows the selected frame."""
        if self.browserNode.GetProxyNode(self.cine.node) is None:
            updateProxies(self.browserNode)
        return self.browserNode.GetProxyNode(self.cine.node)

    @property
    def selectedFrame(self) -> int:
        return int(self.browserNode.GetSelectedItemNumber())

    @property
    def isInScene(self) -> bool:
        """False once any of its nodes was removed, or the scene closed."""
        nodes = (self.node, self.cine.node, self.browserNode)
        return all(node.GetScene() is not None for node in nodes)

    @property
    def isPlayed(self) -> bool:
        """Whether its browser plays it and the cine: somebody may have taken them out of it."""
        sequences = (self.node, self.cine.node)
        return self.isInScene and all(
            self.browserNode.IsSynchronizedSequenceNodeID(node.GetID(), True) for node in sequences
        )

    def keepPlaying(self) -> bool:
        """Let its browser show the masks and the picture of the frame that is selected, none where it has none yet, and
        keep what is drawn there; whether anything of that had been switched off."""
        browser = self.browserNode
        unplayed = [node for node in (self.node, self.cine.node) if not browser.GetPlayback(node)]
        isKept = browser.GetSaveChanges(self.node)
        with modifiedOnce(browser):
            for node in unplayed:
                browser.SetPlayback(node, True)
            browser.SetSaveChanges(self.node, True)
            # Slicer would give a frame that comes in the masks of the one before, as if somebody had drawn them.
            browser.SetMissingItemMode(self.node, browser.MissingItemSetToDefault)
        return bool(unplayed) or not isKept

    def fillGaps(self) -> None:
        """Give each frame that has no masks, such as one that was recorded since, an item with empty segments."""
        missing = [frame for frame in range(self.frameCount) if self.item(frame) is None]
        present = next((self.item(frame) for frame in range(self.frameCount) if self.item(frame) is not None), None)
        if not missing or present is None:
            return
        import slicer

        empty = slicer.vtkMRMLSegmentationNode()
        empty.GetSegmentation().SetSourceRepresentationName("Binary labelmap")
        copySegmentTable(present, empty)
        for frame in missing:
            _addItem(self.node, self.cine, frame, empty)

    def keepLabelmaps(self) -> None:
        """Have masks as labelmaps on all frames, also where closed surfaces were made of them."""
        for item in filter(None, map(self.item, range(self.frameCount))):
            keepLabelmaps(item)

    def select(self, frame: int) -> None:
        """Show a frame."""
        self.browserNode.SetSelectedItemNumber(frame)

    def item(self, frame: int) -> Any:
        """The segmentation node of a frame."""
        return self.node.GetDataNodeAtValue(self.indexValue(frame), True)

    def indexValue(self, frame: int) -> str:
        return str(self.cine.node.GetNthIndexValue(frame))

    def record(self, frame: int) -> FrameRecord:
        return self.records[self.indexValue(frame)]

    def seconds(self, frame: int) -> float:
        """That a person spent on a frame; 0 where nobody looked."""
        return self.times[self.indexValue(frame)]

    def setRecords(self, records: Mapping[int, FrameRecord]) -> None:
        """Replace the records of some frames."""
        self.records.update({self.indexValue(frame): record for frame, record in records.items()})
        self.node.StorableModified()  # what is known of a frame changes with its masks, whoever changed them

    def masks(self, frame: int) -> dict[str, np.ndarray]:
        """{segment: (H, W) bool} of all segments."""
        return masksOf(self.item(frame), self.cine.frameNode(frame))

    def setMasks(self, frame: int, masks: Mapping[str, np.ndarray]) -> None:
        """Replace the masks of some segments on a frame."""
        with self.writing():
            setMasks(self.item(frame), masks, self.cine.frameNode(frame))

    @property
    def isWriting(self) -> bool:
        """Whether the program is changing masks just now, not the user; true for all who hold this sequence."""
        return bool(self.node.GetAttribute(_WRITING))

    def fingerprints(self, frame: int) -> dict[str, str]:
        """{segment: fingerprint} of the segments that are not empty."""
        return {name: facts.fingerprint for name, facts in self.facts(frame).items() if facts.pixels}

    def facts(self, frame: int) -> Mapping[str, MaskFacts]:
        """{segment: facts} of all segments; masks that were not changed are not looked at again."""
        state, value = labelmapTimes(self.item(frame)), self.indexValue(frame)
        known = self._facts.get(value)
        if known is None or known[0] != state:
            known = self._facts[value] = state, factsOf(self.masks(frame))
        return known[1]

    def segmentIds(self) -> list[str]:
        """In the order of the segments table."""
        return segmentIdsOf(self.tableNode)

    def segmentName(self, segmentId: str) -> str:
        return str(self.tableNode.GetSegmentation().GetSegment(segmentId).GetName())

    def segmentColor(self, segmentId: str) -> tuple[float, float, float]:
        """Red, green and blue from 0 to 1."""
        red, green, blue = self.tableNode.GetSegmentation().GetSegment(segmentId).GetColor()
        return float(red), float(green), float(blue)

    def segmentTerminology(self, segmentId: str) -> str:
        """As Slicer writes it; empty for none."""
        return terminologyOf(self.tableNode.GetSegmentation().GetSegment(segmentId))

    def addSegment(self, name: str, color: tuple[float, float, float] | None = None) -> str:
        """A new segment, empty on every frame; returns its id."""
        table = self.tableNode
        segmentation = table.GetSegmentation()
        with self.writing():
            segmentId = str(segmentation.AddEmptySegment("", name, color or _colorOf(len(self.segmentIds()))))
        self.spreadSegmentTable(table)
        return segmentId

    def renameSegment(self, segmentId: str, name: str) -> None:
        """On all frames."""
        table = self.tableNode
        with self.writing():
            table.GetSegmentation().GetSegment(segmentId).SetName(name)
        self.spreadSegmentTable(table)

    def spreadSegmentTable(self, source: Any) -> bool:
        """Give all frames the segments, names, colours, terminology and order of one segmentation node.

        Returns:
            False when they were so before.
        """
        items = [self.item(frame) for frame in range(self.frameCount)]
        stale = [item for item in items if item is not None and not hasSameSegmentTable(source, item)]
        if stale:
            with self.writing():
                for item in stale:
                    copySegmentTable(source, item)
        return bool(stale)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is changed inside is no edit that observers are to hear of; whoever changes it tells what it was."""
        before = self.node.GetAttribute(_WRITING)
        setQuietly(self.node, _WRITING, "1")  # a note to other observers, nothing that changed
        try:
            yield
        finally:
            setQuietly(self.node, _WRITING, before)
            self.node.StorableModified()  # of frames that are not shown Slicer hears nothing, and would not save them

    @property
    def tableNode(self) -> Any:
        """The segmentation node whose segments table counts: of the selected frame, which the user edits, and of the
        first one while that frame is being recorded and has none yet."""
        shown = self.item(max(self.selectedFrame, 0))
        return self.node.GetNthDataNode(0) if shown is None else shown


def _colorOf(number: int) -> tuple[float, float, float]:
    """Of the next segment; Slicer's core would make all of them grey, as the cine is."""
    red, green, blue = (share / 255 for share in segment_colour(number + 1))
    return red, green, blue


def segmentationOfBrowser(browserNode: Any) -> SegmentationSequence | None:
    """The segmentation sequence that a browser has, None before `createSegmentation`.

    Raises:
        InputError: the browser plays no cine.
    """
    cine = cineOfBrowser(browserNode)
    for node in _sequencesOf(cine, requiredScene(browserNode)):
        if browserNode.IsSynchronizedSequenceNodeID(node.GetID(), True):
            found = SegmentationSequence(node, cine, browserNode)
            found.fillGaps()
            return found
    return None


def browserOfProxy(segmentationNode: Any) -> Any:
    """The browser that shows frames of a cine's segmentation in this node; None where none does.

    Args:
        segmentationNode: any, also None.
    """
    scene = None if segmentationNode is None else segmentationNode.GetScene()
    if scene is None:
        return None
    for browser in nodesOfClass(scene, "vtkMRMLSequenceBrowserNode"):
        sequence = browser.GetSequenceNode(segmentationNode)
        if sequence is not None and sequence.GetNodeReferenceID(CINE_ROLE):
            return browser
    return None


def _sequencesOf(cine: CineSequence, scene: Any) -> list[Any]:
    """The segmentation sequences of a cine, whether a browser plays them or not."""
    nodes = nodesOfClass(scene, "vtkMRMLSequenceNode")
    return [node for node in nodes if node.GetNodeReferenceID(CINE_ROLE) == cine.node.GetID()]


def _adopt(cine: CineSequence, browserNode: Any) -> SegmentationSequence | None:
    """The cine's segmentation sequence that no browser plays, such as after its browser was deleted."""
    scene = requiredScene(browserNode)
    browsers = nodesOfClass(scene, "vtkMRMLSequenceBrowserNode")
    for node in _sequencesOf(cine, scene):
        if not any(browser.IsSynchronizedSequenceNodeID(node.GetID(), True) for browser in browsers):
            adopted = SegmentationSequence(node, cine, browserNode)
            adopted.fillGaps()
            _attach(adopted)
            return adopted
    return None


def requireRest(browserNode: Any) -> None:
    """Refuse a browser that records: nodes do not show what its sequences hold meanwhile.

    Raises:
        InputError: it does.
    """
    if browserNode is not None and browserNode.GetRecordingActive():
        message = _("{browser} is recording.").format(browser=browserNode.GetName())
        raise InputError(message, _("Stop the recording to go on."))


def createSegmentation(browserNode: Any) -> SegmentationSequence:
    """The segmentation sequence of a browser's cine: the one there is, or a new one with one empty segment.

    Raises:
        InputError: the browser plays no cine, or is recording one, or another one shows its masks in the same node.
    """
    requireRest(browserNode)
    cine = cineOfBrowser(browserNode)
    noteDicomFrames(cine)
    noteTriggerTimes(cine)
    found = segmentationOfBrowser(browserNode) or _adopt(cine, browserNode)
    if found is not None:
        _requireOwnProxy(found)
        found.keepLabelmaps()
        if found.keepPlaying():
            updateProxies(browserNode)
        return found
    node = allOf(segmentationSteps(cine))
    requiredScene(browserNode).AddNode(node)
    nameSequence(node, f"{cine.name} segmentation")
    node.SetNodeReferenceID(CINE_ROLE, cine.node.GetID())
    created = SegmentationSequence(node, cine, browserNode)
    _attach(created)
    return created


def _requireOwnProxy(segmentation: SegmentationSequence) -> None:
    """Refuse a browser whose masks another one shows in the same node, such as a copy of it: Slicer writes the frame
    that one of them shows over the frame where the other is."""
    browser = segmentation.browserNode
    proxy = browser.GetProxyNode(segmentation.node)
    for other in nodesOfClass(requiredScene(browser), "vtkMRMLSequenceBrowserNode"):
        if other is not browser and proxy is not None and other.GetProxyNode(segmentation.node) is proxy:
            message = _("{browser} and {other} show masks in the same node.")
            raise InputError(
                message.format(browser=browser.GetName(), other=other.GetName()), _("Delete one of the two browsers.")
            )


def segmentationSteps(cine: CineSequence) -> Steps[Any]:
    """A segmentation sequence with one empty segment, a frame a step; it is in no scene, and without a name.

    Raises:
        InputError: this Slicer makes no segments.
    """
    import slicer

    node = slicer.vtkMRMLSequenceNode()
    node.SetIndexName(cine.node.GetIndexName())
    node.SetIndexUnit(cine.node.GetIndexUnit())
    node.SetIndexType(cine.node.GetIndexType())
    node.SetNumericIndexValueTolerance(cine.node.GetNumericIndexValueTolerance())
    first = slicer.vtkMRMLSegmentationNode()
    first.GetSegmentation().SetSourceRepresentationName("Binary labelmap")
    if not first.GetSegmentation().AddEmptySegment("", "Segment 1", _colorOf(0)):
        raise InputError(_("Slicer cannot make segments."), _("Load the module Segmentations first."))
    for frame in range(cine.frameCount):
        _addItem(node, cine, frame, first)
        yield
    return node


def _addItem(node: Any, cine: CineSequence, frame: int, empty: Any) -> None:
    """Put a copy of an empty segmentation at a frame's index value, with that frame's geometry."""
    import slicer

    frameNode = cine.frameNode(frame)
    rows, columns = cine.frameSize
    core = empty.GetSegmentation()
    geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(
        labelmapOn(frameNode, np.zeros((rows, columns), bool))
    )
    core.SetConversionParameter(slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(), geometry)
    node.SetDataNodeAtValue(empty, str(cine.node.GetNthIndexValue(frame)))


def _attach(created: SegmentationSequence) -> None:
    """Let the browser play it and keep what the user paints."""
    browser = created.browserNode
    shown = _formerProxy(created)
    # At once: Slicer would copy the masks that such a node shares with a frame onto themselves, which empties both.
    with modifiedOnce(browser):
        if shown is None:
            browser.AddSynchronizedSequenceNode(created.node)
        else:
            browser.AddProxyNode(shown, created.node, False)
        created.keepPlaying()
        browser.SetOverwriteProxyName(created.node, False)  # the browser names its proxy after the frame
    updateProxies(browser)
    proxy = created.proxyNode
    proxy.SetName(str(created.node.GetName()))
    proxy.SetReferenceImageGeometryParameterFromVolumeNode(created.cineProxyNode)
    moveWith(proxy, created.cineProxyNode)
    placeBeside(proxy, created.cineProxyNode)  # as Slicer does with the first stroke, which a run needs not wait for


def _formerProxy(segmentation: SegmentationSequence) -> Any:
    """The node that showed its frames before it was taken out of its browser, or that was deleted; None for none."""
    scene = requiredScene(segmentation.node)
    browsers = nodesOfClass(scene, "vtkMRMLSequenceBrowserNode")
    shared = [segmentation.item(frame).GetSegmentation() for frame in range(segmentation.frameCount)]
    for node in nodesOfClass(scene, "vtkMRMLSegmentationNode"):
        isPlayed = any(browser.IsProxyNodeID(node.GetID()) for browser in browsers)
        if not isPlayed and any(core is node.GetSegmentation() for core in shared):
            return node
    return None
