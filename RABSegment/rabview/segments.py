"""The segments of the cine: names, colours, which one is painted, which are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .desk import Desk
from .editing import EditControl
from .variables import WORD, from_page, names


@dataclass
class SegmentRow:
    """A segment in the list of the page.

    Attributes:
        id: of the segment.
        name: that the user gave it.
        color: as "#rrggbb".
        visible: it is not hidden.
        drawn: it is on some frame.
    """

    id: str
    name: str
    color: str
    visible: bool
    drawn: bool


@dataclass
class SegmentState:
    """All segments of the cine, and the id of the one that is painted; empty for none."""

    rows: list[SegmentRow] = field(default_factory=list)
    chosen: str = field(default="", metadata=from_page(WORD))


SEGMENTS = names(SegmentState)


def hex_color(color: tuple[float, float, float]) -> str:
    """Red, green and blue from 0 to 1 as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in color)


class SegmentControl:
    """Adds, removes, renames, colours, hides and selects segments, on all frames at once.

    Args:
        desk: whose segments.
        editing: is told which one to paint.
    """

    def __init__(self, desk: Desk, editing: EditControl) -> None:
        self._desk = desk
        self._editing = editing
        self._state = desk.state.part(SegmentState)
        desk.state.bind(SegmentState, {SEGMENTS.chosen: self.choose})
        desk.follow(cine=self._on_cine, change=self._update)

    def choose(self, segment: str) -> None:
        """Paint this one."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        known = segmentation.segmentIds()
        if segment not in known:
            segment = known[0] if known else ""
        self._state.chosen = segment
        self._editing.choose_segment(segment)
        self._desk.tell_change()

    def choose_again(self, segment: str) -> bool:
        """Paint this one, if it is still there; returns whether it is."""
        segmentation = self._desk.segmentation
        if segmentation is None or segment not in segmentation.segmentIds():
            return False
        if segment != self._state.chosen:
            self.choose(segment)
        return True

    def add(self) -> None:
        """A new one, empty on every frame, is painted next."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        taken = {segmentation.segmentName(one) for one in segmentation.segmentIds()}
        number = next(n for n in range(1, len(taken) + 2) if f"Segment {n}" not in taken)
        with self._editing.history.step(f"Add Segment {number}"):
            added = segmentation.addSegment(f"Segment {number}")
        self.choose(added)

    def remove(self, segment: str) -> None:
        """From all frames."""
        segmentation = self._desk.segmentation
        if segmentation is None or segment not in segmentation.segmentIds():
            return
        with self._editing.history.step(f"Delete {segmentation.segmentName(segment)}"):
            segmentation.proxyNode.GetSegmentation().RemoveSegment(segment)
        self.choose(self._state.chosen)

    def rename(self, segment: str, name: str) -> None:
        """On all frames; an empty name is ignored."""
        segmentation = self._desk.segmentation
        name = str(name).strip()
        if segmentation is None or not name or segment not in segmentation.segmentIds():
            return
        with self._editing.history.step(f"Rename to {name}"):
            segmentation.renameSegment(segment, name)
        self._desk.tell_change()

    def recolor(self, segment: str, color: str) -> None:
        """On all frames; the colour as "#rrggbb"."""
        segmentation = self._desk.segmentation
        if segmentation is None or segment not in segmentation.segmentIds():
            return
        red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        with self._editing.history.step("Change the colour", kind=f"colour of {segment}"):
            segmentation.proxyNode.GetSegmentation().GetSegment(segment).SetColor(red, green, blue)
        self._desk.tell_change()

    def toggle(self, segment: str) -> None:
        """Show or hide it."""
        segmentation, display = self._desk.segmentation, self._display()
        if segmentation is not None and display is not None and segment in segmentation.segmentIds():
            display.SetSegmentVisibility(segment, not display.GetSegmentVisibility(segment))
            self._desk.workspace.render()
            self._desk.tell_change()

    def _display(self) -> Any:
        segmentation = self._desk.segmentation
        return None if segmentation is None else segmentation.proxyNode.GetDisplayNode()

    def _on_cine(self) -> None:
        self._state.chosen = ""
        self.choose("")

    def _update(self) -> None:
        segmentation, display = self._desk.segmentation, self._display()
        if segmentation is None:
            self._state.rows = []
            return
        known = segmentation.segmentIds()
        if self._state.chosen not in (known or [""]):
            self.choose("")  # an undo took it away, or brought the first one
        drawn = {name for record in segmentation.records.asDict().values() for name in record.fingerprints}
        self._state.rows = [
            SegmentRow(
                id=one,
                name=segmentation.segmentName(one),
                color=hex_color(segmentation.segmentColor(one)),
                visible=bool(display is None or display.GetSegmentVisibility(one)),
                drawn=one in drawn,
            )
            for one in segmentation.segmentIds()
        ]
