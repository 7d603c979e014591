"""What the page of the browser front end shows, by its parts, wherever a test looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("trame_slicer", reason="trame-slicer, on which the browser front end is built, is not installed")

from rabview.buttons import ButtonState
from rabview.calibration import ScaleState
from rabview.choosing import ChoiceState
from rabview.cines import CineState
from rabview.desk import NoticeState
from rabview.editing import ToolState
from rabview.kept_marks import KeptState
from rabview.landmarks import LandmarkState
from rabview.line import LineState
from rabview.marks import MarkState
from rabview.overlay import LookState
from rabview.playing import PlayState
from rabview.prompting import PromptState
from rabview.reading import ReadingState
from rabview.results import ResultState
from rabview.runs import RunState
from rabview.segments import SegmentState
from rabview.server.files import FileState
from rabview.study import StudyState
from rabview.timeline import TimelineState
from rabview.undo import UndoState
from rabview.variables import names, readers
from rabview.viewing import ViewState
from rabview.watching import WatchState

PARTS: dict[str, type] = {
    "cine": CineState,
    "reading": ReadingState,
    "play": PlayState,
    "prompts": PromptState,
    "view": ViewState,
    "looks": LookState,
    "tools": ToolState,
    "undo": UndoState,
    "segments": SegmentState,
    "marks": MarkState,
    "choice": ChoiceState,
    "buttons": ButtonState,
    "run": RunState,
    "timeline": TimelineState,
    "results": ResultState,
    "landmarks": LandmarkState,
    "line": LineState,
    "scale": ScaleState,
    "kept": KeptState,
    "files": FileState,
    "notice": NoticeState,
    "study": StudyState,
    "watch": WatchState,
}
SETTABLE = {name.rpartition("__")[2]: name for kind in PARTS.values() for name in readers(kind)}  # {field: variable}


class PageParts:
    """All parts, as `parts.cine.frame`.

    Args:
        read: gives what is asked for of a variable, by its name.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def __getattr__(self, part: str) -> Any:
        if part not in PARTS:
            raise AttributeError(part)
        return _Fields(names(PARTS[part]), self._read)


class _Fields:
    def __init__(self, called: Any, read: Callable[[str], Any]) -> None:
        self._called = called
        self._read = read

    def __getattr__(self, field: str) -> Any:
        found = getattr(self._called, field)
        return self._read(found) if isinstance(found, str) else _Fields(found, self._read)


def changes(**values: Any) -> list[dict[str, Any]]:
    """As a control of the page sends values of fields."""
    return [{"key": SETTABLE[field], "value": value} for field, value in values.items()]


IN_PAGE = PageParts(lambda name: f"window.trame.state.get('{name}')")  # JavaScript, for the browser
