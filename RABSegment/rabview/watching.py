"""Whether anybody looks at the page: a tab says when it is hidden, and the time at a frame stands while all are."""

from __future__ import annotations

from .desk import Desk


class WatchControl:
    """Keeps what the tabs say.

    Args:
        desk: whose cine is looked at.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hidden: set[str] = set()
        self._seen: set[str] = set()
        desk.follow(cine=self._tell)

    def watch(self, tab: str, is_seen: bool) -> None:
        """A tab is seen from now on, or hidden or closed.

        Args:
            tab: its own name for itself.
            is_seen: whether it is.
        """
        (self._seen if is_seen else self._hidden).add(tab)
        (self._hidden if is_seen else self._seen).discard(tab)
        self._tell()

    def _tell(self) -> None:
        if self._desk.session is not None:
            self._desk.session.clock.setAway(bool(self._hidden) and not self._seen)
