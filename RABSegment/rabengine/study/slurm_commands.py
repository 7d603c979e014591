"""What Slurm's own commands are asked: sbatch, squeue and scancel."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rabengine.errors import InputError, one_line, reason_of

ANSWER_SECONDS = 20  # that a command may take
END_SECONDS = 3  # that it may take while this process is being ended


def cancel(numbers: Sequence[str]) -> None:
    """End jobs, as far as Slurm answers."""
    if numbers:
        with suppress(OSError, subprocess.SubprocessError):
            _asked("scancel", *numbers, seconds=END_SECONDS)


def jobs_there() -> dict[str, tuple[str, str]] | None:
    """This user's jobs that wait or run, by number: state and reason; None where Slurm does not say."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = _asked("squeue", "--noheader", "--format=%A|%T|%r", f"--user={getpass.getuser()}")
        if asked.returncode == 0:
            rows = [line.strip().split("|", 2) for line in asked.stdout.splitlines() if line.count("|") >= 2]
            return {number: (state, reason) for number, state, reason in rows}
    return None


def check_job(script: str) -> None:
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
    if "Unable to contact" in asked.stderr:
        raise InputError(f"Slurm gives no answer ({refusal_of(asked.stderr)}).", "Run this again when it does.")
    if asked.returncode:
        raise no_job(refusal_of(asked.stderr) or f"sbatch ended with {asked.returncode}")


def refusal_of(said: str) -> str:
    """Why sbatch took no job, by what it wrote."""
    lines = [line.removeprefix("sbatch: error: ") for line in map(str.strip, said.splitlines()) if line]
    return one_line(lines[0]) if lines else ""


def _asked(*command: str, seconds: float = ANSWER_SECONDS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)


def no_job(reason: str) -> InputError:
    """The error that Slurm takes no job, with the reason."""
    return InputError(
        f"Slurm takes no job of these options ({reason}).",
        "Give what dask_jobqueue.SLURMCluster takes, such as queue=gpu cores=16 memory=64GB walltime=12:00:00.",
    )
