"""The server of `rabsegment view` under attack: who may use it, what a page may send, and how it ends."""

from __future__ import annotations

import asyncio
import http.client
import math
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import numpy as np
import pytest
import SimpleITK

from engine_processes import is_gone, wait_until
from processes import PATIENCE_SECONDS, assert_one_sentence, environment, run_command, wait_for_signal_handlers
from rabengine.phantom import beating_ellipse
from rabview.inputs import VARIABLES
from view_process import Page, RefusedError, ViewProcess, served

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")

TOKEN = "open sesame/é".encode("ascii", "ignore").decode()  # has to be quoted in an address
OWN_PATHS = ("/index.html", "/vue.global.js", "/loading.tpl", "/download/table", "/nowhere")


@pytest.fixture(scope="module")
def cines(tmp_path_factory) -> Path:
    """A folder with a small cine, and a secret beside it."""
    folder = tmp_path_factory.mktemp("hospital") / "cines"
    folder.mkdir()
    frames, _truth = beating_ellipse(8, 64, 64, seed=1)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames), str(folder / "heart.nrrd"))
    (folder.parent / "secret.txt").write_text("root:secret", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def view(cines, tmp_path_factory):
    """A server as most start it, with the small cine."""
    with served(cines / "heart.nrrd", temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


@pytest.fixture(scope="module")
def guarded(cines, tmp_path_factory):
    """A server on all addresses of this computer, which therefore asks for a token."""
    arguments = ("--folder", cines, "--host", "0.0.0.0", "--allow-remote", "--token", TOKEN)
    with served(*arguments, temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


def asked(
    view: ViewProcess, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, http.client.HTTPMessage]:
    """Status, body and headers of an answer; the path goes out as it is."""
    place = urlsplit(view.root)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE_SECONDS)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in names, skip_accept_encoding=True)
        for name, value in names.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.msg
    finally:
        connection.close()


def status(view: ViewProcess, path: str, method: str = "GET", **headers: str) -> int:
    return asked(view, path, method, **headers)[0]


async def socket_status(view: ViewProcess, **headers: str) -> int:
    """Of a request for the socket; 101 when it is open."""
    async with view.session() as client:
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            async with client.ws_connect(f"{view.root}/ws", headers=names):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


def works(view: ViewProcess) -> None:
    """The page can still be used."""

    async def use() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state["has_cine"])
            other = 3 if page.state["frame"] != 3 else 4
            await page.ask("show_frame", other)
            await page.wait(lambda: page.state["frame"] == other)
            seen = page.pictures
            await page.call("trame.rca.size", "Frame", "page", {"w": 300 + other, "h": 200, "p": 1})
            await page.wait(lambda: page.pictures > seen)

    asyncio.run(use())


# ---- who may use it


def test_the_page_itself_may(view):
    for path in ("/index.html", "/vue.global.js", "/loading.tpl"):
        assert status(view, path) == 200
        assert status(view, path, Origin=view.root, Sec_Fetch_Site="same-origin") == 200
    assert status(view, "/", Sec_Fetch_Site="none", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document") == 302
    assert asyncio.run(socket_status(view)) == 101
    assert asyncio.run(socket_status(view, Origin=view.root)) == 101
    by_name = view.host.replace("127.0.0.1", "localhost")
    assert status(view, "/index.html", Host=by_name, Origin=f"http://{by_name}") == 200


@pytest.mark.parametrize("path", OWN_PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", ""]
)
def test_another_host_is_refused(view, path, host):
    assert status(view, path, Host=host.format(port=urlsplit(view.root).port)) == 403


def test_two_hosts_or_none_are_refused(view):
    for hosts in (f"Host: {view.host}\r\nHost: evil.example\r\n", ""):
        with socket.create_connection(tuple(view.host.split(":")), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(f"GET /index.html HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
            assert connection.recv(100).split()[1] in (b"400", b"403")


FOREIGN_ORIGINS = [
    "http://evil.example",
    "null",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "file://",
    "http://{host}.evil.example",
    "http://evil.example/{host}",
    "http://user@{host}",
    "ws://{host}",
    "http://[",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_origin_is_refused(view, origin):
    origin = origin.format(host=view.host)
    for path in OWN_PATHS:
        assert status(view, path, Origin=origin) == 403
    assert status(view, "/upload/a?name=a.mp4", "POST", Origin=origin, X_RABSegment="1", Content_Length="0") == 403
    assert status(view, "/upload/a", "OPTIONS", Origin=origin, Access_Control_Request_Method="POST") == 403
    assert asyncio.run(socket_status(view, Origin=origin)) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "else"])
def test_other_sites_may_link_to_the_page_and_no_more(view, site):
    visit = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert status(view, "/index.html", Sec_Fetch_Site=site, **visit) == 200
    assert status(view, "/download/table", Sec_Fetch_Site=site, **visit) == 403
    assert status(view, "/index.html", "POST", Sec_Fetch_Site=site, **visit) == 403
    assert status(view, "/index.html", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe") == 403
    for mode in ("no-cors", "cors"):
        for path in OWN_PATHS:
            assert status(view, path, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode) == 403
    assert asyncio.run(socket_status(view, Sec_Fetch_Site=site)) == 403


@pytest.mark.parametrize("path", OWN_PATHS)
def test_every_answer_tells_browsers_what_they_may(view, path):
    _status, _body, headers = asked(view, path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "'unsafe-inline'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Access-Control-Allow-Origin"] is None
    assert headers["Server"] == "rabsegment"


# ---- the token


def test_without_the_token_there_is_nothing(guarded):
    assert "?token=" in guarded.address
    for path in ("/", *OWN_PATHS):
        for tried in ("", "?token=", "?token=wrong", f"?token={TOKEN[:-1]}".replace(" ", "%20")):
            code, body, headers = asked(guarded, path + tried)
            assert code == 403 and headers["Set-Cookie"] is None
            assert b"token" in body and TOKEN.encode() not in body
    assert status(guarded, "/upload/a?name=a.mp4", "POST", X_RABSegment="1", Content_Length="0") == 403
    assert asyncio.run(socket_status(guarded)) == 403
    cookie = f"rabsegment-{urlsplit(guarded.root).port}"
    assert status(guarded, "/index.html", Cookie=f"{cookie}={TOKEN}") == 403
    assert status(guarded, "/index.html", Cookie=f"{cookie}=") == 403
    assert asyncio.run(socket_status(guarded, Cookie=f"{cookie}=x")) == 403


def test_the_token_is_needed_once(guarded):
    place = urlsplit(guarded.address)
    code, body, headers = asked(guarded, f"/?{place.query}")
    assert code == 200 and b"refresh" in body and headers["Location"] is None
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert TOKEN not in cookie and place.query.partition("=")[2] not in cookie
    assert headers["Cache-Control"] == "no-store"
    value = cookie.partition(";")[0]
    assert status(guarded, "/index.html", Cookie=value) == 200
    assert status(guarded, "/vue.global.js", Cookie=value) == 200
    assert asyncio.run(socket_status(guarded, Cookie=value)) == 101
    assert status(guarded, "/index.html", Cookie=value, Origin="http://evil.example") == 403
    assert asyncio.run(socket_status(guarded, Cookie=value, Origin="http://evil.example")) == 403


def test_a_link_with_the_token_works_from_another_site(guarded):
    """A browser would not send the cookie after a redirect that began there."""
    place = urlsplit(guarded.address)
    visit = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert status(guarded, f"/?{place.query}", **visit) == 200
    assert status(guarded, f"/vue.global.js?{place.query}") == 403  # the page alone takes it


def test_a_page_with_a_token_can_be_used(guarded):
    async def use() -> None:
        async with guarded.session() as client:
            async with client.get(guarded.address) as answer:
                assert answer.status == 200
            async with guarded.page(client) as page:
                await page.open("open_path", "heart.nrrd")
                assert page.state["frame_count"] == 8

    asyncio.run(use())


def test_a_random_token_where_others_reach_the_page(cines, tmp_path):
    with served("--folder", cines, "--host", "0.0.0.0", "--allow-remote", temporary=tmp_path) as process:
        token = process.address.partition("?token=")[2]
        assert len(token) >= 32
        assert status(process, "/index.html") == 403
        assert status(process, f"/?token={token}") == 200


# ---- paths

TRAVERSALS = [
    "/../../../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "/..\\..\\..\\..\\etc\\passwd",
    "/..%5c..%5c..%5cetc%5cpasswd",
    "/....//....//....//etc/passwd",
    "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/./././../../../../etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/%2fetc%2fpasswd",
    "/index.html%00.png",
    "/index.html/../../__init__.py",
    "/assets/..%2f..%2f..%2f__init__.py",
    "/__trame_client_external_scripts/..%2f..%2f__init__.py",
    "/download/..%2f..%2fetc%2fpasswd",
    "/download/../../etc/passwd",
    "/upload/..%2f..%2fetc%2fpasswd",
    "http://127.0.0.1/../../etc/passwd",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_pages_folder(view, path):
    code, body, _headers = asked(view, path)
    assert code in (400, 403, 404, 405)
    assert b"root:" not in body and b"import" not in body and b"site-packages" not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND", "POST"])
def test_the_page_is_only_read(view, method):
    assert status(view, "/index.html", method, Content_Length="0") in (403, 404, 405)


# ---- what a page may send

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
            await page.wait(lambda: page.state["has_cine"])
            names = sorted(page.state)
            own = {"frame", "brush_size", "smoothing_size", "islands_size", "threshold", "seed"}  # which have a range
            words = {
                "tool",
                "scissors_mode",
                "smoothing_mode",
                "islands_mode",
                "segment",
                "preset",
                "device",
                "ventricle",
            }
            before = {name: page.state[name] for name in names}
            for value in ODD_VALUES:
                await page.set(**dict.fromkeys(names, value))
            after = (await page.call("trame.state.get"))["state"]
            switches = {"is_limited", "notice_open"}
            changed = {name for name in names if before[name] != after[name]} - own - words - switches
            assert changed <= {"controls", "frame_text", "frame_status", "times", "legend"} - {"times", "legend"}, (
                changed
            )
            for name in own | words | switches:
                assert type(after[name]) in (type(before[name]), int, float), name
            assert 0 <= after["frame"] < after["frame_count"]
            await page.set(tool="view", segment=before["segment"], preset="fast", device="auto", is_limited=False)
            for changes in (None, 5, "frame", {}, [5], [None], [{}], [{"key": 5}], [{"key": ["frame"]}], [[]] * 9):
                await page.call("trame.state.update", changes)

    asyncio.run(attack())
    works(view)


def test_what_the_page_binds_may_be_sent(view):
    """A control whose variable is not taken would look as if it worked."""

    async def look() -> None:
        async with view.page() as page:
            html = " ".join(str(value) for name, value in page.state.items() if name.startswith("trame__template"))
            bound = set(re.findall(r'v-model(?:\.\w+)*="(\w+)"', html)) & set(page.state)
            assert {"brush_size", "preset"} <= bound
            assert bound <= set(VARIABLES)

    asyncio.run(look())


def test_odd_arguments_of_triggers_do_nothing(view):
    async def attack() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state["has_cine"])
            number = page.state["notice"]["number"]
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
            for name in (*with_arguments, "list_folder", "open_path", "open_upload"):
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
            assert page.state["notice"]["number"] == number, page.notice
            for name in with_arguments[5:-1]:
                for value in ("", "no such segment", "<b>", "x" * 200, "é" * 50):
                    await page.ask(name, value)
                    await page.ask(name, value, value)
            assert [one["name"] for one in page.state["segments"]] == ["Segment 1"]
            await page.ask("rename_segment", page.state["segments"][0]["id"], "x" * 10_000)
            await page.ask("recolor_segment", page.state["segments"][0]["id"], "#zzzzzz")
            assert [one["name"] for one in page.state["segments"]] == ["Segment 1"]

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
            await page.wait(lambda: page.state["has_cine"])
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
            await page.wait(lambda: page.state["has_cine"])
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
            await page.wait(lambda: page.state["has_cine"])
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
            await page.send(
                {"id": "rpc:1", "method": "trame.state.update", "args": [[{"key": "frame", "value": deep}]]}
            )
            await page.ask("show_frame", 2)  # the same page goes on
            await page.wait(lambda: page.state["frame"] == 2)

    asyncio.run(attack())
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
        async with view.page() as page:
            heard: list[str] = []
            for path in ("../secret.txt", str(cines / "heart.nrrd"), "none.nrrd", "/etc/passwd", "a/b/c"):
                await page.open("open_path", path)
                heard.append(page.notice)
                await page.ask("list_folder", path)
                await page.wait(lambda: page.state["folder"]["problem"])
                heard.append(str(page.state["folder"]))
                await page.ask("list_folder", "")
                await page.wait(lambda: not page.state["folder"]["problem"])
            text = " ".join(heard)
            assert str(cines.parent) not in text.replace(str(cines / "heart.nrrd"), "")
            assert "Traceback" not in text and "site-packages" not in text
            state = str((await page.call("trame.state.get"))["state"])
            assert str(cines.parent) not in state and "site-packages" not in state

    asyncio.run(attack())


# ---- how it ends


def test_it_ends_in_the_middle_of_a_run(cines, tmp_path):
    """Neither a process nor a file stays behind."""
    process = ViewProcess(cines / "heart.nrrd", temporary=tmp_path)

    async def begin() -> list[int]:
        async with process.page() as page:
            await page.wait(lambda: page.state["has_cine"] and page.pictures)
            await page.set(tool="paint", brush_size=20, preset="balanced")
            event = {"x": 150, "y": 100, "w": 300, "h": 200, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
            await page.call("trame.rca.size", "Frame", "page", {"w": 300, "h": 200, "p": 1})
            for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
                await page.call("trame.rca.event", "Frame", "page", {"type": kind, **event})
            await page.wait(lambda: page.state["marks"])
            await page.ask("segment_video")
            await page.wait(lambda: page.state["progress"] > 0)
            return process.children()

    try:
        children = asyncio.run(begin())
        assert children
        code, said = process.end(signal.SIGINT)
        assert (code, said) == (130, "rabsegment: The page is closed.\n")
        for pid in children:
            wait_until(lambda pid=pid: is_gone(pid))
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc about signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_ends_while_it_starts(cines, tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "rabengine", "view", "--no-browser", "--port", "0", str(cines / "heart.nrrd")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "TMPDIR": str(tmp_path)},
    )
    try:
        wait_for_signal_handlers(process)
        process.send_signal(number)
        _out, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, said) == (130, "rabsegment: The page is closed.\n")
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


def test_what_a_killed_server_leaves_is_removed_by_the_next_one(cines, tmp_path):
    process = ViewProcess(cines / "heart.nrrd", temporary=tmp_path)
    try:
        process.end(signal.SIGKILL)
        assert list(tmp_path.iterdir())
    finally:
        process.kill()
    with served("--folder", cines, temporary=tmp_path):
        pass


# ---- the command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.mp4"], "none.mp4 does not exist"),
        (["--folder", "none"], "--folder none does not exist"),
        (["--folder", __file__], "is no folder"),
        (["--demo", __file__], "Leave one of them out"),
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "::"], "--allow-remote"),
        (["--host", ""], "no address"),
        (["--host", "no host"], "no address"),
        (["--host", "192.0.2.1", "--allow-remote"], "no address of this computer"),
        (["--port", "99999"], "no port"),
        (["--port", "-1"], "no port"),
        (["--port", "eighty"], "--port"),
        (["--token", ""], "--token"),
        (["--token", "é"], "--token"),
        (["--upload-limit", "0"], "--upload-limit"),
        (["--fast"], "--fast"),
    ],
)
def test_bad_usage_is_one_sentence_before_anything_starts(arguments, said, tmp_path):
    ended = run_command("view", "--no-browser", *arguments, cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert_one_sentence(ended.stderr)
    assert said in ended.stderr


def test_a_port_that_is_taken(cines, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_command("view", "--no-browser", "--port", str(port), "--folder", cines)
        assert ended.returncode == 2
        assert_one_sentence(ended.stderr)
        assert f"Port {port} is taken" in ended.stderr


def test_without_the_packages_it_says_what_to_install(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['trame_slicer'] = None\n", encoding="utf-8")
    ended = run_command("view", "--no-browser", "--port", "0", env=environment(tmp_path))
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert 'pip install "rabsegment[app]"' in ended.stderr


def test_the_help_names_it():
    assert "view" in run_command("--help").stdout
    said = run_command("view", "--help").stdout
    for option in (
        "--demo",
        "--folder",
        "--host",
        "--port",
        "--allow-remote",
        "--token",
        "--upload-limit",
        "--no-browser",
    ):
        assert option in said


def test_a_command_that_cannot_be_loaded_leaves_the_others_alone(tmp_path):
    broken = tmp_path / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", encoding="utf-8")
    (broken / "entry_points.txt").write_text("[rabsegment.commands]\nbreak = no_such_module\n", encoding="utf-8")
    assert "break" in run_command("--help", env=environment(tmp_path)).stdout
    assert run_command("info", env=environment(tmp_path)).returncode == 0
    ended = run_command("break", "--it", "now", env=environment(tmp_path))
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert "rabsegment break cannot be loaded" in ended.stderr


def test_frames_arrive_unchanged(view, cines):
    """The cine that the page shows is the one of the file; all the attacks above left it alone."""

    async def look() -> None:
        async with view.page() as page:
            await page.wait(lambda: page.state["has_cine"])
            assert (page.state["cine_name"], page.state["frame_count"]) == ("heart", 8)

    asyncio.run(look())
    assert np.all(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(cines / "heart.nrrd"))) >= 0)
