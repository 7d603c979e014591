"""Cines that come in and results that go out: what the page may ask for by name."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..cines import CineControl
from ..defaults import UPLOAD_LIMIT_MB
from ..desk import Desk
from ..kept_places import last_cine
from ..marking import MarkingControl
from .downloads import Downloads
from .folder import Folder
from .uploads import MEGABYTE, Uploads


class Files:
    """The cines that the page may open, and the results that it may download.

    Args:
        desk: where it is told.
        cines: opens them.
        marking: takes label files as marks.
        folder: whose cines the page may open.
        upload_limit_mb: of what is dropped onto the page at once.

    Raises:
        OSError: there is no such folder.
    """

    def __init__(
        self,
        desk: Desk,
        cines: CineControl,
        marking: MarkingControl,
        folder: Path,
        upload_limit_mb: int = UPLOAD_LIMIT_MB,
    ) -> None:
        self._desk = desk
        self._cines = cines
        self._marking = marking
        self._folder = Folder(folder)
        self._listing: asyncio.Task[None] | None = None
        self.uploads = Uploads(upload_limit_mb * MEGABYTE)
        self.downloads = Downloads(desk)
        desk.state.upload_limit_mb = upload_limit_mb

    def list_folder(self, relative: str, use: str) -> None:
        """Show what can be opened in a folder below the chosen one.

        Args:
            relative: the folder.
            use: "cine", or "marks" for label files.
        """
        if self._listing is not None:
            self._listing.cancel()
        self._listing = asyncio.get_running_loop().create_task(self._list(relative, use))

    def open_path(self, relative: str) -> None:
        """Open a file or folder below the chosen one.

        Raises:
            InputError: it is not there.
        """
        self._cines.open(self._folder.find(relative), within=self._folder.root)

    def take_path(self, relative: str) -> None:
        """Take a label file, or a folder of label pictures, below the chosen one as marks.

        Raises:
            InputError: it is not there.
        """
        self._marking.take(self._folder.find(relative))

    def take_upload(self, batch: str) -> None:
        """Take what was uploaded as marks.

        Raises:
            InputError: it is not there.
        """
        path, _folder, name = self.uploads.begin_opening(batch)
        self._marking.take(path, name, then=lambda: self.uploads.end_opening(batch))

    def offer_last(self) -> None:
        """Let the page say which cine was worked on last, if it may be opened."""
        path = last_cine()
        if path is None or not path.resolve().is_relative_to(self._folder.root):
            return
        relative = path.resolve().relative_to(self._folder.root).as_posix()
        self._desk.state.last_cine = {"name": path.name, "path": "" if relative == "." else relative}

    def open_upload(self, batch: str) -> None:
        """Open what was uploaded.

        Raises:
            InputError: it is not there.
        """
        path, folder, name = self.uploads.begin_opening(batch)
        self._cines.open(path, name, within=folder, then=lambda: self.uploads.end_opening(batch), stays=False)

    def close(self) -> None:
        """Remove all files that are not the user's own. Idempotent."""
        self.uploads.close()
        self.downloads.close()

    async def _list(self, relative: str, use: str) -> None:
        listing = await asyncio.to_thread(
            self._folder.listing, relative, use == "marks"
        )  # a disk of the network takes its time
        with self._desk.state as state:
            state.folder = {**listing, "use": "marks" if use == "marks" else "cine"}
