"""Where predictions lie: in the study's folder, or in an object store that fsspec knows, named by an URL.

A content takes its name whole or not at all. Object stores do so by themselves; elsewhere it is written under another
name and moved.
"""

from __future__ import annotations

import posixpath
import re
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from rabengine.errors import InputError, PackageMissingError, one_line, reason_of
from rabengine.io.files.atomic import as_input_error, atomic_file
from rabengine.io.files.writable import check_writable, make_folder
from rabengine.optional import require

# Stores that show an object only when all of it is there.
WHOLE_BY_THEMSELVES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "oss", "memory"}
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+(::[A-Za-z0-9+.-]+)*://")


class StoreError(InputError):
    """A store cannot be written, whatever the cine."""


class Store(Protocol):
    """Names with contents; a name is a path with slashes below the store."""

    def check(self, name: str) -> None:
        """Make sure, before a long job, that a name can be written; raises InputError where it cannot."""

    def write(self, name: str, content: bytes) -> None:
        """Put a content under a name, in place of what is there; raises InputError where that fails."""

    def read(self, name: str) -> bytes:
        """The content of a name; raises OSError where there is none."""

    def remove(self, name: str) -> None:
        """Remove a name, if it can be."""

    def names(self, beginning: str) -> list[str]:
        """The names that begin so; none where that cannot be told."""


def store_of(study: Path, url: str) -> Store:
    """The store of a study: its folder where the URL is empty.

    Raises:
        InputError: the URL is none, or a package is missing for it.
    """
    return UrlStore(url) if url else FolderStore(study)


def check_url(url: str) -> None:
    """Refuse what is no URL.

    Raises:
        InputError: it is none.
    """
    if url and not _URL.match(url):
        raise InputError(
            f"{url!r} is no URL of a store.",
            "Give one such as s3://bucket/hearts, or none for the study's folder.",
        )


class FolderStore:
    """A folder on a disk or a share.

    Args:
        folder: which is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self, name: str) -> None:
        make_folder((self._folder / name).parent)
        check_writable(self._folder / name)

    def write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        with as_input_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(path) as unfinished:
                unfinished.write_bytes(content)

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def remove(self, name: str) -> None:
        with suppress(OSError):
            (self._folder / name).unlink()

    def names(self, beginning: str) -> list[str]:
        folder, _, start = beginning.rpartition("/")
        with suppress(OSError):
            return [
                f"{folder}/{path.name}" for path in (self._folder / folder).iterdir() if path.name.startswith(start)
            ]
        return []


class UrlStore:
    """What fsspec reaches.

    Args:
        url: such as s3://bucket/hearts; options of a kind of store are given as fsspec takes them from its own
            configuration and the environment.

    Raises:
        InputError: fsspec or the package for this kind of store is missing, or there is no such kind.
    """

    def __init__(self, url: str) -> None:
        check_url(url)
        fsspec = require("fsspec", f"Keeping predictions at {url}")
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            missing = getattr(error, "name", None) or "a package"
            raise PackageMissingError.saying(
                f"Keeping predictions at {url} needs a package that is not installed ({one_line(str(error))}).",
                "Install it in the Python of every worker.",
                (missing,),
            ) from error
        except ValueError as error:
            raise InputError(f"{url} names no store that is known ({one_line(str(error))}).", "See fsspec.") from error
        self._url = url.rstrip("/")
        kinds = self._files.protocol
        self._is_whole = not WHOLE_BY_THEMSELVES.isdisjoint([kinds] if isinstance(kinds, str) else kinds)

    def check(self, name: str) -> None:
        probe = f"{name}.probe-{uuid.uuid4().hex[:8]}"
        self.write(probe, b"probe")
        self.remove(probe)

    def write(self, name: str, content: bytes) -> None:
        place = self._place(name)
        try:
            if self._is_whole:  # has no folders: to make one would make a bucket whose name was mistyped
                self._files.pipe_file(place, content)
                return
            self._files.makedirs(posixpath.dirname(place), exist_ok=True)
            unfinished = f"{posixpath.dirname(place)}/.rabsegment-{uuid.uuid4().hex}"
            try:
                self._files.pipe_file(unfinished, content)
                self._files.mv(unfinished, place)
            except BaseException:
                with suppress(Exception):
                    self._files.rm(unfinished)
                raise
        except Exception as error:  # whatever the library of a store raises
            raise StoreError(
                f"The store {self._url} cannot be written ({reason_of(error)}).",
                "Check that it is there, and your rights on it.",
            ) from error

    def read(self, name: str) -> bytes:
        try:
            content: bytes = self._files.cat_file(self._place(name))
        except OSError:
            raise
        except Exception as error:
            raise OSError(reason_of(error)) from error
        return content

    def remove(self, name: str) -> None:
        with suppress(Exception):
            self._files.rm(self._place(name))

    def names(self, beginning: str) -> list[str]:
        found: list[Any] = []
        with suppress(Exception):
            self._files.invalidate_cache()  # else what other processes wrote since the last look is not there
            found = self._files.glob(f"{self._place(beginning)}*")
        root = self._root.rstrip("/")
        return [str(path)[len(root) + 1 :] for path in found]

    def _place(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"
