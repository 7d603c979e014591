"""What all parts of the page work on: the scene, the cine that is open, and the state that the page shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.errors import InputError, RABSegmentError, as_known_error
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Signal import Signal

from .choosing import Choice
from .reading import Reading
from .variables import PageState, names
from .workspace import Workspace

ERROR, WARNING, DONE = "error", "warning", "success"
RUNNING_SECONDS = 0.2  # between two changes that are told during a run


@dataclass
class NoticeState:
    """What is said to the user until it is read.

    Attributes:
        kind: one of `ERROR`, `WARNING` and `DONE`.
        text: one sentence, and how to mend it.
        number: of notices that there were.
        is_open: it was not read yet.
    """

    kind: str = ERROR
    text: str = ""
    number: int = 0
    is_open: bool = False


NOTICE = names(NoticeState)


class Desk:
    """Shared by the parts of the application; tells them when another cine is open.

    Args:
        state: what the page shows; all tabs show the same.
        workspace: the scene and its view.

    Attributes:
        reading: what is being read.
        choice: of a cine, where a file that is read holds several.
        session: of the cine that is open, None without one.
        source: the file or folder that it was read from; None where that goes away, as an upload does.
        is_kept_elsewhere: the marks of the cine that is open are no affair of `kept_marks`, for a study keeps them.
        keep_more: {name: value} that is kept with the marks, as JSON can hold it.
        on_kept: gets what was kept with the marks when they come back.
    """

    def __init__(self, state: PageState, workspace: Workspace) -> None:
        self.state = state
        self.workspace = workspace
        self.reading = Reading(state)
        self.choice = Choice(state)
        self.session: SegmentVideoSession | None = None
        self.source: Path | None = None
        self.is_kept_elsewhere = False
        self.keep_more: dict[str, Any] = {}
        self.on_kept: Callable[[dict[str, Any]], None] = lambda _more: None
        self._on_close: Signal[[]] = Signal()
        self._on_cine: Signal[[]] = Signal()
        self._on_frame: Signal[[]] = Signal()
        self._on_change: Signal[[]] = Signal()
        self._notice = state.part(NoticeState)
        self._due: asyncio.Handle | None = None
        self._is_delayed = False

    @property
    def segmentation(self) -> SegmentationSequence | None:
        return None if self.session is None else self.session.segmentation

    def follow(
        self,
        cine: Callable[[], None] | None = None,
        frame: Callable[[], None] | None = None,
        change: Callable[[], None] | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        """Be called when the cine is about to be closed, another one is open, another frame is shown, or masks,
        marks or a run changed."""
        followers = (self._on_cine, cine), (self._on_frame, frame), (self._on_change, change), (self._on_close, close)
        for signal, call in followers:
            if call is not None:
                signal.connect(call)

    def tell_close(self) -> None:
        """The cine is about to be closed; all of it is still there."""
        self._on_close.emit()

    def tell_cine(self) -> None:
        """Another cine is open, or none."""
        self.choice.choose("")  # it was asked over the cine before
        if self.session is not None:
            self.session.clock.show()
        self._on_cine.emit()
        self.tell_frame()
        self.tell_change()

    def tell_frame(self) -> None:
        """Another frame is shown."""
        self._on_frame.emit()

    def tell_change(self) -> None:
        """Masks, marks or the run changed; a burst of changes, such as a predicted chunk, is told once.

        While a run writes its frames it is told now and then: who listens looks at all frames.
        """
        is_running = self.session is not None and self.session.isRunning
        if self._due is not None and (is_running or not self._is_delayed):
            return
        if self._due is not None:
            self._due.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # before the server runs
            self._tell_change()
            return
        self._is_delayed = is_running
        self._due = (
            loop.call_later(RUNNING_SECONDS, self._tell_change) if is_running else loop.call_soon(self._tell_change)
        )

    def notify(self, kind: str, text: str) -> None:
        """Show one sentence to the user until it is read."""
        notice = self._notice
        notice.kind, notice.text, notice.number, notice.is_open = kind, text, notice.number + 1, True

    def read_notice(self, number: int) -> None:
        """It was read; a newer one, which came at that moment, was not."""
        if number == self._notice.number:
            self._notice.is_open = False

    def forget_notice(self) -> None:
        """What was said of a cine that is closed now need not be read any more; it would lie over the next one."""
        self._notice.is_open = False

    @contextmanager
    def reporting(self, what: str = "") -> Iterator[None]:
        """Errors inside become a notice: one sentence, and how to mend it."""
        try:
            yield
        except RABSegmentError as error:
            self.notify(ERROR, str(error))
        except Exception as error:
            known = as_known_error(error)
            if isinstance(known, InputError):  # such as a full disk
                self.notify(ERROR, str(known))
                return
            logging.exception("unexpected")
            self.notify(ERROR, f"{what or 'That'} failed. The terminal of rabsegment view says more.".strip())

    def _tell_change(self) -> None:
        self._due = None
        with self.state:
            self._on_change.emit()
