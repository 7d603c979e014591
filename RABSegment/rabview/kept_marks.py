"""Keeps the marks of the cine that is open as they change, and offers to go on with them when it is opened again."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from rabengine.errors import InputError
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.KeptMarks import bodyOf, contentOf, pixelDigest, putKeptSteps, readKept

from .desk import ERROR, Desk
from .kept_places import KeptPlaces, set_aside
from .turns import in_turns
from .undo import EditHistory
from .variables import names

DELAY_SECONDS = 0.5  # from a change until it is written: a burst of strokes is written once
STEP = "Continue where you left off"


@dataclass
class Offer:
    """Marks of an earlier time: how many there are, and the name of their file."""

    text: str
    place: str


@dataclass
class KeptState:
    """What is kept of the cine that is open.

    Attributes:
        offer: to go on with, until the user has answered.
        text: where the marks are kept now, empty where they are not.
        problem: why they are not, empty for none.
    """

    offer: Offer | None = None
    text: str = ""
    problem: str = ""


KEPT = names(KeptState)


class KeepControl:
    """Writes the marks beside the cine soon after each change; the pixels are never written.

    Args:
        desk: whose cine it is.
        history: has the masks at hand, packed.
    """

    def __init__(self, desk: Desk, history: EditHistory) -> None:
        self._desk = desk
        self._history = history
        self._state = desk.state.part(KeptState)
        self._places: KeptPlaces | None = None  # None until the cine was recognised
        self._recognising: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._is_resuming = False  # what is half there is not kept
        self._due: asyncio.TimerHandle | None = None
        self._found: Path | None = None  # marks of an earlier time, which nobody has answered for yet
        self._earlier: Path | None = None  # marks of an earlier time, which go when new ones are drawn
        self._numbers = itertools.count(1)
        self._written = ""  # hash of what was written last
        self._place: Path | None = None
        self._first = ""  # hash of what there was when the cine was recognised
        self.goes_on = False  # with earlier marks of the next cine, without a question
        desk.follow(close=self.flush, cine=self._on_cine, change=self._on_change)

    @property
    def farewell(self) -> str:
        """What is kept and where, for the end of the program; empty where nothing is."""
        segmentation = self._desk.segmentation
        if segmentation is None or self._place is None:
            return ""
        return f"The marks of {segmentation.cine.name} are kept in {self._place}."

    def resume(self) -> None:
        """Begin to go on with the marks of an earlier time; where they cannot be read they stay where they are."""
        session, found = self._desk.session, self._found
        if session is None or session.isRunning or found is None or self._is_resuming:
            return
        self._is_resuming = True
        self._resuming = self._desk.reading.begin(found.name, self._resume(session.segmentation, found))

    async def _resume(self, segmentation: SegmentationSequence, found: Path) -> None:
        try:
            with self._desk.state, self._desk.reporting("Continuing"):
                content = await asyncio.to_thread(readKept, found)
                with self._history.step(STEP):
                    more = await in_turns(putKeptSteps(segmentation, content, found.name))
                self._answered(None)
                self._place = found
                self._desk.on_kept(more)
                self._desk.workspace.render()
        finally:
            self._is_resuming = False
            if self._desk.segmentation is segmentation:
                self._desk.tell_change()

    def start_anew(self) -> None:
        """Leave the marks of an earlier time alone; they go when something new is drawn."""
        self._answered(self._found)

    def flush(self) -> None:
        """Write now what is not written yet, before the cine or the program goes."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        content = self._content()
        if content is not None and self._places is not None:
            self._written = _hash(content)
            try:
                self._keep(self._places, content, next(self._numbers))
            except OSError as error:
                self._failed(error)

    def _on_cine(self) -> None:
        for task in (self._recognising, self._writing, self._resuming):
            if task is not None:
                task.cancel()
        self._places, self._place, self._written = None, None, ""
        self._answered(None)
        self._state.text, self._state.problem = "", ""
        if self._desk.session is not None and not self._desk.is_kept_elsewhere:
            self._recognising = asyncio.get_running_loop().create_task(self._recognise())

    async def _recognise(self) -> None:
        session, source = self._desk.session, self._desk.source
        assert session is not None
        self._first = self._hash_now()  # before anybody draws: a large cine takes its time to be recognised
        cine = session.segmentation.cine
        frames = [cine.frame(number) for number in range(cine.frameCount)]
        digest = await asyncio.to_thread(pixelDigest, frames)
        places = KeptPlaces(digest, source)
        found = await asyncio.to_thread(places.find)
        if self._desk.session is not session:
            return
        self._places = places
        goes_on, self.goes_on = self.goes_on, False
        if found is not None and await asyncio.to_thread(_hash_of, found[0]) == self._first:
            # Such as the scene that was downloaded a moment ago: there is nothing to ask.
            self._place, self._written = found[0], self._first
            with self._desk.state:
                self._tell_kept()
        elif found is not None and found[1].marked + found[1].predicted > 0:
            self._found = found[0]
            with self._desk.state:
                self._state.offer = Offer(found[1].text, found[0].name)
            if goes_on:
                self.resume()
        self._on_change()

    def _answered(self, earlier: Path | None) -> None:
        self._found, self._earlier = None, earlier
        self._state.offer = None

    def _on_change(self) -> None:
        if self._places is not None and self._due is None and self._desk.session is not None:
            self._due = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._begin_to_write)

    def _begin_to_write(self) -> None:
        self._due = None
        if self._writing is not None and not self._writing.done():
            self._on_change()
            return
        content, places = self._content(), self._places
        if content is not None and places is not None:
            self._writing = asyncio.get_running_loop().create_task(self._write(places, content))

    def _content(self) -> bytes | None:
        """What is to be written; None where that is written already, or nothing was drawn yet."""
        segmentation = self._desk.segmentation
        if segmentation is None or self._places is None or self._is_resuming:
            return None
        frames = self._history.frames()
        if not frames and not self._written:
            return None
        more = self._desk.keep_more
        body = bodyOf(segmentation, frames, more)
        found = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        if found == self._written:
            return None
        if self._found is not None:
            if found == self._first:
                return None  # such as the marks of a scene that was opened
            self.start_anew()  # whoever draws has answered
        return contentOf(segmentation, frames, self._places.digest, more, body)

    def _hash_now(self) -> str:
        """Of what would be written."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return ""
        body = bodyOf(segmentation, self._history.frames(), self._desk.keep_more)
        return hashlib.sha1(body, usedforsecurity=False).hexdigest()

    async def _write(self, places: KeptPlaces, content: bytes) -> None:
        self._written = _hash(content)
        try:
            await asyncio.shield(asyncio.to_thread(self._keep, places, content, next(self._numbers)))
        except OSError as error:
            self._failed(error)
            return
        with self._desk.state:
            self._tell_kept()

    def _tell_kept(self) -> None:
        if self._place is not None:
            self._state.text, self._state.problem = f"Marks are kept in {self._place.name}", ""

    def _keep(self, places: KeptPlaces, content: bytes, number: int) -> None:
        earlier, self._earlier = self._earlier, None
        if earlier is not None:
            set_aside(earlier)
        self._place = places.write(content, number) or self._place

    def _failed(self, error: OSError) -> None:
        problem = f"The marks cannot be kept ({error.strerror or error}): download the scene to keep them."
        with self._desk.state:
            if self._state.problem != problem:
                self._desk.notify(ERROR, problem)
            self._state.text, self._state.problem = "", problem
        self._written = "failed"


def _hash_of(path: Path) -> str:
    """Of marks in a file; empty where they cannot be read."""
    try:
        return _hash(readKept(path))
    except InputError:
        return ""


def _hash(content: bytes) -> str:
    """Of the part that is alike while the marks are."""
    return hashlib.sha1(content.partition(b"\n")[2], usedforsecurity=False).hexdigest()
