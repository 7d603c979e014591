"""What a file format is to the reading of cines: one small object with the protocol `Reader`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from rabengine.cine import Cine

from .options import ReadOptions


@runtime_checkable
class Reader(Protocol):
    """Reads cines of one format.

    Attributes:
        name: of the format, for people.
        suffixes: of its files, in lower case, each with its dot.
        needs: modules, such as "nibabel", without which no file of it can be read; asked for before `read`.
    """

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    def recognizes(self, path: Path) -> bool:
        """Whether this reader is the one for a file or folder that exists, by its name or its content.

        Readers are asked in the order of the registry, and the first one takes it.
        """
        ...

    def read(self, path: Path, options: ReadOptions) -> Cine:
        """Frames, geometry and index.

        `ReadOptions.spacing` and `frame_time` are applied by the caller; only `series` is for the reader.

        Raises:
            InputError: one sentence that names the file and what is wrong with it.
        """
        ...

    def files_behind(self, path: Path) -> list[Path]:
        """The other files that reading this one would open.

        Raises:
            InputError: it cannot be told.
        """
        ...


class SuffixReader:
    """Base of readers that know their files by the ending of the name, and open no other file."""

    name = ""
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_plain_python = False  # True spares the process of its own in which what may crash is read

    def recognizes(self, path: Path) -> bool:
        return path.name.lower().endswith(self.suffixes)

    def files_behind(self, path: Path) -> list[Path]:
        return []
