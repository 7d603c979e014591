"""Sets and label files that come packed as ZIP, as programs on the web hand them out."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from rabengine.errors import InputError, RABSegmentError, lacks_room, room_error
from rabengine.io.files.owned_folder import OwnedFolder

from .formats import format_of

ARCHIVE_SUFFIX = ".zip"
LARGEST_BYTES = 4 * 2**30  # of all that is unpacked
_MOST_ENTRIES = 500_000
_CHUNK = 2**20
_DAMAGED = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)
_OF_SYSTEMS = ("__MACOSX", "Thumbs.db", "desktop.ini")  # what computers put beside what they pack


def is_archive(path: Path) -> bool:
    """Whether a file is called as a packed one."""
    return path.name.lower().endswith(ARCHIVE_SUFFIX) and path.is_file()


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """What a packed file holds: a folder, or the only file in it; it goes with the block.

    Errors inside the block speak of the packed file, not of where it was unpacked.

    Raises:
        InputError: it is damaged, locked, too large, or empty, or the disk is full.
    """
    with OwnedFolder() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, path, folder / "set")
        except _DAMAGED as bad:
            if lacks_room(bad):
                raise room_error(f"the temporary folder {tempfile.gettempdir()}") from bad
            raise InputError(f"{path} is damaged, locked, or no ZIP file.", "Pack it again.") from bad
        place = _inner(folder / "set")
        try:
            yield place
        except RABSegmentError as error:
            for own in (str(place), str(folder / "set")):
                error.message, error.hint = error.message.replace(own, str(path)), error.hint.replace(own, str(path))
            raise


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path) -> None:
    """All files that are visible; none ever lies outside of the folder."""
    folder.mkdir()
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > _MOST_ENTRIES:
        raise InputError(f"{path} holds more than {_MOST_ENTRIES} files.", "Pack the set of this cine alone.")
    left = LARGEST_BYTES
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if any(part in (*_OF_SYSTEMS, "..", "/") or part.startswith(".") or ":" in part for part in parts):
            continue
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as stream:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise InputError(
                        f"{path} unpacks to more than {LARGEST_BYTES // 2**30} GB.", "Pack the set of this cine alone."
                    )
                stream.write(chunk)
    if not any(folder.iterdir()):
        raise InputError(f"{path} holds no files.", "Pack the folder of the set.")


def _inner(folder: Path) -> Path:
    """Where a set begins: below a folder that was packed whole."""
    while format_of(folder) is None:
        entries = list(folder.iterdir())
        if len(entries) != 1:
            break
        folder = entries[0]
        if not folder.is_dir():
            break
    return folder
