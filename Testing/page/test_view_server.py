"""The server of `rabsegment view` under attack: who may use it, what a page may send, and how it ends."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import SimpleITK

from helpers.processes import PATIENCE_SECONDS
from helpers.view_process import ViewProcess, served
from rabengine.synthetic.phantom import beating_ellipse
from rabview.server.access import WRONG_TOKEN_SECONDS

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
                assert page.state.cine.frame_count == 8

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


# ---- under load


def test_the_socket_is_no_page(view):
    for headers in ({}, {"Connection": "Upgrade"}, {"Upgrade": "h2c"}):
        code, body, _headers = asked(view, "/ws", **headers)
        assert code == 426 and b"socket" in body and b"Traceback" not in body
    assert 400 <= status(view, "/ws", Connection="Upgrade", Upgrade="websocket") < 500


def test_guesses_over_many_connections_take_turns(guarded):
    """Two a second, however many come at once; then the page can be used as before."""

    async def guess(client: aiohttp.ClientSession, number: int) -> int:
        async with client.get(f"{guarded.root}/?token=wrong{number}") as answer:
            return answer.status

    async def use() -> None:
        async with guarded.session() as client:
            began = time.monotonic()
            codes = await asyncio.gather(*(guess(client, number) for number in range(60)))
            seconds = time.monotonic() - began
            assert set(codes) == {403, 429}
            assert codes.count(403) <= seconds / WRONG_TOKEN_SECONDS + 1
            async with client.get(guarded.address) as answer:
                assert answer.status == 200

    asyncio.run(use())
