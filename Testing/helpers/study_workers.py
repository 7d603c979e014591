"""Workers of a run of a study, as processes: which there are, and some that are killed at random."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from helpers.processes import PATIENCE_SECONDS, start_python


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


class DaskScheduler:
    """A scheduler of Dask and a worker of it, each a process of its own.

    Attributes:
        address: of the scheduler. scheduler, worker: the processes.
    """

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        file = folder / "scheduler.json"
        file.unlink(missing_ok=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "env": dict(env)}
        told = ("--scheduler-file", file, "--host", "127.0.0.1", "--no-dashboard")
        self.scheduler = start_python("-m", "distributed.cli.dask_scheduler", "--port", "0", *told, **quiet)
        more = ("--nthreads", "1", "--local-directory", folder)
        self.worker = start_python("-m", "distributed.cli.dask_worker", *told, *more, **quiet)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.address = str(json.loads(file.read_text(encoding="utf-8"))["address"])

    def end(self) -> None:
        """Make sure that nothing stays behind."""
        for process in (self.worker, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait(timeout=PATIENCE_SECONDS)


@contextmanager
def dask_scheduler(folder: Path, env: Mapping[str, str]) -> Iterator[DaskScheduler]:
    """It runs until the block ends."""
    found = DaskScheduler(folder, env)
    try:
        yield found
    finally:
        found.end()


# Stands in for the commands of Slurm on a computer that has none: a job is a process that runs at once, except in the
# partition "full", where it waits. No partition is called none.
_SLURM = {
    "sbatch": """
if [ "$1" = --test-only ]; then
  grep -q "^#SBATCH -p none" "$2" || exit 0
  echo "sbatch: error: invalid partition specified: none" >&2; exit 1
fi
script="$(dirname "$0")/job-$$.sh"
cp "$1" "$script"
grep -q "^#SBATCH -p full" "$1" && echo "exec sleep 600" > "$script"
out="$(grep "^#SBATCH --output=" "$1" | cut -d'"' -f2)"
setsid bash -c 'exec bash "$0" > "${1//%j/$$}" 2>&1' "$script" "$out" &
echo $! >> "$(dirname "$0")/jobs"
echo "Submitted batch job $!"
""",
    "scancel": 'for job in "$@"; do kill -TERM "-$job"; done 2>/dev/null; exit 0\n',
    "squeue": """
for job in $(cat "$(dirname "$0")/jobs"); do
  grep -qs "^State:.[^Z]" "/proc/$job/status" || continue
  grep -qsz sleep "/proc/$job/cmdline" && echo "$job|PENDING|Resources" || echo "$job|RUNNING|None"
done
exit 0
""",
}


def write_slurm(folder: Path) -> Path:
    """The commands in a folder, for PATH."""
    folder.mkdir()
    for name, script in _SLURM.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}", encoding="utf-8")
        (folder / name).chmod(0o755)
    (folder / "jobs").touch()
    return folder


def slurm_jobs(folder: Path) -> list[int]:
    """Numbers of the jobs that were handed in to the commands of `write_slurm`, each that of its group of processes."""
    return [int(line) for line in (folder / "jobs").read_text(encoding="utf-8").split()]


def is_there(jobs: list[int]) -> bool:
    """Whether one of those runs, and is not only to be waited for."""
    for job in jobs:
        with suppress(OSError):
            if "\nState:\tZ" not in Path(f"/proc/{job}/status").read_text(encoding="utf-8"):
                return True
    return False
