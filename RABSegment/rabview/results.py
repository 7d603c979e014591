"""Areas over time and what they say, for the page."""

from __future__ import annotations

from .desk import Desk


class ResultControl:
    """Keeps the area plot and the statistics of the cine that is open.

    Args:
        desk: whose cine it is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self) -> None:
        """Compute them, and show them in the page."""
