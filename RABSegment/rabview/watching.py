"""Whether anybody looks at the page: a tab says when it is hidden, and the time at a frame stands while all are."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .desk import Desk

_GONE = ""  # stands for a tab that was closed
STALE_SECONDS = 60.0  # a tab that was closed says nothing any more


@dataclass
class WatchState:
    """What the tabs are asked.

    Attributes:
        calls: how often they were all asked whether they are seen.
    """

    calls: int = 0


class WatchControl:
    """Keeps what the tabs say.

    Args:
        desk: whose cine is looked at.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state.part(WatchState)
        self._hidden: set[str] = set()
        self._seen: dict[str, float] = {}  # and when it said so last
        desk.follow(cine=self._tell)

    def watch(self, tab: str, is_seen: bool) -> None:
        """A tab is seen, which it says again and again, or hidden.

        Args:
            tab: its own name for itself.
            is_seen: whether it is.
        """
        now = time.monotonic()
        self._seen = {one: said for one, said in self._seen.items() if one != tab and now - said < STALE_SECONDS}
        self._hidden -= {tab, _GONE}
        if is_seen:
            self._seen[tab] = now
        else:
            self._hidden.add(tab)
        self._tell()

    def leave(self) -> None:
        """A tab was closed, or is loaded anew; which one is not known, so those that are left say it again."""
        self._seen.clear()
        self._hidden.add(_GONE)
        self._tell()
        with self._desk.state:
            self._state.calls += 1

    def _tell(self) -> None:
        if self._desk.session is not None:
            self._desk.session.clock.setAway(bool(self._hidden) and not self._seen)
