"""A cine by its content: a hash that stays when its file is moved or renamed, and the file found again by it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rabengine.errors import InputError

_CHUNK = 1 << 20
_MOST_LOOKED_AT = 200_000  # files: a search must end, also where a cine lay in the folder of all a user has
_HEADERS = (".nhdr", ".mhd")  # whose pixels lie in a file beside them, of the same name


@dataclass(frozen=True)
class Stamp:
    """What tells without reading a cine that it is likely as it was.

    Attributes:
        count: files. size: bytes of all. time: of the last change, in nanoseconds.
    """

    count: int
    size: int
    time: int

    def __str__(self) -> str:
        return f"{self.count}:{self.size}:{self.time}"

    @classmethod
    def read(cls, text: str) -> Stamp:
        """The stamp that was made a text."""
        count, size, time = (int(part) for part in text.split(":"))
        return cls(count, size, time)

    def may_be(self, other: Stamp) -> bool:
        """Whether two cines may have the same content."""
        return (self.count, self.size) == (other.count, other.size)


def stamp_of(path: Path) -> Stamp:
    """Of a file or folder.

    Raises:
        OSError: it cannot be read.
    """
    facts = [file.stat() for _, file in _files(path)]
    return Stamp(len(facts), sum(one.st_size for one in facts), max((one.st_mtime_ns for one in facts), default=0))


def content_of(path: Path) -> str:
    """The hash of a cine, whatever it is called and wherever it lies; in a folder the names of its files count.

    Raises:
        OSError: it cannot be read.
    """
    whole = hashlib.sha256()
    for name, file in _files(path):
        one = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                one.update(chunk)
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + one.digest())
    return whole.hexdigest()


def located(path: Path, content: str, stamp: Stamp, roots: Iterable[Path]) -> tuple[Path, Stamp]:
    """Where a cine is now, and its stamp: at its path, or moved or renamed below one of `roots`.

    Raises:
        InputError: it has vanished, has changed, or cannot be read.
    """
    try:
        there = stamp_of(path) if path.exists() else None
        if there == stamp or (there is not None and there.may_be(stamp) and content_of(path) == content):
            return path, there
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}).", "Check that you may read it."
        ) from error
    for other in _alike(path, stamp, roots):
        try:
            if content_of(other) == content:
                return other, stamp_of(other)
        except OSError:
            continue  # it goes while we look
    if there is None:
        raise InputError(
            f"{path} has vanished.",
            "Bring it back, or add it at its new place; it is known by its content.",
        )
    raise InputError(
        f"{path} has changed since it was added to the study.",
        "Bring the earlier file back, or add the new one under another name.",
    )


def _alike(path: Path, stamp: Stamp, roots: Iterable[Path]) -> Iterator[Path]:
    """Files or folders below the roots that may be a cine which is not at its path.

    A root that is gone may have been renamed itself, so what lies beside it is looked at.
    """
    seen: set[Path] = set()
    looked_at = 0
    for root in (path.parent, *roots):
        for folder, folders, files in os.walk(root if root.is_dir() else root.parent):
            place = Path(folder)
            if place in seen:
                folders.clear()
                continue
            seen.add(place)
            looked_at += len(files)
            if looked_at > _MOST_LOOKED_AT:
                return
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in (*sorted(files), *folders):
                found = place / name
                try:
                    if found != path and stamp_of(found).may_be(stamp):
                        yield found
                except OSError:
                    continue


def _files(path: Path) -> list[tuple[str, Path]]:
    """The files of a cine with the names that count: none of a single file's, those in a folder.

    What begins with a dot is the system's.
    """
    if path.is_dir():
        inside = (file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        return sorted((file.relative_to(path).as_posix(), file) for file in inside)
    if path.suffix.lower() in _HEADERS:
        beside = sorted(file for file in path.parent.glob("*") if file.stem == path.stem and file.is_file())
        return [(file.suffix.lower(), file) for file in beside]
    return [("", path)]
