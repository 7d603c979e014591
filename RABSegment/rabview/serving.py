"""Where the page is served, and serving it until somebody ends it; nothing is left behind.

All temporary files of the program, also those of libraries, lie in one private folder, which goes with it. The command
needs the addresses before it knows whether the packages of the page are there: nothing here imports them.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from rabengine.errors import InputError

if TYPE_CHECKING:
    from .application import ViewApplication

HOST, PORT, UPLOAD_LIMIT_MB = "127.0.0.1", 8080, 2048  # where the command says nothing else
POLL_SECONDS = 0.05  # between two looks at whether it is to end
GOODBYE_SECONDS = 0.5  # to tell the pages that they are on their own
_MORE_PORTS = 100  # that are tried after it
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # and how this computer itself reaches it
_VARIABLES = ("TMPDIR", "TEMP", "TMP")  # that name the folder for temporary files


def numeric_address(host: str) -> str:
    """The address that a name stands for here.

    Raises:
        InputError: it is no address of this computer.
    """
    try:
        found = socket.getaddrinfo(host or "-", None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise InputError(f"--host {host} is no address of this computer.", "Leave it out, or give one.") from error
    numeric = [str(address[0]).partition("%")[0] for _family, _type, _protocol, _name, address in found]
    # "localhost" may stand for two; the older one is understood by every browser.
    return next((address for address in numeric if "." in address), numeric[0])


def is_loopback(address: str) -> bool:
    """Whether only programs of this computer reach it."""
    return ipaddress.ip_address(address).is_loopback


def free_port(address: str, wanted: int | None) -> int:
    """A port that can be listened on.

    Args:
        address: numeric.
        wanted: None for the usual one or the next that is free, 0 for any.

    Raises:
        InputError: none is free, or the address is not this computer's.
    """
    for port in range(PORT, PORT + _MORE_PORTS) if wanted is None else [wanted]:
        found = _listened(address, port)
        if found is not None:
            return found
    if wanted is None:
        raise InputError(f"The ports {PORT} to {PORT + _MORE_PORTS - 1} are all taken.", "Choose one with --port.")
    raise InputError(f"Port {wanted} is taken, or may not be used.", "Leave --port out to take one that is free.")


def page_address(address: str, port: int, token: str) -> str:
    """What to type into a browser."""
    host = _reachable(address)
    numeric = f"[{host}]" if ":" in host else host
    return f"http://{numeric}:{port}/" + (f"?token={quote(token, safe='')}" if token else "")


def _listened(address: str, port: int) -> int | None:
    """The port if it can be listened on; None if it is taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does it
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise InputError(f"--host {address} is no address of this computer.", "Leave it out.") from error
            return None
        except OverflowError as error:
            raise InputError(f"--port {port} is no port.", "Give one from 1 to 65535, or 0 for any.") from error
        return int(probe.getsockname()[1])


def _reachable(address: str) -> str:
    """How others call this computer where it listens on all of its addresses."""
    if address not in _EVERY_ADDRESS:
        return address
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Asks which way it would go; nothing is sent.
            probe.connect(("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1", 9))
            return str(probe.getsockname()[0])
    except OSError:
        return _EVERY_ADDRESS[address]


@contextmanager
def private_temporary_files() -> Iterator[None]:
    """Also those of libraries, and of processes that are started inside the block.

    A program that is killed leaves the folder; the next one that makes such a folder removes it.

    Raises:
        EngineError: the folder cannot be made.
    """
    from RABSegmentLib.Engine.PrivateFolder import PrivateFolder  # here, for it brings Slicer, which takes its time

    folder, before, variables = PrivateFolder(), tempfile.tempdir, {name: os.environ.get(name) for name in _VARIABLES}
    tempfile.tempdir = str(folder.path)
    os.environ.update(dict.fromkeys(_VARIABLES, str(folder.path)))
    try:
        yield
    finally:
        tempfile.tempdir = before
        for name, value in variables.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        folder.remove()


def serve(
    make: Callable[[], ViewApplication], host: str, port: int, on_ready: Callable[[], None], cancel: threading.Event
) -> str:
    """Serve a page until `cancel` is set; returns what is kept of its marks and where, for people.

    Args:
        make: the application; called with the event loop at hand.
        host: numeric address to listen on.
        port: that is free.
        on_ready: called when the page can be opened.
        cancel: set from anywhere.

    Raises:
        OSError: the port was taken meanwhile.
    """
    # trame reads options of its own from the command line, which are none of ours.
    arguments, sys.argv = sys.argv, sys.argv[:1]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        if not cancel.is_set():
            return loop.run_until_complete(_serve(make(), host, port, on_ready, cancel))
        return ""
    finally:
        sys.argv = arguments
        asyncio.set_event_loop(None)
        loop.close()


def open_browser(address: str) -> None:
    """Open it, where there is a browser with a window; another one would take the terminal."""
    has_window = os.name == "nt" or sys.platform == "darwin" or bool(_display())
    if has_window:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


async def _serve(
    application: ViewApplication, host: str, port: int, on_ready: Callable[[], None], cancel: threading.Event
) -> str:
    server = application.server
    try:
        running = server.start(
            host=host,
            port=port,
            timeout=0,
            backend="aiohttp",
            exec_mode="task",
            thread=True,  # signals are not its affair
            open_browser=False,
            show_connection_info=False,
        )
        await asyncio.wait([running, server.ready], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            on_ready()
        while not cancel.is_set() and not running.done():
            await asyncio.sleep(POLL_SECONDS)
        if running.done():
            running.result()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(server.stop(), GOODBYE_SECONDS)
    finally:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        application.close()
    return application.kept_marks.farewell


def _display() -> str:
    return os.environ.get("DISPLAY", "") or os.environ.get("WAYLAND_DISPLAY", "")
