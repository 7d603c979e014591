"""Opening a cine, and going through its frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import ChoiceError
from RABSegmentLib.Engine.CineReader import LARGEST_BYTES, CineReader
from RABSegmentLib.Engine.PrivateFolder import PrivateFolder
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.Scene.CineLoading import (
    BuiltCine,
    buildSteps,
    enterScene,
    nameOfFile,
    nameOfPart,
    requireFrames,
)
from RABSegmentLib.Scene.CineWindow import windowOf
from RABSegmentLib.Scene.FrameRecords import FrameRecord
from RABSegmentLib.Session.KeptMarks import putKept, putKeptSteps
from RABSegmentLib.Session.SceneFile import SCENE_SUFFIX, unpackScene
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions
from RABSegmentLib.Steps import Steps, allOf

from .choosing import Question
from .desk import WARNING, Desk
from .playing import Player
from .turns import in_turns
from .variables import FRAME, from_page, names

POLL_SECONDS = 0.05
READING_MARKS = "Reading the marks"
SLOWEST_FPS, FASTEST_FPS = 1.0, 60.0


@dataclass
class CineState:
    """The cine that is open, and the frame of it that is shown.

    Attributes:
        is_open: there is one.
        number: of cines that were opened.
        name, text: of the cine, and what it is.
        frame_text, frame_status: of the frame that is shown.
        times: when each frame was taken, for people.
    """

    is_open: bool = False
    number: int = 0
    name: str = ""
    text: str = ""
    frame: int = field(default=0, metadata=from_page(FRAME))
    frame_count: int = 1
    frame_text: str = ""
    frame_status: str = "empty"
    times: list[str] = field(default_factory=list)


CINE = names(CineState)


@dataclass(frozen=True)
class _Wanted:
    """A cine that is to be opened; as the arguments of `CineControl.open`."""

    path: Path
    name: str
    within: Path | None
    source: Path | None


class CineControl:
    """Reads a cine in a process of its own, shows it, steps and plays.

    Args:
        desk: where it is put.
        sessions: makes and keeps the session of the cine.

    Attributes:
        player: plays it.
    """

    def __init__(self, desk: Desk, sessions: SegmentVideoSessions) -> None:
        self._desk = desk
        self._sessions = sessions
        self._shown = -1
        self._state = desk.state.part(CineState)
        self.player = Player(desk.state, self._show)
        desk.state.bind(CineState, {CINE.frame: self._on_frame_state})
        desk.follow(change=self._update_frame_text)

    def open(
        self,
        path: Path,
        name: str = "",
        within: Path | None = None,
        then: Callable[[], None] = lambda: None,
        stays: bool = True,
    ) -> None:
        """Begin to open a cine; what was open is closed when the new one is read.

        Args:
            path: of the file or folder.
            name: that is shown, empty for that of the file.
            within: a folder outside of which no file is read, whatever the cine refers to.
            stays: the file is the user's own, so that marks may be kept beside it.
            then: called when it was read, or will not be.
        """
        wanted = _Wanted(path, name or nameOfFile(path), within, path if stays else None)
        self._desk.choice.read(
            Question(
                Texts.choosePartTitle(),
                Texts.choosePartText(path.name),
                lambda part: self._desk.reading.begin_cine(wanted.name, self._open(wanted, part)),
                then,
            )
        )

    def put(
        self,
        cine: Cine,
        name: str,
        source: Path | None = None,
        marks: bytes | None = None,
        fill: Callable[[SegmentVideoSession], None] | None = None,
    ) -> None:
        """Show a cine that was read, in place of the one before.

        Args:
            cine: that was read.
            name: that is shown.
            source: the file or folder that it was read from; None where that goes away.
            marks: as `KeptMarks` keeps them, to begin with.
            fill: puts in what else there is to begin with.

        Raises:
            InputError: it is a single frame; the one before stays.
        """
        requireFrames(cine, name)
        built = allOf(buildSteps(cine))
        if marks is not None:
            with self._desk.reporting(READING_MARKS):
                putKept(built.segmentation, marks, name)
        allOf(self._show_built(built, name, windowOf(cine.frames), source, fill))

    async def put_in_steps(self, cine: Cine, name: str, source: Path | None = None, marks: bytes | None = None) -> None:
        """As `put`; meanwhile the page goes on, with the cine before."""
        requireFrames(cine, name)
        window = await asyncio.to_thread(windowOf, cine.frames)
        built = await in_turns(buildSteps(cine))
        if marks is not None:
            with self._desk.reporting(READING_MARKS):
                await in_turns(putKeptSteps(built.segmentation, marks, name))
        await in_turns(self._show_built(built, name, window, source))

    def describe(self) -> None:
        """Show the sizes and times of the cine that is open, which its user may set."""
        segmentation = self._desk.segmentation
        assert segmentation is not None  # who asks has a cine
        self._state.text = Texts.cineText(segmentation, "")
        self._state.times = [segmentation.cine.timeText(frame) for frame in range(segmentation.frameCount)]
        self.player.set_rate(self._fps())

    def close(self) -> None:
        """Forget the cine that is open, with all its nodes."""
        if self._desk.session is None:
            return
        self._desk.tell_close()
        self._desk.session = None
        self._sessions.close()
        self._desk.workspace.show(None)
        self._state.is_open, self._state.times = False, []
        self._desk.tell_cine()
        self._desk.workspace.clear()

    def step(self, count: int) -> None:
        """Show the frame `count` further."""
        self.show(self._shown + count)

    def show(self, frame: int) -> None:
        """Show a frame, the nearest there is, and stop playing there."""
        self.stop_playing()
        self._show(frame)

    def toggle_playing(self) -> None:
        """Play at the cine's rate, or stop."""
        session = self._desk.session
        if session is None:
            return
        self.player.toggle(self._shown)
        if self.player.is_on:
            session.clock.leave()  # nobody marks a frame meanwhile
        else:
            session.clock.show()

    def stop_playing(self) -> None:
        """At the frame that is shown."""
        self.player.stop()
        if self._desk.session is not None:
            self._desk.session.clock.show()

    def begin_here(self) -> None:
        """Play from the frame that is shown on."""
        self.player.begin_here(self._shown)

    def end_here(self) -> None:
        """Play up to the frame that is shown."""
        self.player.end_here(self._shown)

    def show_mark(self, direction: int) -> None:
        """Show the nearest marked or verified frame before (-1) or after (1) the one that is shown."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        frames = range(segmentation.frameCount) if direction > 0 else range(segmentation.frameCount - 1, -1, -1)
        ahead = (frame for frame in frames if (frame - self._shown) * direction > 0)
        found = next((frame for frame in ahead if segmentation.record(frame).isMark), None)
        if found is not None:
            self.show(found)

    def _show_built(
        self,
        built: BuiltCine,
        name: str,
        window: tuple[float, float],
        source: Path | None,
        fill: Callable[[SegmentVideoSession], None] | None = None,
    ) -> Steps[None]:
        """Show a cine in place of the one before; the arguments are those of `enterScene` and `put`."""
        self.stop_playing()
        self._desk.forget_notice()
        self.close()
        yield
        try:
            loaded = enterScene(self._desk.workspace.scene, built, name, window)
            yield
            session = yield from self._sessions.sessionSteps(loaded.browserNode)
            for frame in range(session.segmentation.frameCount):
                session.segmentation.cine.valueRange(frame)  # which the tools ask for in a moment
                yield
        except GeneratorExit:  # another one is opened instead
            self._sessions.close()
            self._desk.workspace.clear()
            raise
        self._desk.session, self._desk.source = session, source
        segmentation = session.segmentation
        if fill is not None:
            with self._desk.reporting("Showing what is known of it"):
                fill(session)
        segmentation.proxyNode.CreateDefaultDisplayNodes()
        self._desk.workspace.show(segmentation.cineProxyNode)
        # The view draws the first frame over masks until it has shown another one.
        segmentation.select(1)
        self._shown = -1
        self._state.name = segmentation.cine.name
        self._state.frame_count = segmentation.frameCount
        self._state.is_open = True
        self._state.number += 1
        self.player.open(segmentation.frameCount)
        self.describe()
        self.show(0)
        self._desk.tell_cine()
        for warning in loaded.warnings:
            self._desk.notify(WARNING, warning)

    async def _open(self, wanted: _Wanted, part: str) -> ChoiceError | None:
        path, name, within, shown = wanted.path, wanted.name, wanted.within, wanted.path.name
        reader, folder = None, None
        try:
            with self._desk.state, self._desk.reporting(f"{name} cannot be opened: reading it"):
                scene = None
                if path.name.lower().endswith(SCENE_SUFFIX):
                    folder = PrivateFolder()
                    scene = await asyncio.to_thread(unpackScene, path, folder.path / "cine", LARGEST_BYTES)
                    path, within, name = scene.cine, scene.cine.parent, scene.name or name
                reader = CineReader(path, within, part or None)
                cine = None
                while cine is None:
                    await asyncio.sleep(POLL_SECONDS)
                    try:
                        cine = reader.cine()
                    except ChoiceError as error:
                        return error
                marks = None if scene is None else await asyncio.to_thread(scene.marks, cine, shown)
                await self.put_in_steps(cine, nameOfPart(name, part), wanted.source, marks)
                for warning in () if scene is None else scene.warnings:
                    self._desk.notify(WARNING, warning)
        finally:
            if reader is not None:
                reader.close()
            if folder is not None:
                folder.remove()
        return None

    def _show(self, frame: int) -> None:
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        frame = min(max(frame, 0), segmentation.frameCount - 1)
        self._state.frame = frame
        if frame != self._shown:
            self._shown = frame
            segmentation.select(frame)
            self._update_frame_text()
            self._desk.tell_frame()

    def _fps(self) -> float:
        assert self._desk.session is not None  # who asks has a cine
        rate = float(self._desk.session.browserNode.GetPlaybackRateFps())
        return min(max(rate, SLOWEST_FPS), FASTEST_FPS)

    def _on_frame_state(self, frame: int) -> None:
        if frame != self._shown:
            self.show(frame)

    def _update_frame_text(self) -> None:
        segmentation = self._desk.segmentation
        self._state.frame_text = Texts.frameText(segmentation)
        record = FrameRecord()
        if segmentation is not None and segmentation.selectedFrame >= 0:
            record = segmentation.record(segmentation.selectedFrame)
        self._state.frame_status = record.status.value
