"""Worker processes on this computer, each watched by a nanny of Dask, and begun again whenever one is gone."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError, one_line, shortened

from .computer import Computer, this_computer, uses_gpus
from .worker import THREADS

HOST = "127.0.0.1"  # nobody on another computer speaks to them
PAGES = f"{HOST}:0"  # of Dask about itself, without its dashboard
MOST_FAILURES = 8  # of beginnings one after another, with no worker that could be begun
CLOSE_SECONDS = 10
# Forked by a process that has imported PyTorch, a worker begins, and begins again, in no time.
START: Mapping[str, object] = (
    {"distributed.worker.multiprocessing-method": "forkserver"} if sys.platform.startswith("linux") else {}
)
_PRELOADED = ["distributed", "rabengine.study.task"]


class LocalWorkers:
    """Workers for a cluster whose scheduler runs in this process.

    Args:
        distributed: the package. cluster: without workers of its own.
        count: how many. device: as of `Session`, see `computer.uses_gpus`. folder: for what Dask writes.
    """

    def __init__(self, distributed: Any, cluster: Any, count: int, device: str, folder: Path) -> None:
        self._distributed, self._cluster, self._device, self._folder = distributed, cluster, device, folder
        self._count = count
        self._computer = this_computer()
        self._nannies: dict[int, Any] = {}
        self._beginning: dict[int, Future[Any]] = {}
        self._failures = 0
        # A nanny is begun in the loop of the cluster, and waited for in a thread of its own.
        self._threads = ThreadPoolExecutor(count, "rabsegment-nanny")
        if START:
            distributed.utils.get_mp_context().set_forkserver_preload(_PRELOADED)
        self.keep_up()

    def keep_up(self) -> str:
        """Begin workers that are not there; returns at once, with nothing to say of them.

        Raises:
            EngineError: again and again none could be begun.
        """
        status = self._distributed.Status
        for number in range(self._count):
            begun = self._beginning.get(number)
            if begun is not None and begun.done():
                del self._beginning[number]
                self._take(number, begun)
            nanny = self._nannies.get(number)
            if nanny is not None and nanny.status in (status.closing, status.closed, status.failed):
                nanny = None
            if nanny is None and number not in self._beginning:
                self._nannies.pop(number, None)
                self._beginning[number] = self._threads.submit(self._cluster.sync, self._begin, number)
        return ""

    def close(self) -> None:
        """End them all."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for number, begun in self._beginning.items():
            with suppress(Exception, CancelledError):
                self._nannies[number] = begun.result(timeout=CLOSE_SECONDS)
        with suppress(Exception):
            self._cluster.sync(self._close, callback_timeout=CLOSE_SECONDS)

    def _take(self, number: int, begun: Future[Any]) -> None:
        error = begun.exception()
        if error is None:
            self._nannies[number] = begun.result()
            self._failures = 0
            return
        self._failures += 1
        if self._failures >= MOST_FAILURES and not self._nannies:
            said = shortened(one_line(str(error.__cause__ or error))) or type(error).__name__
            raise EngineError(f"Workers do not start on this computer ({said}).", "Take --workers 1.")

    async def _begin(self, number: int) -> Any:
        return await self._distributed.Nanny(
            self._cluster.scheduler_address,
            name=number,
            nthreads=1,
            memory_limit=max(2**30, self._computer.memory // self._count),
            env=_environment(self._computer, number, self._count, self._device),
            local_directory=str(self._folder),
            dashboard=False,
            dashboard_address=PAGES,
            host=HOST,
            protocol="tls",
            security=self._cluster.security,
            silence_logs=logging.CRITICAL,
        )

    async def _close(self) -> None:
        for nanny in self._nannies.values():
            with suppress(Exception):
                await nanny.close()


def _environment(computer: Computer, number: int, count: int, device: str) -> dict[str, str]:
    chosen = {THREADS: str(max(1, computer.cores // count))}
    if uses_gpus(device) and computer.gpus:
        chosen["CUDA_VISIBLE_DEVICES"] = computer.gpus[number % len(computer.gpus)]
    return chosen
