"""Cases in processes of their own, several at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.errors import one_line

from .cases import Case

POLL_SECONDS = 0.05
# Every library that computes has a variable of its own.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    "VTK_SMP_MAX_THREADS",
)

Answers = list[dict[str, Any]]


def threads_per_job(jobs: int) -> int:
    """The threads of each of `jobs` processes: an equal share of the cores, or fewer where the user says so."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = max(1, cores // jobs)
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(share, int(wanted)) if wanted.isdecimal() and int(wanted) else share


def run_cases(
    cases: Sequence[Case],
    jobs: int,
    on_start: Callable[[int, Case], None],
    on_done: Callable[[Case, Answers], None],
) -> None:
    """Run all cases, at most `jobs` at once; none is left behind when an exception ends this early.

    Args:
        cases: in the order in which they start.
        jobs: processes at once.
        on_start: called with the number of a case, from 0, and the case.
        on_done: called with a case and its answers; a run without an answer got {"error": sentence}.
    """
    waiting = list(enumerate(cases))
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, case = waiting.pop(0)
                on_start(number, case)
                running.append(_start(case, threads_per_job(jobs)))
            for one in [one for one in running if one.process.poll() is not None]:
                running.remove(one)
                on_done(one.case, _answers(one))
            time.sleep(POLL_SECONDS)
    finally:
        for one in running:
            one.process.kill()
            one.process.wait()


@dataclass(frozen=True)
class _Running:
    case: Case
    process: subprocess.Popen[bytes]
    log: Path


def _start(case: Case, threads: int) -> _Running:
    description, log = (case.answers.with_suffix(ending) for ending in (".case.json", ".log"))
    description.write_text(case.to_json(), encoding="utf-8")
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "rabengine.evaluation.measure", str(description)],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    return _Running(case, process, log)


def _answers(one: _Running) -> Answers:
    """What the process answered, and an error for each run that it owes."""
    answers: Answers = []
    if one.case.answers.is_file():
        for line in one.case.answers.read_text(encoding="utf-8").splitlines():
            try:
                answers.append(json.loads(line))
            except ValueError:  # the process ended while it wrote this line
                continue
    answered = {(answer["protocol"], answer["seed"]) for answer in answers}
    for run in one.case.runs:
        if (run.protocol, run.seed) not in answered:
            answers.append({"protocol": run.protocol, "seed": run.seed, "version": "", "error": _reason(one)})
    return answers


def _reason(one: _Running) -> str:
    """Why a process ended early, in one sentence."""
    code = one.process.returncode
    lines = one.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    ending = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return one_line(f"The process {ending}{': ' + lines[-1] if lines else ''}.")
