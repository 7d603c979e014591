"""A browser that goes away while it is answered."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from pathlib import Path

import pytest
from aiohttp import web

from rabview.server.access import SOCKET, Access, install_guard

_UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def _leave_at_the_handshake(tmp_path: Path, stumbles: type[Exception]) -> list[str]:
    """Ask for the socket of a guarded server and be gone before it answers; the names of what went wrong in it."""
    page = tmp_path / "index.html"
    page.write_text("<html></html>")
    gone, answered = asyncio.Event(), asyncio.Event()
    stumbled: list[str] = []

    async def open_socket(request: web.Request) -> web.StreamResponse:
        await gone.wait()
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.01)
        opened = web.WebSocketResponse()
        try:
            await opened.prepare(request)
        except ConnectionError as error:
            stumbled.append(type(error).__name__)
            raise stumbles(str(error)) from error
        finally:
            answered.set()
        return opened

    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    app = web.Application()
    install_guard(app, Access("127.0.0.1", port), tmp_path)
    app.router.add_get(SOCKET, open_socket)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_UPGRADE.format(path=SOCKET, port=port).encode())
    await writer.drain()
    await asyncio.sleep(0.2)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, at once
    writer.close()
    gone.set()
    await asyncio.wait_for(answered.wait(), 30)
    await runner.cleanup()
    return stumbled


@pytest.mark.parametrize("stumbles", [KeyError, ConnectionResetError])
def test_a_tab_that_closes_while_its_socket_opens_is_no_error(tmp_path, caplog, stumbles):
    with caplog.at_level(logging.ERROR):
        assert asyncio.run(_leave_at_the_handshake(tmp_path, stumbles)), "it was not gone in time"
    assert caplog.records == []
