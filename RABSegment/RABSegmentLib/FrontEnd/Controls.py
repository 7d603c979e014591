"""Which controls of a front end work now, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass, field

from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Translation import tr as _


@dataclass(frozen=True)
class Situation:
    """All that decides what can be done.

    Attributes:
        hasTorch: PyTorch is installed where the engine runs.
        hasCine: a cine that can be segmented is chosen.
        isRunning: the engine is segmenting it.
        isDrawn: some segment is drawn on a marked frame.
        hasResult: some frame was predicted.
        canUndo: the last run can be undone.
        nextFrame: to check, None when there is none.
        frame: record of the frame that is shown.
        hasSegment: a segment is selected in the editor.
        markSelected: a row of the table of marked frames is selected.
        deviceWarning: what is wrong with the device that computes, empty for nothing.
    """

    hasTorch: bool = True
    hasCine: bool = False
    isRunning: bool = False
    isDrawn: bool = False
    hasResult: bool = False
    canUndo: bool = False
    nextFrame: int | None = None
    frame: FrameRecord = field(default_factory=FrameRecord)
    hasSegment: bool = False
    markSelected: bool = False
    deviceWarning: str = ""


@dataclass(frozen=True)
class Control:
    """How a control shows itself: `reason` is empty when it works."""

    works: str
    reason: str

    @property
    def enabled(self) -> bool:
        return not self.reason

    @property
    def toolTip(self) -> str:
        return self.reason or self.works

    def toolTipWith(self, keys: str) -> str:
        """As `toolTip`, with the keys that do the same while it works."""
        return f"{self.works} ({keys})" if self.enabled else self.reason


def segmentControl(now: Situation) -> Control:
    """Of the one big button, which cancels while a run is going on."""
    if now.isRunning:
        return Control(_("Stop. Frames that are done stay, and can be undone."), "")
    reason = _noCine(now)
    if not reason and not now.hasTorch:
        reason = _("PyTorch is not installed: press Install PyTorch.")
    if not reason and not now.isDrawn:
        reason = _("Mark a segment on one frame or more first.")
    return Control(_("Segment every frame from the marked ones."), reason)


def verifyControl(now: Situation) -> Control:
    """Of *Verify frame*."""
    reason = _noCine(now) or _running(now)
    if not reason and now.frame.status is not FrameStatus.PREDICTED:
        settled = {
            FrameStatus.EMPTY: _("This frame has no prediction yet: segment the video first."),
            FrameStatus.MARKED: _("This frame is marked by you already."),
            FrameStatus.VERIFIED: _("This frame is verified already."),
        }
        reason = settled[now.frame.status]
    return Control(_("Accept the segmentation of this frame: it is never changed again."), reason)


def nextControl(now: Situation) -> Control:
    """Of *Next frame to check*."""
    reason = _noCine(now)
    if not reason and now.nextFrame is None:
        reason = _("Every frame is marked or verified.") if now.hasResult else _("Segment the video first.")
    return Control(_("Show the frame whose correction would help most."), reason)


def absentControl(now: Situation) -> Control:
    """Of *Absent here*."""
    reason = _noCine(now) or _running(now)
    if not reason and not now.hasSegment:
        reason = _("Select a segment in the list first.")
    return Control(_("Say that the selected segment is not on this frame; erases it here."), reason)


def removeMarkControl(now: Situation) -> Control:
    """Of *Remove mark*."""
    reason = _noCine(now) or _running(now)
    if not reason and not now.markSelected:
        reason = _("Select a frame in the table of marked frames first.")
    return Control(_("The frame counts as predicted again: the next run may change it."), reason)


def marksFileControl(now: Situation) -> Control:
    """Of *From file...*, which takes marks."""
    works = _("Take marks from label images, a label sequence, a DICOM segmentation or a training set.")
    return Control(works, _noCine(now) or _running(now))


def undoControl(now: Situation) -> Control:
    """Of *Undo last run*."""
    reason = _noCine(now) or _running(now)
    if not reason and not now.canUndo:
        reason = _("There is no run to undo.")
    return Control(_("Put back what was there before the last run. What you corrected since stays."), reason)


def resultControl(now: Situation) -> Control:
    """Of statistics and export."""
    reason = _noCine(now)
    if not reason and not (now.hasResult or now.isDrawn):
        reason = _("Nothing is segmented yet.")
    return Control(_("For all frames and all segments."), reason)


def pointsControl(now: Situation, ventricle: str) -> Control:
    """Of showing apex and mitral plane of the left ventricle."""
    reason = resultControl(now).reason
    if not reason and not ventricle:
        reason = _("Choose the segment of the left ventricle first.")
    works = _("Show apex and mitral plane at end-diastole and end-systole in the red view: drag a point to move it.")
    return Control(works, reason)


def resetPointsControl(hasMoved: bool) -> Control:
    """Of putting apex and mitral plane back."""
    works = _("Put apex and mitral plane back where they are found on the masks.")
    return Control(works, "" if hasMoved else _("No point was moved."))


def secondViewControl(now: Situation, ventricle: str, count: int) -> Control:
    """Of choosing another cine of the same patient for a biplane pair; `count` of them have a segmentation."""
    reason = pointsControl(now, ventricle).reason
    if not reason and not count:
        reason = _("Open and segment the other view of the same patient, too.")
    works = _("Another cine of the same patient, at right angles: biplane volumes and ejection fraction.")
    return Control(works, reason)


def lineControl(now: Situation) -> Control:
    """Of the line of an M-mode."""
    works = _("Show a line in the red view and drag its ends; Export..., M-mode writes what lies under it over time.")
    return Control(works, _noCine(now))


def playControl(now: Situation) -> Control:
    """Of playing and seeking."""
    return Control(_("Look through the frames."), _noCine(now))


def _noCine(now: Situation) -> str:
    return "" if now.hasCine else _("Choose a cine first.")


def _running(now: Situation) -> str:
    return _("Wait for the run to end, or cancel it.") if now.isRunning else ""


def situation(
    session: SegmentVideoSession | None,
    hasTorch: bool,
    currentSegment: str,
    selectedMark: int | None,
    deviceWarning: str = "",
) -> Situation:
    """What the session of a cine says now.

    Args:
        session: None without a cine.
        hasTorch: PyTorch is installed where the engine runs.
        currentSegment: id of the segment that is selected in the editor, empty for none.
        selectedMark: frame of the row that is selected in the table of marked frames.
        deviceWarning: what is wrong with the device that computes, empty for nothing.
    """
    if session is None:
        return Situation(hasTorch=hasTorch, deviceWarning=deviceWarning)
    segmentation = session.segmentation
    records = [segmentation.record(frame) for frame in range(segmentation.frameCount)]
    shown = segmentation.selectedFrame
    return Situation(
        hasTorch=hasTorch,
        hasCine=True,
        isRunning=session.isRunning,
        isDrawn=any(record.isMark and set(record.known) & set(record.fingerprints) for record in records),
        hasResult=any(record.status is FrameStatus.PREDICTED or record.confidence for record in records),
        canUndo=session.canUndo,
        nextFrame=session.nextFrame(),
        frame=records[shown] if 0 <= shown < len(records) else FrameRecord(),
        hasSegment=currentSegment in segmentation.segmentIds(),
        markSelected=selectedMark is not None,
        deviceWarning=deviceWarning,
    )
