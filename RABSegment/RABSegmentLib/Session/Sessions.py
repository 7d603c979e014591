"""The sessions of all cines that are open, and the whole job in one blocking call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rabengine.errors import Cancelled, EngineError
from rabengine.events import Done, Failed, Progress, RunEvent, Stopped
from RABSegmentLib.Scene.SegmentationSequence import requireRest
from RABSegmentLib.Signal import Signal
from RABSegmentLib.Steps import Steps, allOf

from .Job import RunChoices
from .MarksFromArrays import Masks, addMarks
from .Session import SegmentVideoSession


class SegmentVideoSessions:
    """One session for each browser, kept until `close`, so that several cines can be at work at once.

    Attributes:
        events, recordsChanged, segmentsChanged, browserPutBack: emit what those of any session do, and the session
            before it; all but the failure of a run that `segmentVideo` waits for: its caller gets that as an exception.
    """

    def __init__(self) -> None:
        self.events: Signal[[SegmentVideoSession, RunEvent]] = Signal()
        self.recordsChanged: Signal[[SegmentVideoSession]] = Signal()
        self.segmentsChanged: Signal[[SegmentVideoSession]] = Signal()
        self.browserPutBack: Signal[[SegmentVideoSession]] = Signal()
        self._sessions: list[SegmentVideoSession] = []
        self._awaited: list[SegmentVideoSession] = []

    @property
    def isBusy(self) -> bool:
        """Whether any cine is being segmented."""
        return any(session.isRunning for session in self._sessions)

    @property
    def isPrompting(self) -> bool:
        """Whether a prompt on any cine waits for its answer."""
        return any(session.isPrompting for session in self._sessions)

    @property
    def hasUnwritten(self) -> bool:
        """Whether `poll` has frames to write at once."""
        return any(session.hasUnwritten for session in self._sessions)

    def sessionOf(self, browserNode: Any) -> SegmentVideoSession:
        """The session of a browser, a new one if there is none.

        Args:
            browserNode: plays the cine.

        Raises:
            InputError: the browser plays no cine that can be segmented, or is recording.
        """
        return allOf(self.sessionSteps(browserNode))

    def sessionSteps(self, browserNode: Any) -> Steps[SegmentVideoSession]:
        """As `sessionOf`; edits that nobody watched are noticed a frame a step."""
        self._dropGone()
        requireRest(browserNode)
        for session in self._sessions:
            if session.browserNode is browserNode:
                return session
        session = SegmentVideoSession(browserNode, isNoticing=False)
        try:
            yield from session.keeping.noticeSteps()
        except BaseException:  # such as GeneratorExit: nobody wants it any more
            session.close()
            raise
        session.events.connect(partial(self._passOn, session))
        session.recordsChanged.connect(partial(self.recordsChanged.emit, session))
        session.segmentsChanged.connect(partial(self.segmentsChanged.emit, session))
        session.browserPutBack.connect(partial(self.browserPutBack.emit, session))
        self._sessions.append(session)
        return session

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
        ends: list[RunEvent] = []

        def hear(event: RunEvent) -> None:
            if isinstance(event, Done | Stopped | Failed):
                ends.append(event)
            elif isinstance(event, Progress) and progress is not None:
                progress(event.phase, session.share)

        session.events.connect(hear)
        self._awaited.append(session)
        try:
            session.start(choices)
            session.wait(keepAlive)
        except BaseException:
            session.cancel()
            raise
        finally:
            self._awaited.remove(session)
            session.events.disconnect(hear)
        for event in ends:
            if isinstance(event, Stopped):
                raise Cancelled
            if isinstance(event, Failed):
                raise EngineError(event.message, event.hint)
        return session.segmentation.node

    def _passOn(self, session: SegmentVideoSession, event: RunEvent) -> None:
        if not (isinstance(event, Failed) and session in self._awaited):
            self.events.emit(session, event)

    def _dropGone(self) -> None:
        """End the sessions whose cine, segmentation or browser left the scene, or whose browser plays them no more."""
        for session in [session for session in self._sessions if not session.segmentation.isPlayed]:
            session.close()
            self._sessions.remove(session)
