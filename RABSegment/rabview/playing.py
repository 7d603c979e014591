"""Playing a cine: how fast, which part of it, once or round and round."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .variables import FRAME, PageState, flag, from_page, names, number

SLOWEST, FASTEST = 0.05, 8.0  # times the cine's own rate


@dataclass
class PlayState:
    """How the cine is played.

    Attributes:
        is_on: it is playing.
        fps: the cine's own rate, in frames a second.
        speed: times that rate.
        is_looping: from the last frame on with the first, else it stops there.
        first, last: frames between which it is played.
    """

    is_on: bool = False
    fps: int = 0
    speed: float = field(default=1.0, metadata=from_page(number(SLOWEST, FASTEST)))
    is_looping: bool = field(default=True, metadata=from_page(flag))
    first: int = field(default=0, metadata=from_page(FRAME))
    last: int = field(default=0, metadata=from_page(FRAME))


PLAY = names(PlayState)


class Player:
    """Shows one frame after the other; leaves frames out where this computer is too slow.

    Args:
        state: of the page.
        show: shows a frame.
    """

    def __init__(self, state: PageState, show: Callable[[int], None]) -> None:
        self._page = state
        self._state = state.part(PlayState)
        self._show = show
        self._task: asyncio.Task[None] | None = None
        self._count = 1
        self._fps = 1.0
        state.bind(PlayState, {(PLAY.first, PLAY.last): lambda *_ends: self._order()})

    @property
    def is_on(self) -> bool:
        return self._task is not None

    def open(self, count: int) -> None:
        """Another cine is open, with so many frames: all of them are played."""
        self._count = count
        self._state.first, self._state.last = 0, count - 1

    def set_rate(self, fps: float) -> None:
        """The cine's own rate, in frames a second."""
        self._fps = fps
        self._state.fps = round(fps)

    def begin_here(self, frame: int) -> None:
        """Play from this frame on."""
        self._state.first, self._state.last = frame, max(frame, int(self._state.last))

    def end_here(self, frame: int) -> None:
        """Play up to this frame."""
        self._state.first, self._state.last = min(frame, int(self._state.first)), frame

    def whole(self) -> None:
        """Play all frames."""
        self.open(self._count)

    def toggle(self, shown: int) -> None:
        """Play from the frame that is shown, or stop."""
        if self._task is not None:
            self.stop()
            return
        self._state.is_on = True
        self._task = asyncio.get_running_loop().create_task(self._play(shown))

    def stop(self) -> None:
        """At the frame that is shown. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._state.is_on = False

    async def _play(self, shown: int) -> None:
        first, last = int(self._state.first), int(self._state.last)
        at = float(shown if first <= shown < last else first)
        now = time.monotonic()
        while True:
            await asyncio.sleep(max(0.5 / (self._fps * self._state.speed), 0.005))
            before, now = now, time.monotonic()
            first, last = int(self._state.first), int(self._state.last)
            at += (now - before) * self._fps * float(self._state.speed)
            with self._page:
                if at >= last + 1 and not self._state.is_looping:
                    self._show(last)
                    self._task, self._state.is_on = None, False
                    return
                if not first <= at < last + 1:
                    at = first + (at - first) % (last + 1 - first)
                self._show(int(at))

    def _order(self) -> None:
        """Both ends in the cine, and the first before the last."""
        ends = sorted(min(max(int(end), 0), self._count - 1) for end in (self._state.first, self._state.last))
        self._state.first, self._state.last = ends
