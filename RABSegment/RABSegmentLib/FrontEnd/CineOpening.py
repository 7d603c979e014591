"""Opening a cine: a process of its own reads it, then it comes into the scene."""

from __future__ import annotations

from pathlib import Path

from RABSegmentLib.Engine.CineReader import CineReader
from RABSegmentLib.Scene.CineLoading import LoadedCine, addCine, nameOfFile, nameOfPart
from RABSegmentLib.Translation import tr as _


class CineOpening:
    """Reads one cine after the other, where a broken file harms nothing.

    Attributes:
        lastPath: of the cine that was read last.
    """

    def __init__(self) -> None:
        self.lastPath = Path()
        self._part = ""
        self._reader: CineReader | None = None

    @property
    def isBusy(self) -> bool:
        """Whether a cine is being read."""
        return self._reader is not None

    @property
    def text(self) -> str:
        """What is being read, for people; empty when nothing is."""
        return _("Reading {name} ...").format(name=self.lastPath.name) if self.isBusy else ""

    def begin(self, path: str | Path, part: str = "") -> None:
        """Begin to read a cine; `take` has it later. One that is still being read is given up.

        Args:
            path: of the file or folder.
            part: one of the choices of the ChoiceError of `take`; empty where there is one cine.

        Raises:
            EngineError: the process cannot be started.
        """
        self.close()
        self.lastPath, self._part = Path(path), part
        self._reader = CineReader(path, series=part or None)

    def take(self) -> LoadedCine | None:
        """The cine, once, as soon as it is there.

        Raises:
            ChoiceError: there are several in the file, and none was chosen.
            RABSegmentError: one sentence that says why it cannot be opened.
        """
        import slicer

        if self._reader is None:
            return None
        try:
            cine = self._reader.cine()
        except BaseException:
            self.close()
            raise
        if cine is None:
            return None
        self.close()
        return addCine(slicer.mrmlScene, cine, nameOfPart(nameOfFile(self.lastPath), self._part))

    def close(self) -> None:
        """Read no longer."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
