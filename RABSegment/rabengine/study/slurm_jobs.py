"""Workers of Dask as jobs of Slurm, handed in again whenever one has ended."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError, one_line, reason_of
from rabengine.optional import require

from .slurm_commands import cancel, check_job, jobs_there, no_job, refusal_of
from .slurm_options import JobOptions, job_count, job_options

PURPOSE = "Running a study on Slurm"
LOOK_SECONDS = 15.0  # between two looks whether jobs have ended: squeue asks a computer that many share
REFUSED_SECONDS = 120.0  # until a job is handed in again that was refused while others wait or run
MOST_FAILURES = 8  # jobs ended one after another, and there was no worker
_TLS_FILES = ("tls_ca_file", "tls_worker_cert", "tls_worker_key")
_KEY_FILES = ("_job_ca_file", "_job_cert", "_job_key")
_own: set[str] = set()  # numbers of the jobs of this process


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


def cancel_jobs() -> None:
    """End all jobs of this process, which is about to end: those that wait would else begin, and find nobody."""
    cancel(sorted(_own))


class SlurmJobs:
    """Jobs of Slurm: as many as were asked for, also after their time is over, or a node is gone.

    Args:
        told: `jobs` and what `dask_jobqueue.SLURMCluster` takes. due: cines; there are no more workers than these.
        logs: folder for what jobs write. secrets: folder for the keys with which workers speak to the scheduler; all
            nodes see it, and only this user.

    Attributes:
        cluster: of Dask, whose scheduler runs in this process.

    Raises:
        InputError: Slurm would take no such job, or there is none. PackageMissingError: dask-jobqueue is missing.
    """

    def __init__(self, told: Mapping[str, str], due: int, logs: Path, secrets: Path) -> None:
        count = job_count(told)
        self.cluster, options = _cluster(told, logs, secrets)
        self._count, self._log = min(count, -(-due // options.processes)), options.log
        self._looked = time.monotonic()
        self._failures = 0
        self._reason = ""  # why jobs wait
        self._said = ""  # of the last job that failed
        self._worked: set[str] = set()  # jobs that were workers
        try:
            check_job(self.cluster.job_script())
            self.cluster.scale(jobs=self._count)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End them all."""
        self.cluster.close(timeout=10)
        cancel_jobs()
        for name in _KEY_FILES:  # before their folder goes
            with suppress(AttributeError, OSError):
                getattr(self.cluster, name).close()

    def keep_up(self) -> str:
        """Hand in jobs anew in the place of those that have ended.

        Returns:
            What jobs that are no workers yet wait for, in brackets after a space; empty where that is not known.

        Raises:
            EngineError: again and again they end, and none has become a worker.
        """
        names = {str(worker["name"]) for worker in self.cluster.scheduler_info["workers"].values()}
        self._worked |= names | {name.rpartition("-")[0] for name in names}  # where a job has several
        if names:
            self._failures = 0
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return self._reason
        self._looked = time.monotonic()
        jobs = dict(self.cluster.workers)  # whose handing in is over, one way or the other
        there = jobs_there()
        if there is None:
            self._reason = " (squeue of Slurm gives no answer)"
            return self._reason
        over = [name for name, job in jobs.items() if str(job.job_id) not in there]
        failed = [jobs[name] for name in over if name not in self._worked]
        ours = [there[str(job.job_id)] for job in jobs.values() if str(job.job_id) in there]
        if failed:
            self._failures += len(failed)
            self._said = failed[-1].refusal or self._last_line(failed[-1].job_id)
        if failed and not ours and self._failures >= MOST_FAILURES:
            raise EngineError("The jobs of Slurm end before they are workers.", self._hint())
        if ours and any(job.refusal for job in failed):
            self._looked += REFUSED_SECONDS - LOOK_SECONDS  # such as a limit of jobs at once
        self._reason = _waiting(ours) or (f" ({self._said})" if self._said and not names else "")
        if over or len(jobs) < self._count:
            self._worked.difference_update(over)
            self.cluster.sync(self._hand_in, over)
        return self._reason

    def _hint(self) -> str:
        if self._said:
            return f"The last one said: {self._said}."
        return f"See what the last of them wrote ({self._log or 'see log_directory'})."

    def _last_line(self, number: object) -> str:
        if not self._log or number is None:
            return ""
        with suppress(OSError):
            written = Path(self._log.replace("NUMBER", str(number))).read_text(encoding="utf-8", errors="replace")
            lines = [line for line in map(one_line, written.splitlines()) if line]
            return lines[-1].rstrip(".") if lines else ""
        return ""

    async def _hand_in(self, over: Sequence[str]) -> None:
        for name in over:
            job = self.cluster.workers.pop(name, None)
            if job is not None:
                await job.close()
        self.cluster.scale(jobs=self._count)


def _cluster(told: Mapping[str, str], logs: Path, secrets: Path) -> tuple[Any, JobOptions]:
    """A cluster without jobs, and what its jobs are.

    Whoever may speak to a scheduler may run any program, and others on the cluster can reach its port: it speaks to
    those alone who have the key, unless its user's configuration says how they speak.
    """
    jobqueue, distributed, dask = import_jobqueue(), require("distributed", PURPOSE), require("dask", PURPOSE)
    configured = dask.config.get(f"jobqueue.{told.get('config_name', 'slurm')}", {})
    made = job_options(told, configured, jobqueue.SLURMCluster.job_cls, logs)
    options = dict(made.options)
    scheduler = dict(configured.get("scheduler-options") or {})
    if not {"protocol", "security"} & scheduler.keys():
        options["security"] = distributed.Security.temporary()
        options.setdefault("shared_temp_directory", str(secrets.absolute()))
    try:
        cluster = jobqueue.SLURMCluster(
            **options,
            # Without pages of Dask about itself, whose port another run may have.
            scheduler_options={"dashboard": False, "dashboard_address": ":0", **scheduler},
            job_cls=_owned(jobqueue.SLURMCluster.job_cls, distributed.Status.closed),
            silence_logs="critical",
        )
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        raise no_job(reason_of(error)) from error
    security = options.get("security") and cluster._job_kwargs["security"]
    for name in _TLS_FILES if security else ():
        setattr(security, name, shlex.quote(getattr(security, name)))  # words of a shell script
    return cluster, made


def _owned(job_class: Any, closed: Any) -> Any:
    """The class of jobs, which note their number, and why they were refused.

    They say that they are closed, as a cluster of Dask demands of each when it ends.
    """

    class OwnedJob(job_class):
        refusal = ""

        async def start(self) -> None:
            try:
                await super().start()
            except RuntimeError as error:
                self.refusal = refusal_of(str(error).rpartition("stderr:")[2])
                raise
            _own.add(str(self.job_id))

        async def close(self) -> None:
            await super().close()
            _own.discard(str(self.job_id))
            self.status = closed

    return OwnedJob


def _waiting(jobs: Sequence[tuple[str, str]]) -> str:
    """What is said of jobs where none runs."""
    if not jobs or any(state == "RUNNING" for state, _ in jobs):
        return ""
    reasons = sorted({reason for _, reason in jobs if reason not in ("None", "")})
    return f" ({len(jobs)} jobs of Slurm wait: {', '.join(reasons)})" if reasons else ""
