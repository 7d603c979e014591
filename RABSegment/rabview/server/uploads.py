"""Files that come through the page: they wait in a private folder until they are opened, and are not kept."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from rabengine.errors import InputError
from rabengine.exchange.archive import ARCHIVE_SUFFIX
from rabengine.io.picture.single_picture import PICTURE_SUFFIXES
from rabengine.io.readers import cine_suffixes
from RABSegmentLib.Engine.PrivateFolder import PrivateFolder
from RABSegmentLib.Session.SceneFile import SCENE_SUFFIX
from rabview.variables import is_clean

MEGABYTE = 2**20
IDLE_SECONDS = 60.0  # a file of which nothing came for so long is given up
MOST_FILES = 20_000  # of a batch
MOST_BATCHES = 16  # that are on their way; then the slowest gives way
MOST_LIMITS = 4  # times the limit of a batch that all of them may take
FIRST_SECONDS = 5.0  # in which a batch is not called slow
_BATCH = re.compile(r"[a-z0-9]{1,32}")
_DETACHED = (".nhdr", ".mhd")
_DICOM_MARK, _DICOM_MARK_AT = b"DICM", 128
_MARK_END = _DICOM_MARK_AT + len(_DICOM_MARK)
_LONGEST_NAME = 120
MARKS_SUFFIXES = (ARCHIVE_SUFFIX, ".json", ".xml")  # of sets and of their files: marks, never a cine
_UNSAFE = re.compile(r'[<>:"|?*%\\/]')  # for some file system, or for libraries that read numbered files


class TooLargeError(InputError):
    """More than may be uploaded, or than fits."""


@dataclass
class _Batch:
    folder: Path
    names: set[str] = field(default_factory=set)
    size: int = 0
    arriving: int = 0
    began: float = field(default_factory=time.monotonic)
    is_dropped: bool = False
    is_opening: bool = False

    @property
    def is_in_use(self) -> bool:
        return self.arriving > 0 or self.is_opening

    @property
    def pace(self) -> float:
        """Bytes that came in a second."""
        return self.size / (time.monotonic() - self.began)


class Uploads:
    """The files of each drop, which share a batch.

    Args:
        limit: bytes of a batch.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._folder: PrivateFolder | None = None
        self._batches: dict[str, _Batch] = {}

    async def receive(self, batch: str, name: str, promised: int | None, content: AsyncIterator[bytes]) -> str:
        """Write a file as it comes; returns the name that it got.

        Args:
            batch: of the drop.
            name: as the browser says it.
            promised: bytes that will come, None where nobody says it.
            content: of the file.

        Raises:
            InputError: it is of no use, or of no kind that can be opened.
            TooLargeError: it is too large, however large it was promised to be.
        """
        name = safe_name(name)
        chosen = self._begun(batch)
        if name.casefold() in map(str.casefold, chosen.names):
            raise InputError(f"There are two files named {name}.", "Rename one of them.")
        if len(chosen.names) >= MOST_FILES:
            raise TooLargeError(f"More than {MOST_FILES} files cannot be uploaded at once.", "Choose fewer.")
        self._require_room(chosen, promised or 0)
        path = chosen.folder / name
        chosen.names.add(name)
        chosen.arriving += 1
        is_whole = False
        try:
            await self._write(path, chosen, content)
            is_whole = True
        finally:
            chosen.arriving -= 1
            if not is_whole:
                chosen.names.discard(name)
                with contextlib.suppress(OSError):
                    chosen.size -= path.stat().st_size
                    path.unlink()
        return name

    def begin_opening(self, batch: str) -> tuple[Path, Path, str]:
        """What to open, the folder that it must not leave, and what to call it; it stays until `end_opening`.

        Raises:
            InputError: there is no such batch, or it is still arriving.
        """
        found = self._batches.get(batch)
        if found is None or not found.names:
            raise InputError("These files are not on the server any more.", "Upload them again.")
        if found.arriving:
            raise InputError("Some of the files are still on their way.", "Wait until all are there.")
        found.is_opening = True
        names = sorted(found.names)
        if len(names) == 1:
            return found.folder / names[0], found.folder, ""
        return found.folder, found.folder, f"{names[0]} and {len(names) - 1} more"

    def end_opening(self, batch: str) -> None:
        """What was opened is in the scene, and its files are of no more use."""
        self._remove(batch)

    def close(self) -> None:
        """Remove everything. Idempotent."""
        self._batches.clear()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _begun(self, batch: str) -> _Batch:
        if not _BATCH.fullmatch(batch):
            raise InputError("That is no name of a batch.", "Reload the page and try again.")
        if batch in self._batches:
            return self._batches[batch]
        for old in [name for name, one in self._batches.items() if not one.is_in_use]:
            self._remove(old)
        if len(self._batches) >= MOST_BATCHES:
            self._drop_slowest()
        if self._folder is None:
            self._folder = PrivateFolder()
        folder = self._folder.path / batch
        folder.mkdir(mode=0o700)
        self._batches[batch] = _Batch(folder)
        return self._batches[batch]

    def _drop_slowest(self) -> None:
        """Whoever sends a byte now and then does not keep others from uploading."""
        old = time.monotonic() - FIRST_SECONDS
        slow = [name for name, one in self._batches.items() if one.began < old and not one.is_opening]
        if not slow:
            raise InputError("Other files are being uploaded.", "Wait for them.")
        name = min(slow, key=lambda name: self._batches[name].pace)
        self._batches[name].is_dropped = True
        self._remove(name)

    def _remove(self, batch: str) -> None:
        found = self._batches.pop(batch, None)
        if found is not None:
            shutil.rmtree(found.folder, ignore_errors=True)

    def _require_room(self, batch: _Batch, more: int) -> None:
        if sum(one.size for one in self._batches.values()) + more > MOST_LIMITS * self.limit:
            raise TooLargeError("Other files are being uploaded, and take the room there is.", "Wait for them.")
        if batch.size + more > self.limit:
            raise TooLargeError(
                f"More than {self.limit / MEGABYTE:g} MB cannot be uploaded.",
                "Copy the file to the folder of the server, or start rabsegment view with a higher --upload-limit.",
            )

    async def _write(self, path: Path, batch: _Batch, content: AsyncIterator[bytes]) -> None:
        start = b""
        try:
            with path.open("xb") as stream:
                while chunk := await asyncio.wait_for(anext(content, b""), IDLE_SECONDS):
                    if batch.is_dropped:
                        raise InputError("The upload was too slow, and gave way to others.", "Upload it again.")
                    if len(start) < _MARK_END:
                        start += chunk[:_MARK_END]
                        _require_kind(path.name, start, is_whole=False)
                    self._require_room(batch, len(chunk))
                    batch.size += len(chunk)
                    await asyncio.to_thread(stream.write, chunk)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TooLargeError("The disk of the server is full.", "Make room on it.") from error
            raise
        _require_kind(path.name, start, is_whole=True)


def safe_name(name: str) -> str:
    """The last part of a name, without anything that a file system or a reader would take for more than a letter.

    Raises:
        InputError: it is of a kind that cannot be opened when it is uploaded.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    clean = "".join(character for character in last if is_clean(character))
    clean = _UNSAFE.sub("_", clean).strip(" .")
    if not clean or last.startswith("."):
        raise InputError("A file without a name, or a hidden one, cannot be opened.", "Choose another file.")
    if clean.lower().endswith(_DETACHED):
        raise InputError(
            f"{clean} keeps its pixels in another file, which cannot be uploaded with it.",
            "Save it as one .nrrd or .mha file, or open it from the folder of the server.",
        )
    suffix = next(
        (
            known
            for known in (".seq.nrrd", *sorted(_suffixes(), key=len, reverse=True))
            if clean.lower().endswith(known)
        ),
        "",
    )
    stem = clean[: len(clean) - len(suffix)] or "cine"
    return stem[: _LONGEST_NAME - len(suffix)] + clean[len(clean) - len(suffix) :]


def _suffixes() -> tuple[str, ...]:
    """Endings of the files that may be uploaded, besides those of DICOM."""
    known = (*cine_suffixes(), *PICTURE_SUFFIXES, SCENE_SUFFIX, *MARKS_SUFFIXES)
    return tuple(suffix for suffix in known if suffix not in _DETACHED)


def _require_kind(name: str, start: bytes, is_whole: bool) -> None:
    """Refuse what has neither a name that is known nor DICOM's mark; a file of which little has come may have it yet.

    Raises:
        InputError: it is refused.
    """
    if name.lower().endswith(_suffixes()) or (len(start) < _MARK_END and not is_whole):
        return
    if start[_DICOM_MARK_AT:_MARK_END] != _DICOM_MARK:
        raise InputError(
            f"{name} is of a kind that cannot be opened.",
            "Choose DICOM, .mp4, .avi, .mov, .gif, .seq.nrrd, .nrrd, .mha, .nii.gz, .tif, .mrb, or several images; for "
            "marks also .zip, .json or .xml.",
        )
