"""What the page's web server does beside trame: who may use it, files in, files out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rabview.thumbnails import Thumbnails
from rabview.variables import Reader

from .access import Access, install_guard
from .calls import let_pages_go, limit_messages, restrict_calls
from .files import Files
from .routes import add_routes

__all__ = ["Access", "Files", "attach"]


def attach(
    server: Any,
    files: Files,
    access: Access,
    triggers: Collection[str],
    variables: Mapping[str, Reader],
    thumbnails: Thumbnails | None = None,
) -> None:
    """Add the routes to the web server before it starts, and guard all of it.

    Args:
        server: of trame.
        files: that come and go.
        access: who may use it.
        triggers: names that the page may ask for.
        variables: {name: its reader} of what the page may set.
        thumbnails: of the cines of a study, None without one.
    """

    def bind(web_server: Any) -> None:
        limit_messages()
        install_guard(web_server.app, access, Path(web_server.config["static"]["/"]))
        add_routes(web_server.app, files, thumbnails)
        for handler in web_server._ws_handlers:  # wslink has no other way to them
            restrict_calls(handler, triggers, variables)
            let_pages_go(handler)

    server.controller.on_server_bind.add(bind)
