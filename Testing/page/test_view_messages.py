"""What a page of `rabsegment view` may send through its socket: nothing that it sends ends the server."""

from __future__ import annotations

import asyncio
import math
import os
import re
from pathlib import Path

import pytest

from helpers.cine_files import write_image
from helpers.page_state import SETTABLE, changes
from helpers.view_files import listed
from helpers.view_process import Page, RefusedError, ViewProcess, served
from rabengine.synthetic.phantom import beating_ellipse
from rabview.cines import CINE
from rabview.kept_marks import KEPT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")


@pytest.fixture(scope="module")
def cines(tmp_path_factory) -> Path:
    """A folder with a small cine, and a secret beside it."""
    folder = tmp_path_factory.mktemp("hospital") / "cines"
    folder.mkdir()
    write_image(beating_ellipse(8, 64, 64, seed=1)[0], folder / "heart.nrrd")
    (folder.parent / "secret.txt").write_text("root:secret", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def view(cines, tmp_path_factory):
    """A server as most start it, with the small cine."""
    with served(cines / "heart.nrrd", temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


def works(view: ViewProcess) -> None:
    """The page can still be used."""

    async def use() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            other = 3 if page.state.cine.frame != 3 else 4
            await page.ask("show_frame", other)
            await page.wait(lambda: page.state.cine.frame == other)
            seen = page.pictures
            await page.call("trame.rca.size", "Frame", "page", {"w": 300 + other, "h": 200, "p": 1})
            await page.wait(lambda: page.pictures > seen)

    asyncio.run(use())


ODD_VALUES = [
    None,
    True,
    -1,
    10**9,
    2**63 - 1,
    -(2**63),
    1.5,
    1e308,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "x" * 5000,
    "../../etc/passwd",
    "a\0b",
    "<img src=x onerror=alert(1)>",
    [],
    [1, 2, 3],
    [math.nan, math.inf],
    ["a", None],
    {},
    {"a": {"b": []}},
    b"\xff\x00",
    [[[[[[]]]]]],
]


def test_odd_variables_change_nothing(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open and page.state.run.device_text)
            await page.wait(lambda: page.state.timeline.status and page.state.segments.rows)  # nothing else comes late
            await page.wait(lambda: not page.state.reading.is_on)
            before = dict(page.variables)
            for value in ODD_VALUES:
                await page.call("trame.state.update", [{"key": name, "value": value} for name in sorted(before)])
            page.variables |= (await page.call("trame.state.get"))["state"]
            after = dict(page.variables)
            changed = {name for name in before if before[name] != after[name]} - set(SETTABLE.values())
            told = {CINE.frame_text, CINE.frame_status, KEPT.offer}  # of another frame, and once the cine is recognised
            assert {name for name in changed - told if not name.startswith("ButtonState__")} == set()
            assert not [name for name in told if after[name] != before[name] and after[name] in ODD_VALUES]
            for name in SETTABLE.values():
                assert type(after[name]) in (type(before[name]), int, float), name
            assert 0 <= page.state.cine.frame < page.state.cine.frame_count
            chosen = before[SETTABLE["chosen"]]
            await page.set(tool="view", chosen=chosen, preset="fast", device="auto", is_limited=False)
            for sent in (None, 5, "frame", {}, [5], [None], [{}], [{"key": 5}], [{"key": ["frame"]}], [[]] * 9):
                await page.call("trame.state.update", sent)

    asyncio.run(attack())
    works(view)


def test_what_the_page_binds_may_be_sent(view):
    """A control whose variable is not taken would look as if it worked."""

    async def look() -> None:
        async with view.page() as page:
            html = " ".join(str(value) for name, value in page.variables.items() if name.startswith("trame__template"))
            bound = set(re.findall(r'v-model(?:\.\w+)*="(\w+)"', html)) & set(page.variables)
            assert {SETTABLE["brush_size"], SETTABLE["preset"]} <= bound
            assert bound <= set(SETTABLE.values())

    asyncio.run(look())


def test_odd_arguments_of_triggers_do_nothing(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            number = page.state.notice.number
            with_arguments = (
                "show_frame",
                "step",
                "zoom",
                "zoom_at",
                "scale_brush",
                "choose_segment",
                "remove_segment",
            )
            with_arguments += ("rename_segment", "recolor_segment", "toggle_segment", "forget_mark")
            for name in (*with_arguments, "open_path", "open_upload"):
                for value in ODD_VALUES:
                    if not isinstance(value, str):
                        await page.ask(name, value)
                        await page.ask(name, value, value)
                        await page.ask(name, value, value, value, value)
                await page.ask(name)
            for arguments in (None, 5, "x", {"a": 1}, [1] * 1000):
                await page.call("trame.trigger", "show_frame", arguments, {})
                await page.call("trame.trigger", "show_frame", [1], arguments)
            for name in (None, 5, [], {}, "no_such", "on_server_exited", "__init__", "trigger__1", "x" * 10_000):
                await page.call("trame.trigger", name, [], {})
            await page.call("trame.trigger")
            await page.call("trame.trigger", "show_frame", [1], {}, 4, 5)
            assert page.state.notice.number == number, page.notice
            for name in with_arguments[5:-1]:
                for value in ("", "no such segment", "<b>", "x" * 200, "é" * 50):
                    await page.ask(name, value)
                    await page.ask(name, value, value)
            assert [one["name"] for one in page.state.segments.rows] == ["Segment 1"]
            await page.ask("rename_segment", page.state.segments.rows[0]["id"], "x" * 10_000)
            await page.ask("recolor_segment", page.state.segments.rows[0]["id"], "#zzzzzz")
            assert [one["name"] for one in page.state.segments.rows] == ["Segment 1"]

    asyncio.run(attack())
    works(view)


def test_calls_that_a_page_has_no_need_of_are_not_there(view):
    async def attack() -> None:
        async with view.page() as page:
            for name, *arguments in (
                ["application.exit"],
                ["application.exit.later", 0],
                ["trame.rca.push", "Frame", {}, b"x"],
                ["trame.rca.drop", "Frame", "x"],
                ["trame.force.push", "frame"],
                ["trame.error.client", "\x1b[2J"],
                ["no.such"],
            ):
                with pytest.raises(RefusedError):
                    await page.call(name, *arguments)
            for name in ("server_exited", "server_ready", "server_bind", "exception", None, 5, [], "x" * 10_000):
                assert await page.call("trame.lifecycle.update", name) is None

    asyncio.run(attack())
    works(view)


def odd_events() -> list:
    """Each with one field that VTK does not survive, for the kinds of events there are."""
    place = {"x": 10, "y": 10, "w": 300, "h": 200, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
    fingers = {"positions": {"0": {"x": 1, "y": 1}, "1": {"x": 2, "y": 2}}, "w": 300, "h": 200}
    good = [
        {"type": "MouseMove", **place},
        {"type": "LeftButtonPress", **place},
        {"type": "LeftButtonRelease", **place},
        {"type": "MouseWheel", "spinY": 1.0, **place},
        {"type": "KeyPress", "key": "a", "keyCode": 65, "controlKey": 0, "altKey": 0, "shiftKey": 0},
        {"type": "Pinch", "factor": 1.1, **fingers},
        {"type": "Pan", "translation": [1, 2], **fingers},
        {"type": "Rotate", "rotation": 3, **fingers},
    ]
    odd: list = [None, 5, "MouseMove", [], {}, {"type": None}, {"type": ["MouseMove"]}, {"type": "x" * 10_000}]
    for event in good:
        odd.append(event)
        odd += [{name: value for name, value in event.items() if name != left_out} for left_out in event]
        odd += [{**event, name: value} for name in event for value in ODD_VALUES if name != "type"]
    odd.append({"type": "MouseMove", **place, "more": {"deep": [1] * 100}})
    odd += [
        {**good[5], "positions": value} for value in ([], {}, {"0": {}}, {"0": None}, [5], {"0": {"x": "a", "y": 1}})
    ]
    return odd


def test_no_event_of_the_mouse_ends_the_server(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            for event in odd_events():
                await page.call("trame.rca.event", "Frame", "page", event)
            for area in (None, 5, [], "Other", "x" * 10_000):
                await page.call("trame.rca.event", area, "page", {"type": "MouseEnter"})
                await page.call("trame.rca.size", area, "page", {"w": 300, "h": 200})
            for arguments in ([], ["Frame"], ["Frame", "page", {}, {}, {}]):
                await page.call("trame.rca.event", *arguments)
                await page.call("trame.rca.size", *arguments)

    asyncio.run(attack())
    works(view)


def test_no_size_of_the_view_is_too_large(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            for size in [*ODD_VALUES, {"w": 5}, {"h": 5}, {"p": 5}, {"w": "5", "h": "5"}]:
                await page.call("trame.rca.size", "Frame", "page", size)
            for value in ODD_VALUES:
                await page.call("trame.rca.size", "Frame", "page", {"w": value, "h": 200, "p": 1})
                await page.call("trame.rca.size", "Frame", "page", {"w": 200, "h": value, "p": 1})
                await page.call("trame.rca.size", "Frame", "page", {"w": 200, "h": 200, "p": value})
            for size in ((100_000, 100_000), (10**9, 1), (1, 10**9), (0, 0), (20_000, 10)):
                seen = page.pictures
                await page.call("trame.rca.size", "Frame", "page", {"w": size[0], "h": size[1], "p": 4})
                await page.wait(lambda seen=seen: page.pictures > seen)
            peak = Path(f"/proc/{view.process.pid}/status").read_text(encoding="ascii")
            assert int(re.search(r"VmHWM:\s+(\d+)", peak).group(1)) < 3_000_000  # kB; 100000 x 100000 would be 30 GB
            await page.call("trame.rca.size", "Frame", "page", {"w": 300, "h": 200, "p": 1})

    asyncio.run(attack())
    works(view)


GARBAGE = [
    b"",
    b"x",
    b"\0" * 12,
    b"\xff" * 12,
    b"\xff" * 5000,
    b"\1\0\0\0" + b"\0\0\0\0" + b"\xff\xff\xff\xff" + b"much is promised",
    b"\2\0\0\0" + b"\xff\xff\xff\x7f" + b"\x10\0\0\0" + b"beyond the end",
    b"\3\0\0\0" + b"\0\0\0\0" + b"\4\0\0\0" + b"\xc1\xc1\xc1\xc1",
    *(number.to_bytes(4, "little") + b"\0\0\0\0" + b"\0\0\x10\0" + b"unfinished" for number in range(10, 60)),
]


def test_garbage_in_the_socket(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            for data in GARBAGE:
                await page.socket.send_bytes(data)
            await page.socket.send_str("text")
            deep: list = []
            for _ in range(400):
                deep = [deep]
            for content in (5, None, [], "x", {}, {"id": 5}, {"id": "a"}, {"id": [], "method": "x"}, deep):
                await page.send(content)
            await page.send({"id": "rpc:1", "method": ["x"], "args": []})
            await page.send({"id": "rpc:1", "method": "trame.trigger", "args": deep})
            await page.send({"id": "rpc:1", "method": "trame.trigger", "args": {"a": 1}, "kwargs": [1]})
            await page.send({"id": "rpc:1", "method": "trame.state.update", "args": [changes(frame=deep)]})
            await page.ask("show_frame", 2)  # the same page goes on
            await page.wait(lambda: page.state.cine.frame == 2)

    asyncio.run(attack())
    works(view)


def test_a_page_that_goes_while_it_is_answered_is_no_error(view):
    """Nothing is printed of it, as the end of the server shows."""

    async def go() -> None:
        for _ in range(8):
            async with view.page() as page:
                for number in range(60):
                    await page.send({"wslink": "1.0", "id": f"rpc:{number}", "method": "trame.state.get", "args": []})
                page.socket._response.connection.transport.abort()

    asyncio.run(go())
    works(view)


def test_who_did_not_greet_may_do_nothing(view):
    async def attack() -> None:
        async with view.session() as client, client.ws_connect(f"{view.root}/ws") as socket:
            page = Page(socket)
            hearing = asyncio.create_task(page.hear())
            with pytest.raises(RefusedError):
                await page.call("trame.state.get")
            with pytest.raises(RefusedError):
                await page.call("wslink.hello", {"secret": "wrong"}, kind="system")
            with pytest.raises(RefusedError):
                await page.ask("show_frame", 1)
            hearing.cancel()

    asyncio.run(attack())
    works(view)


def test_errors_tell_nothing_of_this_computer(view, cines):
    async def attack() -> None:
        async with view.session() as client, view.page(client) as page:
            heard: list[str] = []
            for path in ("../secret.txt", str(cines / "heart.nrrd"), "none.nrrd", "/etc/passwd", "a/b/c"):
                await page.open("open_path", path)
                heard.append(page.notice)
                heard.append(str(await listed(view, client, path)))
            text = " ".join(heard)
            assert str(cines.parent) not in text.replace(str(cines / "heart.nrrd"), "")
            assert "Traceback" not in text and "site-packages" not in text
            state = str((await page.call("trame.state.get"))["state"])
            assert str(cines.parent) not in state and "site-packages" not in state

    asyncio.run(attack())


def test_the_cine_is_as_it_was(view):
    """All the attacks above left it alone."""

    async def look() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state.cine.is_open)
            assert (page.state.cine.name, page.state.cine.frame_count) == ("heart", 8)
            assert page.state.marks.rows == []

    asyncio.run(look())
