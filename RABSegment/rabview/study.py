"""The cines of a study in the page: the list, opening one while the next is read, and keeping what is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import RABSegmentError
from rabengine.events import Done, RunEvent
from rabengine.study import StudyCine
from RABSegmentLib.Session import StudyTexts
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.StudyQueue import ALL, BY_NUMBER, FILTERS, ORDERS, StudyQueue, StudyRow, rowsToShow
from RABSegmentLib.Session.StudyResult import FollowedRun
from RABSegmentLib.Session.StudyWork import StudyMark, StudyWork

from .cines import CineControl
from .desk import DONE, ERROR, Desk
from .variables import Reader, from_page, names, text

LOOK_SECONDS = 2.0  # between two looks whether somebody else wrote to the study
DELAY_SECONDS = 2.0  # from a change until it is in the study: a burst of strokes is one entry of its log
MORE_ROWS = 200  # that the page shows at first, and each time more are asked for


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError("no choice")
        return str(value)

    return read


@dataclass
class StudyState:
    """The study that is open, and its list.

    Attributes:
        is_open: there is one. name: of it. by: who works here.
        rows: of the list, see `StudyRow`. left_out: how many more there are than can be shown.
        current: number of the cine that is shown, 0 for none. can_check: all of its prediction may be said to be right.
        filter, order, search: of the list. filters, orders: what there is to choose.
        share: of the cines that are segmented, in percent. progress: that for people. is_running: somebody segments.
        kept: what is in the study of the cine that is open.
    """

    is_open: bool = False
    name: str = ""
    by: str = ""
    rows: list[StudyRow] = field(default_factory=list)
    left_out: int = 0
    current: int = 0
    can_check: bool = False
    filter: str = field(default=ALL, metadata=from_page(_one_of(FILTERS)))
    order: str = field(default=BY_NUMBER, metadata=from_page(_one_of(ORDERS)))
    search: str = field(default="", metadata=from_page(text(200)))
    filters: list[dict[str, str]] = field(default_factory=list)
    orders: list[dict[str, str]] = field(default_factory=list)
    share: float = 0.0
    progress: str = ""
    is_running: bool = False
    kept: str = ""


STUDY = names(StudyState)


class StudyControl:
    """A study in the page; without one nothing happens.

    Args:
        desk: where its cines are put.
        cines: shows them.
        queue: of the study, None without one.
        is_blind: show neither predictions nor what others drew.

    Attributes:
        queue, is_blind: as above.
    """

    def __init__(self, desk: Desk, cines: CineControl, queue: StudyQueue | None, is_blind: bool = False) -> None:
        self._desk, self._cines, self.queue, self.is_blind = desk, cines, queue, is_blind
        self._state = desk.state.part(StudyState)
        self._work: StudyWork | None = None
        self._run = FollowedRun()
        self._most_rows = MORE_ROWS
        self._ahead: tuple[int, asyncio.Task[Cine]] | None = None  # the cine that is likely to be opened next
        self._due: asyncio.TimerHandle | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        if queue is None:
            return
        desk.state.bind(StudyState, {(STUDY.filter, STUDY.order, STUDY.search): self._on_choice})
        desk.follow(close=self._on_close, change=self._on_change)
        state = self._state
        state.is_open, state.name, state.by = True, queue.name, queue.by
        state.filters = [{"value": name, "title": title} for name, title in StudyTexts.filterTitles()]
        state.orders = [{"value": name, "title": title} for name, title in StudyTexts.orderTitles()]
        queue.refresh()
        self.show_list()

    def begin(self) -> None:
        """Look from now on whether others write to the study."""
        if self.queue is not None:
            self._looking = asyncio.get_running_loop().create_task(self._look())

    def open(self, number: int) -> None:
        """Begin to open a cine of the study; what was open is kept and closed when this one is read."""
        self._open(number, None)

    def next(self) -> None:
        """Open the cine that a person had best look at now."""
        if self.queue is None:
            return
        self._keep_now()
        found = self.queue.next()
        if found is None:
            self._desk.notify(DONE, StudyTexts.nothingNextText())
        else:
            self._open(found[0], found[1])

    def step(self, direction: int) -> None:
        """Open the cine before (-1) or after (1) in the list."""
        number = None if self.queue is None else self.queue.neighbour(direction)
        if number is not None:
            self._open(number, None)

    def check(self) -> None:
        """All of the prediction of the cine that is open is right, if there is one of its marks as they are."""
        if self.queue is None or self._work is None:
            return
        self._keep_now()
        self.show_list()
        if self._state.can_check:
            self.queue.study.check(self._work.number, self.queue.by)
            self.refresh()

    def refresh(self) -> None:
        """Show the study as it is now."""
        if self.queue is not None and self.queue.refresh():
            self.show_list()

    def more(self) -> None:
        """Show more rows of the list."""
        self._most_rows += MORE_ROWS
        self.show_list()

    def show_list(self) -> None:
        """Show the rows that filter and search leave."""
        if self.queue is None:
            return
        rows = self.queue.rows()
        self._most_rows = rowsToShow(rows, self._most_rows, self.queue.current, MORE_ROWS)
        self._state.rows = rows[: self._most_rows]
        self._state.left_out = max(0, len(rows) - self._most_rows)
        progress = self.queue.progress()
        self._state.share, self._state.progress = round(100 * progress.share, 1), progress.text
        self._state.is_running = progress.running > 0
        cine = None if self._work is None else self.queue.cine(self._work.number)
        self._state.can_check = cine is not None and cine.status == "predicted" and not self.is_blind

    def close(self) -> None:
        """Keep what is not kept yet. Idempotent."""
        self._keep_now()

    def _open(self, number: int, frame: int | None) -> None:
        found = None if self.queue is None else self.queue.cine(number)
        if found is not None:
            self._desk.reading.begin_cine(found.name, self._opened(found, frame))

    async def _opened(self, cine: StudyCine, frame: int | None) -> None:
        assert self.queue is not None  # who opens a cine has it from there
        with self._desk.state, self._desk.reporting(f"{cine.name} cannot be opened: reading it"):
            frames = await self._read(cine.id)
            work = StudyWork(self.queue.study, cine.id, self.queue.by, frames, self.is_blind)

            def fill(session: SegmentVideoSession) -> None:
                self._desk.is_kept_elsewhere = True  # not before: the cine that is closed may be none of the study
                work.show(session)

            self._cines.put(frames, cine.name, fill=fill)
            self._work = work
            session = self._desk.session
            assert session is not None
            session.events.connect(partial(self._on_run, session, work))
            self.queue.open(cine.id)
            self._state.current, self._state.kept = cine.id, ""
            first = frame if frame is not None else (cine.prediction.next_frame if cine.prediction else None)
            self._cines.show(first or 0)
            self.queue.refresh()
            self.show_list()
            self._read_ahead()

    async def _read(self, number: int) -> Cine:
        assert self.queue is not None
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == number:
            with suppress(RABSegmentError):
                return await ahead[1]
        elif ahead is not None:
            ahead[1].cancel()
        return await asyncio.to_thread(self.queue.study.read, number)

    def _read_ahead(self) -> None:
        """Begin to read the cine that is named next; a problem is said when it is opened."""
        assert self.queue is not None
        with suppress(RABSegmentError):
            found = self.queue.next()
            if found is not None:
                task = asyncio.get_running_loop().create_task(asyncio.to_thread(self.queue.study.read, found[0]))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
                self._ahead = found[0], task

    def _on_choice(self, chosen: str, order: str, search: str) -> None:
        assert self.queue is not None
        self.queue.filter, self.queue.order, self.queue.search = chosen, order, search
        self._most_rows = MORE_ROWS
        self.show_list()

    def _on_change(self) -> None:
        if self._work is not None and self._due is None and self._desk.session is not None:
            self._due = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._keep_soon)

    def _on_close(self) -> None:
        self._keep_now()
        self._work = None
        self._run.forget()
        self._state.current = 0
        self._desk.is_kept_elsewhere = False

    def _changes(self) -> tuple[list[StudyMark], dict[int, str]]:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        session = self._desk.session
        if self._work is None or session is None or session.isRunning:
            return [], {}
        return self._work.changes(session), self._work.names(session)

    def _keep_soon(self) -> None:
        changes, called = self._changes()
        work = self._work
        if changes and work is not None:
            kept = StudyTexts.keptMarksText(self._state.name)
            self._keep(lambda: work.keep(changes, called), "Keeping the marks in the study", kept)

    def _keep(self, write: Callable[[], None], what: str, kept: str) -> None:
        """Write to the study in a thread, and say so."""
        task = asyncio.get_running_loop().create_task(self._kept(write, what, kept))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _kept(self, write: Callable[[], None], what: str, kept: str) -> None:
        with self._desk.state, self._desk.reporting(what):
            await asyncio.to_thread(write)
            self._state.kept = kept
        with self._desk.state, self._desk.reporting():
            self.refresh()

    def _on_run(self, session: SegmentVideoSession, work: StudyWork, event: RunEvent) -> None:
        """A run on the cine that is open says something: what it finds is the study's prediction.

        Not that of who rates blindly: it would be made of one person's marks alone.
        """
        if self.queue is None or work is not self._work or self.is_blind:
            return
        with self._desk.reporting("Keeping the result in the study"):
            result = self._run.resultOf(event, self.queue.study, work, session)
            if isinstance(event, Done) and result is not None:
                found = result.taken(work, session, event.results[-1])
                kept = StudyTexts.keptResultText(self._state.name)
                self._keep(lambda: result.keep(found), "Keeping the result in the study", kept)

    def _keep_now(self) -> None:
        """Before another cine is opened, or the page is closed; and the minutes that were spent."""
        work, session = self._work, self._desk.session
        if work is None or session is None:
            return
        with self._desk.reporting("Keeping the marks in the study"):
            changes, called = self._changes()
            work.keepMinutes(work.minutes(session))
            work.keep(changes, called)
            self.refresh()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                with self._desk.state:
                    self.refresh()
            except RABSegmentError as error:
                with self._desk.state:
                    if self._state.progress != str(error):
                        self._desk.notify(ERROR, str(error))
                    self._state.progress = str(error)
