"""What the page's web server does beside trame: who may use it, files in, files out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..cines import CineControl
from ..desk import Desk


class Files:
    """The cines that the page may open, and the results that it may download."""

    def __init__(self, desk: Desk, cines: CineControl, folder: Path) -> None:
        self._desk = desk
        self._cines = cines
        self._folder = folder

    def list_folder(self, relative: str) -> None: ...

    def open_path(self, relative: str) -> None: ...

    def open_upload(self, batch: str) -> None: ...


def attach(server: Any, files: Files) -> None:
    """Add the routes to the web server before it starts."""
