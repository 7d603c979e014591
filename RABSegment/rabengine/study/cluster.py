"""Clusters of Dask: workers on this computer, a scheduler that runs somewhere, or jobs of Slurm."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rabengine.errors import InputError, PackageMissingError, reason_of
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.optional import require

from .computer import check_workers, this_computer
from .layout import LOGS
from .local_workers import HOST, PAGES, START, LocalWorkers
from .slurm_jobs import SlurmJobs

PURPOSE = "Segmenting a study with several workers"
CONNECT_SECONDS = 30
_LOGGERS = ("distributed", "dask_jobqueue", "tornado")
# A worker is one cine's; it is not paused or emptied where memory is short, but ended, which costs that cine alone.
_SETTINGS: Mapping[str, object] = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.admin.tick.limit": "1h",
    "distributed.worker.profile.enabled": False,
    "logging.distributed": "critical",
}


@dataclass(frozen=True)
class Workers:
    """Who segments a study.

    Attributes:
        count: workers on this computer; None for as many as it bears and as there are cines. 1 is this process itself.
        scheduler: address of a scheduler of Dask, "" for none.
        slurm: what `dask_jobqueue.SLURMCluster` takes, and `jobs`, how many jobs; None for no Slurm.

    Raises:
        InputError: they contradict each other.
    """

    count: int | None = 1
    scheduler: str = ""
    slurm: Mapping[str, str] | None = field(default=None)

    def __post_init__(self) -> None:
        check_workers(self.count)
        if self.scheduler and self.slurm is not None:
            raise InputError("There are a scheduler and Slurm.", "Give one of the two.")

    @property
    def are_elsewhere(self) -> bool:
        """Whether they may be on other computers."""
        return bool(self.scheduler) or self.slurm is not None

    def local_count(self, device: str, due: int) -> int:
        """How many workers on this computer, where that many cines are due; 1 where Dask is missing.

        Raises:
            PackageMissingError: several are asked for, and Dask is missing.
        """
        if self.count is None:
            try:
                _require_all()
                return max(1, min(this_computer().workers(device), due))
            except PackageMissingError:
                return 1
        if self.count > 1:
            _require_all()
        return self.count


def _require_all() -> None:
    """What workers on this computer need."""
    for module in ("dask", "distributed", "cryptography"):
        require(module, PURPOSE)


@contextmanager
def cluster_of(
    workers: Workers, count: int, device: str, due: int, study: Path, own: Path
) -> Iterator[tuple[Any, Callable[[], str]]]:
    """A client of Dask, and what is to be called now and then so that workers which ended are begun again.

    The cluster ends with the block unless it was there before. What is to be called returns what workers that are
    not there yet wait for, as `SlurmJobs.keep_up` does.

    Args:
        count: workers on this computer. due: cines. study: its folder. own: of this run in it.

    Raises:
        InputError: the scheduler is out of reach, or Slurm takes no job. PackageMissingError: Dask is missing.
        EngineError: by what is to be called, where no worker can be begun.
    """
    dask, distributed = require("dask", PURPOSE), require("distributed", PURPOSE)
    with ExitStack() as stack:
        stack.enter_context(_silence())
        stack.enter_context(dask.config.set({**_SETTINGS, **START}))
        if workers.scheduler:
            keep_up: Callable[[], str] = _left_to_others
            client = _connected(distributed, workers.scheduler)
        elif workers.slurm is not None:
            jobs = SlurmJobs(workers.slurm, due, study / LOGS, own)
            stack.callback(jobs.close)
            keep_up = jobs.keep_up
            client = distributed.Client(jobs.cluster, set_as_default=False)
        else:
            folder = stack.enter_context(OwnedFolder())
            cluster = _scheduler(distributed)
            stack.callback(cluster.close, timeout=10)
            local = LocalWorkers(distributed, cluster, count, device, folder)
            stack.callback(local.close)
            keep_up = local.keep_up
            client = distributed.Client(cluster, set_as_default=False)
        stack.callback(client.close, timeout=10)
        yield client, keep_up


def _left_to_others() -> str:
    """Whose scheduler it is, he begins its workers, and knows what they wait for."""
    return ""


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"The scheduler {address} cannot be reached ({reason_of(error)}).", "Start it with: dask scheduler"
        ) from error


def _scheduler(distributed: Any) -> Any:
    """A cluster without workers, whose scheduler runs in this process.

    Whoever may speak to a scheduler may run any program, and others on this computer can reach its port: it speaks to
    those alone who have the key, which this process makes and gives its workers.
    """
    security = distributed.Security.temporary()
    options = {"host": HOST, "protocol": "tls", "security": security, "dashboard": False, "dashboard_address": PAGES}
    scheduler = {"cls": distributed.Scheduler, "options": options}
    return distributed.SpecCluster(workers={}, scheduler=scheduler, security=security, silence_logs=logging.CRITICAL)


@contextmanager
def _silence() -> Iterator[None]:
    """What Dask and Python say of processes that end is said in sentences of our own."""
    warnings = os.environ.get("PYTHONWARNINGS")
    # Of the process that looks after what others leave, where this one ends at once.
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [warnings, "ignore:resource_tracker"]))
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _LOGGERS]
    levels = {name: logging.getLogger(name).level for name in (*_LOGGERS, *names)}
    for name in levels:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if warnings is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = warnings
