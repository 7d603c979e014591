"""Reads a cine in a process of its own: a file that makes its reader fail costs that process, never the scene."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import EngineError, InputError, PackageMissingError, RABSegmentError
from rabengine.events import CineRead, Failed, WorkerEvent
from RABSegmentLib.Translation import tr as _

from .Failures import KILL_SIGNAL
from .Patience import Patience
from .Start import createTransport, defaultPythonCommand
from .Transport import Transport
from .Worker import Worker

READ_SECONDS = 300.0
# The frames come into this process as a whole, and into the scene: a small file can hold more than memory does.
LARGEST_BYTES = 4 * 2**30


class CineReader:
    """Begins to read at once; ask `cine` until there is one.

    Errors name the file without the folders around it, for they may be shown on another computer.

    Args:
        path: of the file or folder.
        within: a folder outside of which no file is read, whatever the cine refers to.
        series: which one to take where the file holds several.
        transportFactory: makes what starts a process.
        seconds: the process is ended when it takes longer.
        largestBytes: frames that take more memory are refused.

    Raises:
        EngineError: the process cannot be started.
    """

    def __init__(
        self,
        path: str | Path,
        within: str | Path | None = None,
        series: str | None = None,
        transportFactory: Callable[[], Transport] = createTransport,
        seconds: float = READ_SECONDS,
        largestBytes: int = LARGEST_BYTES,
    ) -> None:
        self._path = Path(path).absolute()
        self._patience = Patience(seconds)
        self._answer: CineRead | Failed | None = None
        checkFile = partial(_requireRoom, self._path, largestBytes)
        self._worker = Worker(transportFactory(), defaultPythonCommand(), self._onEvent, checkFile)
        told = {} if within is None else {"within": str(Path(within).absolute())}
        if series is not None:
            told["series"] = series
        self._worker.request("read", cine=str(self._path), folder=str(self._worker.folder.path), **told)

    def cine(self, seconds: float = 0.0) -> Cine | None:
        """What was read; None while it is still being read.

        Args:
            seconds: how long to wait for it, at most.

        Raises:
            ChoiceError: the file holds several cines, and none was chosen.
            InputError: one sentence that says what is wrong with the file.
            EngineError: the process failed.
        """
        self._worker.poll(seconds)
        if self._answer is not None:
            return self._finished(self._answer)
        if not self._worker.isRunning:
            raise self._failed(self._reason())
        if self._patience.isExhausted():
            message = _("{path} was not read within {seconds:g} seconds.").format(
                path=self._path, seconds=self._patience.seconds
            )
            raise self._failed(EngineError(message, _("Open a shorter part of it.")))
        return None

    def close(self) -> None:
        """End the process. Idempotent."""
        self._worker.stop(0.0)

    def _finished(self, answer: CineRead | Failed) -> Cine:
        if isinstance(answer, CineRead):
            self.close()
            return answer.cine
        if answer.packages:
            raise self._failed(PackageMissingError(self._path.name, answer.packages))
        raise self._failed(answer.error)

    def _reason(self) -> RABSegmentError:
        """Why there is no answer."""
        problem = self._worker.problem
        if isinstance(problem, InputError):
            return problem
        if problem is not None:
            return EngineError(_("{path} was read, but did not arrive.").format(path=self._path), _("Open it again."))
        if self._worker.exitCode == -KILL_SIGNAL:
            return EngineError(
                _("{path} was not read: the system ended its reader, probably because memory ran out.").format(
                    path=self._path
                ),
                _("Close other programs, or open a shorter part of it."),
            )
        return EngineError(
            _("{path} cannot be read: its reader ended unexpectedly.").format(path=self._path),
            _("Convert it to .nrrd or .mp4, or open another cine."),
        )

    def _failed(self, error: RABSegmentError) -> RABSegmentError:
        """End the process; returns the error with names in place of paths."""
        folders = (str(self._worker.folder.path), str(self._path.parent), str(self._path.resolve().parent))
        message, hint = error.message, error.hint
        for folder in sorted(folders, key=len, reverse=True):
            if folder != os.sep:
                message, hint = message.replace(folder + os.sep, ""), hint.replace(folder + os.sep, "")
                message, hint = message.replace(folder, _("the folder")), hint.replace(folder, _("the folder"))
        self.close()
        error.message, error.hint = message, hint
        return error

    def _onEvent(self, requestId: Any, event: WorkerEvent) -> None:
        if requestId is not None and isinstance(event, CineRead | Failed):
            self._answer = event


def _requireRoom(path: Path, largestBytes: int, file: Path) -> None:
    """InputError where a file with the frames of a cine is larger than what can be shown."""
    size = file.stat().st_size
    if size > largestBytes:
        raise InputError(
            _("The frames of {path} take {size:.1f} GB, and {most:g} GB is the most that can be shown.").format(
                path=path, size=size / 2**30, most=largestBytes / 2**30
            ),
            _("Open a shorter part of it, or one with smaller frames."),
        )
