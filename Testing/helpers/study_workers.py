"""Workers of a run of a study, as processes: which there are, and some that are killed at random."""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path


def worker_pids(command: int) -> list[int]:
    """The workers that a command has on this computer: forked by its fork server, or spawned by itself. Linux only."""
    parents, words = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            stat = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if stat[0] != "Z":
                parents[int(folder.name)] = int(stat[1])
                words[int(folder.name)] = (folder / "cmdline").read_bytes()
    servers = {pid for pid, parent in parents.items() if parent == command and b"forkserver" in words[pid]}
    return sorted(pid for pid, parent in parents.items() if parent in servers)


class RandomKiller:
    """Kills a worker of this process with SIGKILL now and then; a context manager.

    Args:
        times: how many. pause: seconds between two. seed: of the choice.

    Attributes:
        killed: how many it has killed.
    """

    def __init__(self, times: int, pause: float, seed: int = 0) -> None:
        self._times, self._pause, self._random = times, pause, random.Random(seed)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self.killed = 0

    def __enter__(self) -> RandomKiller:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _kill(self) -> None:
        while self.killed < self._times and not self._is_over.wait(self._random.uniform(0.5, 1.5) * self._pause):
            pids = worker_pids(os.getpid())
            if pids:
                with suppress(ProcessLookupError):
                    os.kill(self._random.choice(pids), signal.SIGKILL)
                    self.killed += 1
