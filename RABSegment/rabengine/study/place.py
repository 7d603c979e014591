"""Where a cine of a study is to be found, by whoever segments it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rabengine.cine import Cine
from rabengine.io.isolated import read_cine_isolated
from rabengine.io.options import ReadOptions

from .content import Stamp, located


@dataclass(frozen=True)
class CinePlace:
    """A cine and where it was last, see `StudyCine`.

    Attributes:
        study: the folder of the study, whose database knows where to look for a cine that was moved.
    """

    id: int
    path: Path
    content: str
    stamp: str
    options: ReadOptions
    study: Path

    def read(self, cancel: threading.Event | None = None) -> tuple[Cine, Path, Stamp]:
        """Its frames, where they are now, and their stamp.

        Raises:
            InputError: it has vanished, changed or cannot be read.
        """
        path, stamp = self.locate()
        return read_cine_isolated(path, options=self.options, cancel=cancel), path, stamp

    def locate(self) -> tuple[Path, Stamp]:
        """Where it is now, and its stamp.

        Raises:
            InputError: as `read`.
        """
        return located(self.path, self.content, Stamp.read(self.stamp), self._roots())

    def _roots(self) -> Iterator[Path]:
        """Asked for only where the cine is not at its path: there may be as many as there are cines."""
        from .study import Study

        yield from Study(self.study).roots()
