"""The private folder in which arrays go to the engine process and come back."""

from __future__ import annotations

import contextlib
import tempfile

import numpy as np

from rabengine.errors import EngineError
from rabengine.io.files.owned_folder import OwnedFolder, sweep
from RABSegmentLib.Translation import tr as _

PREFIX = "rabsegment-engine-"


class PrivateFolder:
    """A new folder for temporary files that nobody else can read.

    Before it is made, those that programs left behind are removed: a cine is large.

    Attributes:
        path: of the folder.

    Raises:
        EngineError: it cannot be made.
    """

    def __init__(self) -> None:
        self._files = 0
        sweep(prefix=PREFIX)
        try:
            self._folder = OwnedFolder(PREFIX)
        except OSError as error:
            raise cannotWrite(error) from error
        self.path = self._folder.path.resolve()

    def save(self, kind: str, array: np.ndarray) -> str:
        """Write an array into a new file; returns its name, which begins with `kind`.

        Raises:
            EngineError: it cannot be written.
        """
        self._files += 1
        name = f"{kind}-{self._files:06d}.npy"
        try:
            np.save(self.path / name, np.asarray(array), allow_pickle=False)
        except OSError as error:
            self.discard(name)
            raise cannotWrite(error) from error
        return name

    def take(self, name: str) -> np.ndarray:
        """Read an array and remove its file.

        Raises:
            OSError, ValueError: there is no complete array.
        """
        try:
            return np.load(self.path / name, allow_pickle=False)
        finally:
            self.discard(name)

    def discard(self, name: str) -> None:
        """Remove a file that may be gone."""
        with contextlib.suppress(OSError):
            (self.path / name).unlink()

    def discardAll(self, kind: str) -> None:
        """Remove every file that was saved as `kind`."""
        for path in self.path.glob(f"{kind}-*.npy"):
            self.discard(path.name)

    def remove(self) -> None:
        """Remove the folder with all that is in it. Idempotent."""
        self._folder.remove()


def cannotWrite(error: OSError) -> EngineError:
    """Why there is no private folder, or no file in it."""
    return EngineError(
        _("The folder for temporary files, {folder}, cannot be written ({reason}).").format(
            folder=tempfile.gettempdir(), reason=error.strerror or error
        ),
        _("Make room on that disk, or set TMPDIR (on Windows TEMP) to a folder on another."),
    )
