"""Workers of Dask as jobs of Slurm, handed in again whenever one has ended."""

from __future__ import annotations

import getpass
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rabengine.errors import EngineError, InputError, one_line, reason_of
from rabengine.optional import require

PURPOSE = "Running a study on Slurm"
DEFAULTS: Mapping[str, object] = {"cores": 1, "memory": "4GB"}
LOOK_SECONDS = 15.0  # between two looks whether jobs have ended: squeue asks a computer that many share
ANSWER_SECONDS = 20  # that a command of Slurm may take
MOST_FAILURES = 8  # jobs ended one after another, and there was no worker
_ENVIRONMENT = (
    "export DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False",
    "export DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False",
    "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False",
)


def import_jobqueue() -> Any:
    """The package that asks Slurm; imported for the first time it needs the main thread, whose signals it takes.

    Raises:
        PackageMissingError: it is not installed. EngineError: this is another thread.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        return require("dask_jobqueue", PURPOSE)
    except ValueError as error:
        raise EngineError(
            f"dask_jobqueue cannot be imported here ({error}).", "Import it in the main thread."
        ) from error
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, handler)


def job_count(told: Mapping[str, str]) -> int:
    """How many jobs are asked for.

    Raises:
        InputError: that is no number.
    """
    return _whole(told.get("jobs", "1"))


def slurm_cluster(told: Mapping[str, str]) -> Any:
    """A cluster without jobs, of a kind that Slurm takes.

    Args:
        told: `jobs` and what `dask_jobqueue.SLURMCluster` takes.

    Raises:
        InputError: Slurm would take no such job, or there is none. PackageMissingError: dask-jobqueue is missing.
    """
    job_count(told)
    options: dict[str, Any] = {**DEFAULTS, **told}
    options.pop("jobs", None)
    options["cores"] = _whole(options["cores"])
    options["processes"] = _whole(options.get("processes", options["cores"]))
    options.setdefault("job_script_prologue", list(_ENVIRONMENT))
    jobqueue = import_jobqueue()
    try:
        cluster = jobqueue.SLURMCluster(
            **options,
            job_cls=_closing(jobqueue.SLURMCluster.job_cls, require("distributed", PURPOSE).Status.closed),
            silence_logs="critical",
        )
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        raise _no_job(reason_of(error)) from error
    try:
        _check_job(cluster.job_script())
    except BaseException:
        cluster.close(timeout=10)
        raise
    return cluster


def _closing(job_class: Any, closed: Any) -> Any:
    """The class of jobs, which say that they are closed, as a cluster of Dask demands of each when it ends."""

    class ClosingJob(job_class):
        async def close(self) -> None:
            await super().close()
            self.status = closed

    return ClosingJob


class SlurmJobs:
    """Jobs of a cluster: as many as were asked for, also after their time is over, or a node is gone.

    Args:
        cluster: of `slurm_cluster`, without jobs. count: how many there are to be.
    """

    def __init__(self, cluster: Any, count: int) -> None:
        self._cluster, self._count = cluster, count
        self._looked = time.monotonic()
        self._failures = 0
        cluster.scale(jobs=count)

    def keep_up(self) -> None:
        """Hand in jobs anew in the place of those that have ended.

        Raises:
            EngineError: again and again they end, and none has become a worker.
        """
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        jobs = dict(self._cluster.workers)  # whose handing in is over, one way or the other
        there = _jobs_there()
        if there is None:
            return
        over = [name for name, job in jobs.items() if str(job.job_id) not in there]
        if self._cluster.scheduler_info["workers"]:
            self._failures = 0
        elif over:
            self._failures += len(over)
            if self._failures >= MOST_FAILURES:
                raise EngineError(
                    "The jobs of Slurm end before they are workers.",
                    "See what the last of them wrote (slurm-NUMBER.out, where the command runs).",
                )
        if over or len(jobs) < self._count:
            self._cluster.sync(self._hand_in, over)

    async def _hand_in(self, over: Sequence[str]) -> None:
        for name in over:
            job = self._cluster.workers.pop(name, None)
            if job is not None:
                await job.close()
        self._cluster.scale(jobs=self._count)


def _jobs_there() -> set[str] | None:
    """Numbers of this user's jobs that wait or run; None where Slurm does not say."""
    with suppress(OSError, subprocess.SubprocessError):
        return set(
            _asked("squeue", "--noheader", "--format=%A", f"--user={getpass.getuser()}", check=True).stdout.split()
        )
    return None


def _check_job(script: str) -> None:
    """Ask Slurm whether it would take the job: a cluster of Dask waits for ever for one that was refused.

    Raises:
        InputError: it would not, or there is no Slurm.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "job.sh"
        path.write_text(script, encoding="utf-8")
        try:
            asked = _asked("sbatch", "--test-only", str(path))
        except (OSError, subprocess.SubprocessError) as error:
            raise InputError(
                f"The command sbatch of Slurm gives no answer ({reason_of(error)}).",
                "Run this on a computer that hands in jobs.",
            ) from error
    if asked.returncode:
        said = [line.removeprefix("sbatch: error: ") for line in asked.stderr.splitlines() if line.strip()]
        raise _no_job(one_line(said[0] if said else f"sbatch ended with {asked.returncode}"))


def _asked(*command: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=check)


def _no_job(reason: str) -> InputError:
    return InputError(
        f"Slurm takes no job of these options ({reason}).",
        "Give what dask_jobqueue.SLURMCluster takes, such as queue=gpu cores=16 memory=64GB walltime=12:00:00.",
    )


def _whole(told: object) -> int:
    try:
        return int(str(told))
    except ValueError as error:
        raise InputError("jobs, cores and processes of --slurm are whole numbers.", "Give such as jobs=50.") from error
