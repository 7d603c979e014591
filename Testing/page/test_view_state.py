"""The variables of the page: declared once, beside the part that they belong to."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from pathlib import Path

import pytest
from trame_server.state import State

from helpers.page_state import PARTS, SETTABLE
from rabview import page
from rabview.cines import CINE, CineState
from rabview.editing import TOOLS, ToolState
from rabview.kept_marks import KEPT, KeptState, Offer
from rabview.segments import SEGMENTS, SegmentRow, SegmentState
from rabview.variables import PageState, names, read_variables, readers

WEB = Path(page.__file__).with_name("web")


@pytest.fixture
def trame() -> State:
    return State()


def test_a_part_is_read_and_written_as_its_dataclass(trame: State) -> None:
    state = PageState(trame)
    cine, segments, kept = state.part(CineState), state.part(SegmentState), state.part(KeptState)
    assert (cine.frame, segments.rows, kept.offer) == (0, [], None)
    row = SegmentRow(id="a", name="Left ventricle", color="#102030", visible=True, drawn=False)
    cine.frame, segments.rows, kept.offer = 3, [row], Offer("3 marked frames", "heart.rabmarks")
    assert (cine.frame, segments.rows, kept.offer) == (3, [row], Offer("3 marked frames", "heart.rabmarks"))
    assert trame[CINE.frame] == 3 and trame[SEGMENTS.rows][0]["name"] == "Left ventricle"
    assert trame[KEPT.offer]["text"] == "3 marked frames"
    state.reset()
    assert (cine.frame, segments.rows, kept.offer) == (0, [], None)


def test_who_binds_a_variable_hears_its_value(trame: State) -> None:
    state, heard = PageState(trame), []
    state.bind(ToolState, {(TOOLS.smoothing_mode, TOOLS.smoothing_size): lambda *values: heard.append(values)})
    trame.ready()
    heard.clear()
    with state:
        state.part(ToolState).smoothing_mode = "gaussian"
    assert heard == [("gaussian", 5)]
    with state:
        state.part(ToolState).tool = "paint"
    assert len(heard) == 1


@pytest.mark.parametrize("kind", PARTS.values(), ids=PARTS)
def test_the_first_value_of_what_the_page_sets_is_one_that_it_may_send(kind: type) -> None:
    first, called, known = kind(), names(kind), readers(kind)
    for one in fields(kind):
        name, value = getattr(called, one.name), getattr(first, one.name)
        if name in known:
            assert read_variables([{"key": name, "value": value}], known) == {name: value}
            assert read_variables([{"key": name, "value": {}}, {"key": name, "value": math.nan}], known) == {}


def test_what_the_page_may_not_set_is_never_taken() -> None:
    known = readers(CineState)
    sent = [{"key": CINE.is_open, "value": True}, {"key": CINE.frame, "value": 2.4}, {"key": "frame", "value": 1}]
    assert read_variables(sent, known) == {CINE.frame: 2}


def test_no_two_fields_that_the_page_sets_have_one_name() -> None:
    assert len(SETTABLE) == sum(len(readers(kind)) for kind in PARTS.values())


def test_the_browsers_own_files_ask_for_fields_that_there_are() -> None:
    link = (WEB / "link.js").read_text(encoding="utf-8")
    parts = dict(re.findall(r'export const (\w+) = part\("(\w+)"\);', link))
    classes = {kind.__name__: kind for kind in PARTS.values()}
    assert parts and set(parts.values()) <= set(classes)
    asked = set()
    for path in WEB.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        imported = re.search(r'import \{([^}]*)\} from "./link.js"', text)
        for name in imported.group(1).split(",") if imported else ():
            part = name.strip()
            if part in parts:
                asked |= {(parts[part], field) for field in re.findall(rf"\b{part}\.(\w+)", text)}
        asked |= {(parts[part], field) for part, field in re.findall(r'\b(\w+)\.onChange\("(\w+)"', text)}
    asked = {(part, field) for part, field in asked if field != "onChange"}
    assert ("CineState", "is_open") in asked and ("RunState", "is_running") in asked
    assert [one for one in asked if one[1] not in {known.name for known in fields(classes[one[0]])}] == []


def test_no_style_hangs_on_what_another_element_holds():
    """A rule with :has() on the page's body had every change, ten a second in a run, style 1,700 elements anew."""
    rules = [re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in WEB.glob("*.css")]
    assert rules and not any(":has(" in one for one in rules)
