"""The frames of a cine into a file, beside whatever else the program does: large ones take seconds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RABSegmentLib import Threads

from .PrivateFolder import cannotWrite


class CineFrames:
    """The frames of a cine where they lie, so that nobody needs to hold a copy of all of them.

    Args:
        frames: alike, one (H, W) or (H, W, 3) each.
    """

    def __init__(self, frames: Sequence[np.ndarray]) -> None:
        self._frames = list(frames)

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, H, W) or (T, H, W, 3)."""
        return (len(self._frames), *self._frames[0].shape)

    @property
    def dtype(self) -> np.dtype:
        return self._frames[0].dtype

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, frame: int) -> np.ndarray:
        return self._frames[frame]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """A copy of all of them."""
        return np.stack(self._frames).astype(dtype or self.dtype, copy=False)


class FrameSaving:
    """Writes frames into an .npy file in a thread of its own.

    Args:
        frames: (T, H, W) or (T, H, W, 3); nobody may change them meanwhile.
        path: that does not exist.

    Attributes:
        path: of the file; it is there, whole, once `isDone`.
    """

    def __init__(self, frames: np.ndarray | CineFrames, path: Path) -> None:
        self.path = path
        self._frames = frames
        self._isWanted = True
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="rabsegment-frames", daemon=True)
        Threads.begins(self)
        self._thread.start()

    @property
    def isDone(self) -> bool:
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Until it is done, so long at most."""
        self._thread.join(seconds)

    def stop(self) -> None:
        """Write no further, and leave no file. Idempotent."""
        self._isWanted = False
        self._thread.join()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def requireFile(self) -> None:
        """Once it is done.

        Raises:
            EngineError: it could not be written; there is no file then.
        """
        if self._error is not None:
            self.stop()
            raise cannotWrite(self._error) from self._error

    def _run(self) -> None:
        try:
            with self.path.open("xb") as stream:
                header = {
                    "descr": np.lib.format.dtype_to_descr(self._frames.dtype),
                    "fortran_order": False,
                    "shape": self._frames.shape,
                }
                np.lib.format.write_array_header_1_0(stream, header)
                for number in range(len(self._frames)):
                    if not self._isWanted:
                        return
                    stream.write(np.ascontiguousarray(self._frames[number]).data)
        except OSError as error:
            self._error = error
        finally:
            Threads.ends(self)
