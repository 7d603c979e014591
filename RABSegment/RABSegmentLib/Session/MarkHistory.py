"""Undo and redo of all that changes marks: painting, absent, verify, remove mark, segments, runs, points and line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from RABSegmentLib.Results.Placed import Placed, placedOf, putPlaced
from RABSegmentLib.Scene.FrameRecords import FrameRecord
from RABSegmentLib.Scene.PackedMasks import unpackMask
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentMasks import copySegmentTable, hasSameSegmentTable
from RABSegmentLib.Translation import tr as _

from .KeptMarks import KeptFrame

LIMIT = 200  # steps
MERGE_SECONDS = 2.0  # between changes of one kind that are one step, such as those of a colour that is dragged


@dataclass(frozen=True)
class _FrameState:
    """A frame as it was.

    Attributes:
        record: of the frame; says which segments have a mask.
        masks: {segment: packed mask} of those that are not empty.
    """

    record: FrameRecord = field(default_factory=FrameRecord)
    masks: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class MarkStep:
    """One change of the user.

    Attributes:
        text: what it was, as "Absent here".
        frame: that it concerns; None for one of all frames.
        changes: {index value: (before, after)} of the frames that it changed.
        tables: segmentation nodes with the segments table before and after; None where it did not change.
        placed: what lies over the frames, before and after; None where it did not change.
        kind: changes of one kind in a row are one step; empty for none.
        time: of its last change.
    """

    text: str
    frame: int | None
    changes: Mapping[str, tuple[_FrameState, _FrameState]]
    tables: tuple[Any, Any] | None = None
    placed: tuple[Placed, Placed] | None = None
    kind: str = ""
    time: float = 0.0


class MarkHistory:
    """Remembers how a segmentation was, and finds what changed whenever it is told that something did.

    Whoever changes something says so afterwards (`record`), or does it inside `step`. What nobody told becomes a step
    of its own before the next one, so that nothing is lost. Frames that are not as a step left them, because something
    else changed them since, are never touched by its undo.

    Args:
        segmentation: whose history it is.
        show: shows a frame; called before a step is taken back or done again, for an undo that nobody sees is a trap.
        onChange: called when there is more or less to undo or redo.
    """

    def __init__(
        self,
        segmentation: SegmentationSequence,
        show: Callable[[int], None] = lambda _frame: None,
        onChange: Callable[[], None] = lambda: None,
    ) -> None:
        self._segmentation = segmentation
        self._show = show
        self._onChange = onChange
        self._done: list[MarkStep] = []
        self._undone: list[MarkStep] = []
        self._run: MarkStep | None = None
        self._known: dict[str, _FrameState] = {}
        self._table = self._tableNow()
        self._placed = placedOf(segmentation)
        for value in self._changed():
            self._known[value] = self._stateNow(value)

    @property
    def undoText(self) -> str:
        """What `undo` takes back; empty when there is nothing."""
        return self._done[-1].text if self._done else ""

    @property
    def redoText(self) -> str:
        """What `redo` does again; empty when there is nothing."""
        return self._undone[-1].text if self._undone else ""

    def frames(self) -> dict[int, KeptFrame]:
        """{frame: as it is now}, without those of which nothing is known; masks that were packed already are taken."""
        self.settle()
        found = {self._frameOf(value): state for value, state in self._known.items() if state.record != FrameRecord()}
        return {frame: KeptFrame(state.record, state.masks) for frame, state in found.items() if frame is not None}

    @contextmanager
    def step(self, text: str, frame: int | None = None, kind: str = "") -> Iterator[None]:
        """What is changed inside is one step.

        Args:
            text: what it is, for people.
            frame: that it concerns.
            kind: changes of one kind in a row are one step, such as those of a colour that is dragged.
        """
        self.settle()
        yield
        self.record(text, frame, kind)

    def record(self, text: str, frame: int | None = None, kind: str = "") -> bool:
        """Something was changed; returns whether it differs from before. The arguments are those of `step`.

        While a run goes on, what changed on other frames is the run's.
        """
        changed = self._changed()
        if self._run is not None and frame is not None:
            own = self._segmentation.indexValue(frame)
            self._addToRun([value for value in changed if value != own])
            changed = [value for value in changed if value == own]
        elif frame is not None and len(changed) == 1:
            frame = self._frameOf(changed[0])  # that is not the one that is shown, where an answer comes late
        found = self._taken(changed, MarkStep(text, frame, {}, kind=kind, time=time.monotonic()))
        if found is None:
            return False
        self._push(found)
        return True

    def settle(self) -> None:
        """What changed and was not told is a step of its own, or the run's while one goes on."""
        if self._run is not None:
            self._addToRun(self._changed())
        else:
            self.record(_("Change"))

    def renameFrames(self, names: Mapping[str, str]) -> None:
        """The frames have other index values now, {before: after}."""

        def renamed(step: MarkStep) -> MarkStep:
            return replace(step, changes={names.get(value, value): change for value, change in step.changes.items()})

        self._known = {names.get(value, value): state for value, state in self._known.items()}
        self._done, self._undone = list(map(renamed, self._done)), list(map(renamed, self._undone))

    def beginRun(self, text: str) -> None:
        """A run begins to write frames; call `settle` now and then until it ends."""
        self.settle()
        self._run = MarkStep(text, None, {})

    def endRun(self) -> None:
        """The run is over: all that it wrote is one step."""
        if self._run is None:
            return
        self._addToRun(self._changed())
        run, self._run = self._run, None
        if run.changes:
            self._push(run)

    def undo(self) -> MarkStep | None:
        """Take the last step back; returns it."""
        self.settle()
        if not self._done:
            return None
        step = self._done.pop()
        self._apply(step, isUndo=True)
        self._undone.append(step)
        self._onChange()
        return step

    def redo(self) -> MarkStep | None:
        """Do the step again that was taken back last; returns it."""
        self.settle()
        if not self._undone:
            return None
        step = self._undone.pop()
        self._apply(step, isUndo=False)
        self._done.append(step)
        self._onChange()
        return step

    def _push(self, step: MarkStep) -> None:
        last = self._done[-1] if self._done else None
        if last is not None and step.kind and step.kind == last.kind and step.time - last.time < MERGE_SECONDS:
            step = _merged(last, step)
            self._done.pop()
        self._done.append(step)
        del self._done[:-LIMIT]
        self._undone.clear()
        self._onChange()

    def _taken(self, values: list[str], step: MarkStep) -> MarkStep | None:
        """The step with what changed on some frames, over them and in the segments table; None when nothing did."""
        changes = {value: (self._known.get(value, _FrameState()), self._stateNow(value)) for value in values}
        self._known.update({value: after for value, (_before, after) in changes.items()})
        tables = None
        if not hasSameSegmentTable(self._segmentation.tableNode, self._table):
            tables = self._table, self._tableNow()
            self._table = tables[1]
        placed = None
        if (now := placedOf(self._segmentation)) != self._placed:
            placed = self._placed, now
            self._placed = now
        return replace(step, changes=changes, tables=tables, placed=placed) if changes or tables or placed else None

    def _addToRun(self, values: list[str]) -> None:
        assert self._run is not None
        changes = dict(self._run.changes)
        for value in values:
            before, after = self._known.get(value, _FrameState()), self._stateNow(value)
            changes[value] = changes.get(value, (before, after))[0], after
            self._known[value] = after
        self._run = replace(self._run, changes=changes)

    def _apply(self, step: MarkStep, isUndo: bool) -> None:
        if step.frame is not None:
            self._show(step.frame)
        if step.tables is not None:
            self._segmentation.spreadSegmentTable(step.tables[0 if isUndo else 1])
            self._table = step.tables[0 if isUndo else 1]
        if step.placed is not None:
            self._placed = step.placed[0 if isUndo else 1]
            putPlaced(self._segmentation, self._placed)
        records: dict[int, FrameRecord] = {}
        for value, (before, after) in step.changes.items():
            source, target = (after, before) if isUndo else (before, after)
            frame = self._frameOf(value)
            if frame is not None and self._segmentation.records[value] == source.record:
                self._putBack(frame, source, target)
                records[frame] = target.record
                self._known[value] = target
        self._segmentation.setRecords(records)

    def _putBack(self, frame: int, source: _FrameState, target: _FrameState) -> None:
        present, size = set(self._segmentation.segmentIds()), self._segmentation.cine.frameSize
        names = {name for name in {*source.masks, *target.masks} if source.masks.get(name) != target.masks.get(name)}
        masks = {
            name: unpackMask(target.masks[name], size) if name in target.masks else np.zeros(size, bool)
            for name in names & present
        }
        self._segmentation.setMasks(frame, masks)

    def _changed(self) -> list[str]:
        """Index values of the frames whose records are not those that are known; they have fingerprints of masks."""
        records = self._segmentation.records.asDict()
        empty = _FrameState()
        return [
            value
            for value in {**self._known, **records}
            if records.get(value, empty.record) != self._known.get(value, empty).record
        ]

    def _stateNow(self, value: str) -> _FrameState:
        """Of a frame; masks that did not change are the known ones."""
        record, known = self._segmentation.records[value], self._known.get(value, _FrameState())
        masks: dict[str, bytes] = {}
        frame = self._frameOf(value)
        prints = record.fingerprints
        if frame is not None and prints:
            stale = {name for name in prints if known.record.fingerprints.get(name) != prints[name]}
            masks = {name: known.masks[name] for name in prints if name not in stale and name in known.masks}
            if len(masks) < len(prints):
                found = self._segmentation.facts(frame)
                masks |= {name: found[name].packed for name in prints if name not in masks and name in found}
        return _FrameState(record, masks)

    def _frameOf(self, value: str) -> int | None:
        frame = int(self._segmentation.cine.node.GetItemNumberFromIndexValue(value, True))
        return frame if frame >= 0 else None

    def _tableNow(self) -> Any:
        """A segmentation node, not in the scene, with the segments table alone."""
        import slicer

        node = slicer.vtkMRMLSegmentationNode()
        node.GetSegmentation().SetSourceRepresentationName("Binary labelmap")
        copySegmentTable(self._segmentation.tableNode, node)
        return node


def _merged(first: MarkStep, second: MarkStep) -> MarkStep:
    """Two steps in a row as one."""
    changes = dict(first.changes)
    for value, (before, after) in second.changes.items():
        changes[value] = changes.get(value, (before, after))[0], after
    tables = second.tables
    if first.tables is not None:
        tables = first.tables[0], (second.tables or first.tables)[1]
    placed = second.placed
    if first.placed is not None:
        placed = first.placed[0], (second.placed or first.placed)[1]
    return replace(second, changes=changes, tables=tables, placed=placed)
