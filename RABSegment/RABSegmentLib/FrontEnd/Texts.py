"""What front ends tell the user, in words."""

from __future__ import annotations

from collections.abc import Sequence

from rabengine.events import Done, Failed, Progress, Stopped
from rabengine.measurement.concepts import AREA, BRIGHTNESS, EQUIVALENT, LONGEST, MAJOR, MINOR, PERIMETER, X, Y
from rabengine.presets import PRESETS
from rabengine.segmentation import Segmentation
from RABSegmentLib.Durations import durationText
from RABSegmentLib.Engine.Devices import DeviceInformation
from RABSegmentLib.Results.Timeline import STATUS_COLORS
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus, Means
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Translation import tr as _

_MOST_NAMED = 8  # frames in a sentence
# (seconds to begin with, seconds a frame) on a processor of two cores, as `make benchmark` measured them.
_SECONDS = {"balanced": (20.0, 0.25), "fast": (1.5, 0.115), "accurate": (44.0, 0.28)}


def presetTitles(frameCount: int | None = None, device: str = "") -> list[tuple[str, str]]:
    """(name, title) of the presets, the default first: what a user gets, and how long it takes where that is known.

    Args:
        frameCount: of the chosen cine, None without one.
        device: that computes, as `DeviceInformation.automatic` says it.
    """
    words, onProcessor = presetWords(), device.startswith("cpu")
    titles = []
    for name, preset in PRESETS.all():
        title = f"{name}: {words.get(name, preset.title)}"
        if onProcessor and frameCount and name in _SECONDS:
            title = f"{title}, {_duration(name, frameCount)}"
        titles.append((name, title))
    return titles


def presetWords() -> dict[str, str]:
    """{preset of the engine: its title}; one of another package has the title that it brings."""
    return {
        "balanced": _("learns from this cine"),
        "fast": _("no learning"),
        "accurate": _("learns twice as long"),
        "paper": _("relearns as published"),
        "image": _("image model alone"),
    }


def _duration(preset: str, frameCount: int) -> str:
    start, each = _SECONDS[preset]
    seconds = start + each * frameCount
    if seconds < 100:
        return _("about {seconds} s").format(seconds=max(5 * round(seconds / 5), 5))
    return _("about {minutes} min").format(minutes=max(round(seconds / 60), 2))


def cineText(segmentation: SegmentationSequence | None, problem: str) -> str:
    """Under the cine selector: what is wrong, what to do, or what the cine is."""
    if problem:
        return problem
    if segmentation is None:
        return _("Load a cine with Open..., or drop one on Slicer, and choose it here.")
    cine = segmentation.cine
    rows, columns = cine.frameSize
    size = _("{frames} frames of {columns} x {rows} pixels").format(frames=cine.frameCount, columns=columns, rows=rows)
    if cine.spacing is None:
        return size + _("; its pixels have no size in mm, so areas are in pixels.")
    return f"{size}, {cine.spacing[0]:.3g} x {cine.spacing[1]:.3g} mm."


def sliceText(sliceCount: int) -> str:
    """Of the number of the slice that is to become a cine."""
    return _("Which slice, 0 to {last}: the red view shows it.").format(last=sliceCount - 1)


def browserPutBackText() -> str:
    """Somebody switched off in the module Sequences what an open cine needs."""
    return _("Playback and Save changes stay on while the cine is open here: strokes would be lost.")


def frameText(segmentation: SegmentationSequence | None) -> str:
    """Of the frame that is shown: number, time, who made its masks, confidence."""
    if segmentation is None or segmentation.selectedFrame < 0:
        return ""
    frame = segmentation.selectedFrame
    record = segmentation.record(frame)
    isAbsent = record.status is FrameStatus.MARKED and not record.fingerprints
    origin = _("marked as absent") if isAbsent else statusTitle(record.origin)
    parts = [_("Frame {frame}").format(frame=frame), segmentation.cine.timeText(frame), origin]
    if record.lowestConfidence is not None:
        parts.append(_("confidence {value:.2f}").format(value=record.lowestConfidence))
    return ", ".join(part for part in parts if part)


def statusTitle(word: str) -> str:
    """Of what is known of a frame or of a segment on it.

    Args:
        word: a value of `FrameStatus`, or what `FrameRecord.origin` or `SegmentArea.status` says.
    """
    titles = {
        "drawn": _("marked"),
        "corrected": _("corrected"),
        "marked": _("marked"),
        "verified": _("verified"),
        "predicted": _("predicted"),
        "unsettled": _("mark removed"),
        "unsegmented": _("empty"),
        "empty": _("empty"),
    }
    return titles[word]


def markRows(segmentation: SegmentationSequence | None) -> list[tuple[str, str, str, str, str]]:
    """The table of marked frames: (frame, time, segments, by whom, how it was made and the seconds it took)."""
    if segmentation is None:
        return []
    rows = []
    ids = set(segmentation.segmentIds())  # while a step is taken back, a mark may still name one that is gone
    for frame in range(segmentation.frameCount):
        record = segmentation.record(frame)
        if record.isMark:
            known = [name for name in record.known if name in ids]
            names = [_markedSegment(segmentation, name, name in record.fingerprints) for name in known]
            by, made = statusTitle(record.origin), madeText(record, segmentation.seconds(frame))
            rows.append((str(frame), segmentation.cine.timeText(frame), ", ".join(names), by, made))
    return rows


def madeText(record: FrameRecord, seconds: float) -> str:
    """By what a person made a mark, and how long he was at its frame, as "clicked, 12 s"; empty where neither is known.

    Args:
        record: of the frame.
        seconds: spent there.
    """
    titles = {
        Means.PAINTED.value: _("painted"),
        Means.PROMPTED.value: _("clicked"),
        Means.COPIED.value: _("copied"),
        Means.DECLARED.value: _("declared absent"),
        Means.LOADED.value: _("from a file"),
    }
    how = " + ".join(titles.get(means, means) for means in record.means)
    spent = _("{seconds} s").format(seconds=round(seconds)) if round(seconds) else ""
    return ", ".join(filter(None, (how, spent)))


def _markedSegment(segmentation: SegmentationSequence, segmentId: str, isDrawn: bool) -> str:
    name = segmentation.segmentName(segmentId)
    return name if isDrawn else _("no {segment}").format(segment=name)


def chooseCineTitle() -> str:
    """Over the names of the cines of a set."""
    return _("Which cine of the set?")


def chooseCineText(source: str) -> str:
    """Why one is asked which."""
    return _("Several cines in {file} have the size and length of the one that is open.").format(file=source)


def choosePartTitle() -> str:
    """Over the cines that a file or folder holds."""
    return _("Which cine of the file?")


def choosePartText(source: str) -> str:
    """Why one is asked which."""
    return _("{file} holds several cines, such as slices or series.").format(file=source)


def replaceMarksText(frames: Sequence[int], name: str) -> str:
    """Asks whether the marks of a file count on frames that are marked already."""
    if len(frames) == 1:
        said = _("Frame {frames} is marked already. Replace its marks by those of {file}? No keeps them.")
    else:
        said = _("Frames {frames} are marked already. Replace their marks by those of {file}? No keeps them.")
    shown = ", ".join(map(str, frames[:_MOST_NAMED])) + (", ..." if len(frames) > _MOST_NAMED else "")
    return said.format(frames=shown, file=name)


def marksKeptText(name: str) -> str:
    """After nothing of a file became a mark, as its user wanted."""
    return _("No marks were taken from {file}: all of its frames are marked already.").format(file=name)


def phaseTitles() -> dict[str, str]:
    """{phase of a run: its title}; a preset of another package may have other phases."""
    return {
        "tracking": _("Following the motion"),
        "propagation": _("Propagating the marks"),
        "checking": _("Checking frames"),
        "learning": _("Learning from this cine"),
        "prediction": _("Predicting with what was learned"),
        "relearning": _("Relearning as published"),
        "method": _("Computing the masks"),
    }


def startingText() -> str:
    """Of a run that was asked for and has not begun."""
    return _("Starting the engine ...")


def stoppingText() -> str:
    """Of a run that is to end."""
    return _("Stopping ...")


def noPromptsText() -> str:
    """Why the effect *Mark by clicks* cannot be used on what the segment editor edits."""
    return _("Clicks mark frames of a cine: choose the cine in the module Segment Video, and edit its segmentation.")


def noImageForPromptsText() -> str:
    """Why a cine cannot be clicked."""
    return _("The cine shows no image on this frame: choose another frame, or load the cine again.")


def notWrittenText() -> str:
    """Why what clicks found is not in the segment."""
    return _("The segment editor has no geometry to put the mask in: choose the cine as its source volume.")


def noTorchForPromptsText() -> str:
    """Why nothing answers a click."""
    return _("PyTorch is not installed: press Install PyTorch in the module Segment Video.")


def promptText(steps: int, isWaiting: bool, quality: float | None) -> str:
    """What goes on with clicks on a frame.

    Args:
        steps: clicks, lines and boxes that were given.
        isWaiting: the engine has not answered yet.
        quality: the IoU with what the user means that it expects; None where it was not asked.
    """
    if isWaiting:
        return _("Looking for it ...")
    if not steps:
        return _("Click in the structure, drag a line, Shift + drag a box.")
    if quality is None:
        return _("Click where it is wrong.")
    return _("Expected overlap {share:.0f} %. Click where it is wrong.").format(share=100 * quality)


def takeTitle() -> str:
    """Of the choice whether clicks may take what other segments have."""
    return _("Take from others")


def takeTip() -> str:
    """What that choice does."""
    return _("Else what another segment has on the frame stays its own.")


def nothingToUndoText() -> str:
    """Why undo is off."""
    return _("There is nothing to undo.")


def nothingToRedoText() -> str:
    """Why redo is off."""
    return _("There is nothing to redo.")


def undoneText() -> str:
    """After the last run was taken back."""
    return _("The last run was undone.")


def progressText(progress: Progress, share: float) -> str:
    """Phase, share that is done, time left and losses of a run.

    Args:
        progress: that it told last.
        share: done of all of it, 0 to 1.
    """
    title = phaseTitles().get(progress.phase, progress.phase.capitalize())
    parts = [_("{phase}, {percent:.0f} %").format(phase=title, percent=100 * share)]
    if progress.seconds_left is not None:
        parts.append(_("{time} left").format(time=durationText(progress.seconds_left)))
    parts += [f"{name} {value:.3g}" for name, value in progress.losses.items()]
    return ", ".join(parts)


def endText(session: SegmentVideoSession, end: Done | Stopped | Failed) -> str:
    """After a run: how it ended, what it left, and what to do next.

    Args:
        session: whose run it was.
        end: what it told last.
    """
    if isinstance(end, Failed):
        return end.text
    if isinstance(end, Done):
        return _doneText(end.results, session.nextFrame())
    if session.hasLeft:
        return _("Cancelled. The frames that were done stay; Undo last run takes them back.")
    if session.hasWritten:
        return _("Cancelled. The frames that were done stay, with what was changed on them since.")
    return _("Cancelled before any frame was done: nothing changed.")


def _doneText(results: Sequence[Segmentation], nextFrame: int | None) -> str:
    seconds = sum(sum(result.seconds.values()) for result in results)
    parts = [_("Done in {time} on {device}.").format(time=durationText(seconds), device=results[-1].device)]
    parts += [sentence for result in results for sentence in result.warnings]
    if nextFrame is not None:
        parts.append(_("Check frame {frame} next.").format(frame=nextFrame))
    return " ".join(parts)


def deviceText(information: DeviceInformation, hasTorch: bool) -> str:
    """Under the device selector: what automatic takes, or what is wrong."""
    if not hasTorch:
        return noTorchText()
    if information.warning:
        return information.warning
    return _("Automatic takes {device}.").format(device=information.automatic) if information.automatic else ""


def noTorchText() -> str:
    """Of a computer where the engine cannot run."""
    return _("PyTorch, which the engine needs, is not installed.")


def deviceTitle(name: str) -> str:
    """Of a device in the selector."""
    return _("automatic") if name == "auto" else name


def statusTitles() -> dict[FrameStatus, str]:
    """{status: its title}, in the order of the legend."""
    order = (FrameStatus.EMPTY, FrameStatus.PREDICTED, FrameStatus.MARKED, FrameStatus.VERIFIED)
    return {status: statusTitle(status.value) for status in order}


def legendText() -> str:
    """The colours of the timeline, as rich text."""
    entries = [
        f'<span style="color:{STATUS_COLORS[status]}">&#9632;</span> {title}'
        for status, title in statusTitles().items()
    ]
    return " &nbsp; ".join(entries) + "<br>" + timelineHint()


def timelineHint() -> str:
    """What is drawn in the timeline."""
    return _("Bars: confidence. Lines: area of each segment.")


def noneText() -> str:
    """The choice of none of what is offered."""
    return _("none")


def measureTitles() -> dict[str, str]:
    """{measurement of a segment on each frame: its title}, in the order in which they are offered."""
    return {
        AREA: _("Area"),
        PERIMETER: _("Perimeter"),
        EQUIVALENT: _("Equivalent diameter"),
        MAJOR: _("Major diameter"),
        MINOR: _("Minor diameter"),
        LONGEST: _("Longest diameter"),
        X: _("Centroid x"),
        Y: _("Centroid y"),
        BRIGHTNESS: _("Mean brightness"),
    }


def keepViewHint() -> str:
    """What keeping a view of the left ventricle is good for."""
    return _("Keep this view, then open the other one of the same patient: biplane volumes and ejection fraction")
