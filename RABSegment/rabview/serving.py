"""Runs the web server until somebody ends it, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .application import ViewApplication

POLL_SECONDS = 0.05  # between two looks at whether it is to end
GOODBYE_SECONDS = 0.5  # to tell the pages that they are on their own


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
    return application.keeping.farewell


def _display() -> str:
    return os.environ.get("DISPLAY", "") or os.environ.get("WAYLAND_DISPLAY", "")
