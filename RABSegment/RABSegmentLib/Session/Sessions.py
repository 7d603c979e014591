"""The sessions of all cines that are open, and the whole job in one blocking call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rabengine.errors import Cancelled, EngineError, InputError
from RABSegmentLib.Engine.Client import EngineClient

from .Job import RunChoices, RunProgress, RunSummary
from .Session import SegmentVideoSession, SessionListener

Masks = np.ndarray | Mapping[str, np.ndarray]


class SegmentVideoSessions:
    """One session for each browser, kept until `close`, so that several cines can be at work at once.

    Args:
        clientFactory: makes the engine's process client of a session.
    """

    def __init__(self, clientFactory: Callable[[], EngineClient] = EngineClient) -> None:
        self._clientFactory = clientFactory
        self._sessions: list[SegmentVideoSession] = []
        self._forwards: dict[int, _Forward] = {}

    @property
    def isBusy(self) -> bool:
        """Whether any cine is being segmented."""
        return any(session.isRunning for session in self._sessions)

    @property
    def hasUnwritten(self) -> bool:
        """Whether `poll` has frames to write at once."""
        return any(session.hasUnwritten for session in self._sessions)

    def sessionOf(self, browserNode: Any, listener: SessionListener | None = None) -> SegmentVideoSession:
        """The session of a browser, a new one if there is none.

        Args:
            browserNode: plays the cine.
            listener: hears of this cine from now on, instead of the one before; None leaves that.

        Raises:
            InputError: the browser plays no cine that can be segmented.
        """
        self._dropGone()
        for session in self._sessions:
            if session.browserNode is browserNode:
                break
        else:
            forward = _Forward()
            session = SegmentVideoSession(browserNode, forward, self._clientFactory)
            self._forwards[id(session)] = forward
            self._sessions.append(session)
        if listener is not None:
            self._forwards[id(session)].listener = listener
        return session

    def listen(self, session: SegmentVideoSession, listener: SessionListener | None) -> None:
        """Give a session another listener, None for none."""
        if id(session) in self._forwards:
            self._forwards[id(session)].listener = listener

    def poll(self) -> None:
        """Deliver what the engines said; a timer calls it while any is busy."""
        for session in list(self._sessions):
            session.poll()
        self._dropGone()

    def close(self) -> None:
        """End all engines; the scene keeps everything."""
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        self._forwards.clear()

    def segmentVideo(
        self,
        browserNode: Any,
        marks: Mapping[int, Masks],
        choices: RunChoices,
        progress: Callable[[str, float], None] | None = None,
        keepAlive: Callable[[], None] | None = None,
    ) -> Any:
        """Segment every frame, and wait until it is done.

        Args:
            browserNode: plays the cine.
            marks: added to those that are there: {frame: labels (H, W)} or {frame: {segment name: mask (H, W)}}.
            choices: preset, device and seed.
            progress: gets the phase and the share that is done.
            keepAlive: called now and then, so that the application stays awake.

        Returns:
            The segmentation sequence node.

        Raises:
            RABSegmentError: what cannot be done, or what failed.
        """
        session = self.sessionOf(browserNode)
        addMarks(session, marks)
        waiting = _Waiting(progress, self._forwards[id(session)].listener)
        self.listen(session, waiting)
        try:
            session.start(choices)
            session.wait(keepAlive)
        except BaseException:
            session.cancel()
            raise
        finally:
            self.listen(session, waiting.before)
        if waiting.error is not None:
            raise waiting.error
        return session.segmentation.node

    def _dropGone(self) -> None:
        """End the sessions whose cine, segmentation or browser left the scene."""
        for session in [session for session in self._sessions if not session.segmentation.isInScene]:
            session.close()
            self._sessions.remove(session)
            self._forwards.pop(id(session), None)


def addMarks(session: SegmentVideoSession, marks: Mapping[int, Masks]) -> None:
    """Mark frames from arrays; segments that are not there are made.

    Raises:
        InputError: a frame, a mask or a label does not fit the cine; nothing is marked then.
    """
    segmentation = session.segmentation
    size = segmentation.cine.frameSize
    checked = {frame: _checked(frame, masks, size, segmentation.frameCount) for frame, masks in marks.items()}
    for frame, masks in checked.items():
        session.mark(frame, {_segmentOf(session, name): mask for name, mask in masks.items()})


def _checked(frame: int, masks: Masks, size: tuple[int, int], count: int) -> dict[str | int, np.ndarray]:
    """{segment name or its number from 1 on: (H, W) bool}."""
    if not 0 <= frame < count:
        raise InputError(f"There is no frame {frame}: the cine has frames 0 to {count - 1}.", "Count frames from 0.")
    found: dict[str | int, np.ndarray] = {}
    if isinstance(masks, Mapping):
        found.update({str(name): np.asarray(mask) for name, mask in masks.items()})
    else:
        labels = np.asarray(masks)
        found.update({int(value): labels == value for value in np.unique(labels) if value > 0})
        if not found:
            raise InputError(
                f"The mark of frame {frame} is empty.", "Name the segment that is absent: {frame: {name: empty mask}}."
            )
    for mask in found.values():
        if mask.shape != size:
            raise InputError(
                f"The mark of frame {frame} has the shape {mask.shape}, the frames have {size}.",
                "Draw it at the size of the frames, rows first.",
            )
    return {name: mask.astype(bool) for name, mask in found.items()}


def _segmentOf(session: SegmentVideoSession, name: str | int) -> str:
    """The id of a segment by its name, or by its number in the segments table, from 1 on."""
    segmentation = session.segmentation
    if isinstance(name, int):
        while len(segmentation.segmentIds()) < name:
            segmentation.addSegment(f"Segment {len(segmentation.segmentIds()) + 1}")
        return segmentation.segmentIds()[name - 1]
    for segmentId in segmentation.segmentIds():
        if segmentation.segmentName(segmentId) == name:
            return segmentId
    unused = segmentation.segmentIds()
    if len(unused) == 1 and not session.keeping.markedFrames() and segmentation.segmentName(unused[0]) == "Segment 1":
        segmentation.renameSegment(unused[0], name)  # the one that a new segmentation starts with
        return unused[0]
    return segmentation.addSegment(name)


class _Forward:
    """Passes on what a session says to whoever listens now."""

    def __init__(self) -> None:
        self.listener: SessionListener | None = None

    def onRecordsChanged(self) -> None:
        if self.listener is not None:
            self.listener.onRecordsChanged()

    def onSegmentsChanged(self) -> None:
        if self.listener is not None:
            self.listener.onSegmentsChanged()

    def onProgress(self, progress: RunProgress) -> None:
        if self.listener is not None:
            self.listener.onProgress(progress)

    def onFinished(self, summary: RunSummary) -> None:
        if self.listener is not None:
            self.listener.onFinished(summary)

    def onCancelled(self) -> None:
        if self.listener is not None:
            self.listener.onCancelled()

    def onFailed(self, message: str, hint: str) -> None:
        if self.listener is not None:
            self.listener.onFailed(message, hint)


class FailureListener(_Forward):
    """Hears of a session that nobody looks at: only that its run failed matters.

    Args:
        session: that it listens to.
        onFailure: gets the cine's name, the sentence and how to mend it.
    """

    def __init__(self, session: SegmentVideoSession, onFailure: Callable[[str, str, str], None]) -> None:
        super().__init__()
        self._name = session.segmentation.cine.name
        self._onFailure = onFailure

    def onFailed(self, message: str, hint: str) -> None:
        self._onFailure(self._name, message, hint)


class _Waiting(_Forward):
    """Keeps how a run ended, for the caller that waits for it; passes on changes of the scene alone."""

    def __init__(self, progress: Callable[[str, float], None] | None, before: SessionListener | None) -> None:
        super().__init__()
        self.listener = before
        self.before = before
        self.error: Exception | None = None
        self._progress = progress

    def onProgress(self, progress: RunProgress) -> None:
        super().onProgress(progress)
        if self._progress is not None:
            self._progress(progress.phase, progress.fraction)

    def onCancelled(self) -> None:
        super().onCancelled()
        self.error = Cancelled()

    def onFailed(self, message: str, hint: str) -> None:
        self.error = EngineError(message, hint)
