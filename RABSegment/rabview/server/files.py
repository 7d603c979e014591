"""Cines that come in and results that go out: what the page may ask for by name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.marks.dicom_segmentation import is_dicom_segmentation
from RABSegmentLib.Export.Measurements import PairSource, noPair
from rabview.cines import CineControl, CineState
from rabview.desk import Desk
from rabview.kept_places import last_cine
from rabview.marks import MarkControl
from rabview.variables import names

from .downloads import Downloads
from .folder import Folder, Listing
from .uploads import MARKS_SUFFIXES, MEGABYTE, Uploads


@dataclass
class LastCine:
    """The cine that was worked on last: its name, and its path below the folder of the page."""

    name: str
    path: str


@dataclass
class FileState:
    """What may be opened.

    Attributes:
        last_cine: that may be opened again; None for none.
        upload_limit_mb: of what is dropped onto the page at once.
    """

    last_cine: LastCine | None = None
    upload_limit_mb: int = 0


FILES = names(FileState)


class Files:
    """The cines that the page may open, and the results that it may download.

    Args:
        desk: where it is told.
        cines: opens them.
        marks: takes label files as marks.
        folder: whose cines the page may open.
        upload_limit_mb: of what is dropped onto the page at once.
        pair: gives what two views of the left ventricle say.

    Raises:
        OSError: there is no such folder.
    """

    def __init__(
        self,
        desk: Desk,
        cines: CineControl,
        marks: MarkControl,
        folder: Path,
        upload_limit_mb: int,
        pair: PairSource = noPair,
    ) -> None:
        self._desk = desk
        self._cines = cines
        self._marks = marks
        self._folder = Folder(folder)
        self._kept: dict[str, Path] = {}  # {batch: folder} of uploads that the cine that is open refers to
        self.uploads = Uploads(upload_limit_mb * MEGABYTE)
        self.downloads = Downloads(desk, pair)
        self._state = desk.state.part(FileState)
        self._state.upload_limit_mb = upload_limit_mb
        desk.follow(cine=self._forget_uploads)

    async def listing(self, relative: str, for_marks: bool) -> Listing:
        """As `Folder.listing`; meanwhile the page goes on, for a disk of the network takes its time."""
        return await asyncio.to_thread(self._folder.listing, relative, for_marks)

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
        self._marks.take(self._folder.find(relative))

    def take_upload(self, batch: str, cine: int, frame: int) -> None:
        """Take what was uploaded as marks.

        Args:
            batch: that was uploaded.
            cine, frame: that were shown when the upload began, for it takes its time: the number of the cine, and the
                frame that a single picture is of.

        Raises:
            InputError: it is not there, or the cine is closed.
        """
        path, _folder, name = self.uploads.begin_opening(batch)
        self._take(path, name, batch, cine, frame)

    def offer_last(self) -> None:
        """Let the page say which cine was worked on last, if it may be opened."""
        path = last_cine()
        if path is None or not path.resolve().is_relative_to(self._folder.root):
            return
        relative = path.resolve().relative_to(self._folder.root).as_posix()
        self._state.last_cine = LastCine(path.name, "" if relative == "." else relative)

    def open_last(self) -> bool:
        """Open the cine that `offer_last` found; returns whether there is one.

        Raises:
            InputError: it is not there any more.
        """
        last = self._state.last_cine
        if last is not None:
            self.open_path(last.path)
        return last is not None

    def open_upload(self, batch: str, cine: int, frame: int) -> None:
        """Open what was uploaded; what can only be marks is taken as such. The arguments are those of `take_upload`.

        The files of a DICOM cine stay as long as it is open, for DICOM segmentations of it are made with them.

        Raises:
            InputError: it is not there, or is of marks and their cine is not open.
        """
        if batch in self._kept:
            raise InputError("These files are open already.", "Upload them again.")
        path, folder, name = self.uploads.begin_opening(batch)
        if _holds_marks(path):
            self._take(path, name, batch, cine, frame)
            return
        self._cines.open(path, name, within=folder, then=lambda: self._end_opening(batch, folder), stays=False)

    def close(self) -> None:
        """Remove all files that are not the user's own. Idempotent."""
        self.uploads.close()
        self.downloads.close()

    def _take(self, path: Path, name: str, batch: str, cine: int, frame: int) -> None:
        if cine != self._desk.state.part(CineState).number:
            self.uploads.end_opening(batch)
            raise InputError("The cine that these marks were for is closed.", "Open it and upload them again.")
        self._marks.take(path, name, then=lambda: self.uploads.end_opening(batch), frame=frame)

    def _end_opening(self, batch: str, folder: Path) -> None:
        if self._is_source(folder):
            self._kept[batch] = folder
        else:
            self.uploads.end_opening(batch)

    def _forget_uploads(self) -> None:
        """Those that the cine that is open does not refer to."""
        for batch in [batch for batch, folder in self._kept.items() if not self._is_source(folder)]:
            del self._kept[batch]
            self.uploads.end_opening(batch)

    def _is_source(self, folder: Path) -> bool:
        segmentation = self._desk.segmentation
        frames = () if segmentation is None else segmentation.cine.dicomFrames
        return bool(frames) and Path(frames[0].file).is_relative_to(folder)


def _holds_marks(path: Path) -> bool:
    """Whether a file can be no cine, but has marks."""
    return path.is_file() and (path.name.lower().endswith(MARKS_SUFFIXES) or is_dicom_segmentation(path))
