"""`rabsegment view` as a user starts it, and a page of it without a browser: what it sends and what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from helpers.page_state import PageParts, changes
from helpers.processes import PATIENCE_SECONDS, environment, start_command

pytest.importorskip("trame_slicer", reason="trame-slicer, on which the browser front end is built, is not installed")

import aiohttp
import msgpack
from wslink.chunking import UnChunker, generate_chunks

_ADDRESS = re.compile(r"http://\S+")


class ViewProcess:
    """A server that was started by the command; it prints its address when it is ready.

    Args:
        arguments: of `rabsegment view`.
        temporary: its folder for temporary files.
        env: another than `helpers.processes.environment()`.

    Attributes:
        address: as printed, with the token.
        root: the same without.
    """

    def __init__(self, *arguments: Any, temporary: Path, env: dict[str, str] | None = None) -> None:
        self.temporary = temporary
        env = {**(env or environment()), "TMPDIR": str(temporary)}
        self.process = start_command("view", "--no-browser", "--port", "0", *arguments, env=env)
        self.printed = self.process.stdout.readline()
        found = _ADDRESS.search(self.printed)
        if found is None:
            self.process.kill()
            raise AssertionError(self.printed + self.process.communicate(timeout=PATIENCE_SECONDS)[1])
        self.address = found.group()
        self.root = self.address.partition("?")[0].rstrip("/")

    @property
    def host(self) -> str:
        return self.root.removeprefix("http://")

    def files(self, pattern: str = "*") -> list[Path]:
        """Its temporary files, also while it makes and removes some."""
        found = [Path(place) / name for place, _folders, names in os.walk(self.temporary) for name in names]
        return [path for path in found if fnmatch(path.name, pattern)]

    def children(self) -> list[int]:
        """Processes that it started."""
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
        return [pid for pid, parent in pairs if parent == self.process.pid]

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it as a user does; returns its exit code and what it said of errors."""
        self.process.send_signal(number)
        _out, said = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said

    def kill(self) -> None:
        """Make sure that nothing stays behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=PATIENCE_SECONDS)

    @contextlib.asynccontextmanager
    async def session(self, **headers: str) -> AsyncIterator[aiohttp.ClientSession]:
        """A client of HTTP that keeps cookies, also for addresses."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, cookie_jar=jar) as client:
            yield client

    @contextlib.asynccontextmanager
    async def page(self, client: aiohttp.ClientSession | None = None) -> AsyncIterator[Page]:
        """A page that is connected."""
        async with contextlib.AsyncExitStack() as stack:
            client = client or await stack.enter_async_context(self.session())
            socket = await stack.enter_async_context(client.ws_connect(f"{self.root}/ws", max_msg_size=0))
            page = Page(socket)
            hearing = asyncio.create_task(page.hear())
            stack.push_async_callback(_cancelled, hearing)
            await page.begin()
            yield page


class Page:
    """Speaks to the server as trame's page does.

    Attributes:
        state: what the server said last, part by part.
        variables: the same by the names of the variables.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.variables: dict[str, Any] = {}
        self.state = PageParts(self.variables.__getitem__)
        self.pictures = 0
        self._numbers = itertools.count()
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._pieces = UnChunker()
        self._pieces.set_max_message_size(2**31)

    async def begin(self) -> None:
        """Greet, and take the state."""
        await self.call("wslink.hello", {"secret": "wslink-secret"}, kind="system")
        for name, value in (await self.call("trame.state.get"))["state"].items():
            self.variables.setdefault(name, value)  # what was told meanwhile is newer

    async def send(self, content: Any) -> None:
        """Send anything, in the pieces of the protocol."""
        for piece in generate_chunks(msgpack.packb(content), 2**20):
            await self.socket.send_bytes(piece)

    async def call(self, method: str, *arguments: Any, kind: str = "rpc", **named: Any) -> Any:
        """Call, and wait for what it returns.

        Raises:
            RefusedError: the server answers with an error.
        """
        name = f"{kind}:c0:{next(self._numbers)}"
        self._answers[name] = asyncio.get_running_loop().create_future()
        await self.send({"wslink": "1.0", "id": name, "method": method, "args": list(arguments), "kwargs": named})
        return await asyncio.wait_for(self._answers[name], PATIENCE_SECONDS)

    async def ask(self, name: str, *arguments: Any) -> Any:
        """As `trigger(name, arguments)` in the page."""
        return await self.call("trame.trigger", name, list(arguments), {})

    async def set(self, **values: Any) -> None:
        """As a control that sets fields of a part."""
        await self.call("trame.state.update", changes(**values))

    async def wait(self, condition: Callable[[], Any]) -> None:
        """Until what the server said fulfils it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"it never happened; the page says {self.notice}"
            await asyncio.sleep(0.02)

    async def open(self, name: str, *arguments: Any) -> None:
        """Ask for a cine, and wait until it is open or was refused."""
        number = self.state.notice.number
        before = self.state.cine.name
        await self.ask(name, *arguments)
        await self.wait(
            lambda: (
                not self.state.reading.is_on and (self.state.notice.number > number or self.state.cine.name != before)
            )
        )

    @property
    def notice(self) -> str:
        return self.state.notice.text

    async def hear(self) -> None:
        """Take what the server says."""
        async for message in self.socket:
            content = self._pieces.process_chunk(message.data) if message.type == aiohttp.WSMsgType.BINARY else None
            if content is None:
                continue
            if content["id"].startswith("publish:trame.state.topic"):
                self.variables |= content["result"]
            elif content["id"].startswith("publish:trame.rca"):
                self.pictures += 1
            elif content["id"] in self._answers:
                self._answer(self._answers.pop(content["id"]), content)

    def _answer(self, waiting: asyncio.Future[Any], content: dict[str, Any]) -> None:
        if "error" in content:
            waiting.set_exception(RefusedError(str(content["error"])))
        else:
            waiting.set_result(content.get("result"))


class RefusedError(Exception):
    """What the server answers to a call that it does not know."""


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextlib.contextmanager
def served(*arguments: Any, temporary: Path):
    """A server for a test, which leaves nothing behind when it is ended."""
    process = ViewProcess(*arguments, temporary=temporary)
    try:
        yield process
        assert process.process.poll() is None, process.process.communicate()[1]
        code, said = process.end()
        assert code == 130, said
        assert said.startswith("rabsegment: The page is closed.") and said.count("\n") == 1, said
        left = [str(path) for path in temporary.rglob("*")]
        assert not left, left
    finally:
        process.kill()
