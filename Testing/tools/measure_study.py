"""What a study costs as it grows, and what a second worker gains, on tiny synthetic cines and a cheap preset.

    PYTHONPATH=Testing:RABSegment python -m tools.measure_study [--sizes 10 100 1000] [--speed-up 40] [--rows 1000]

First the queue alone, on the rows of studies that are large. Then a line for each size: seconds of a core for each
cine, to add it and to segment it; of those, what the study itself takes (queue, database, files); the memory of the
process afterwards; and the time to list all cines and to name the next one. One cine in twenty is marked. Last a
run in this process and one with two workers, by the clock and by what each process takes of a core: on a machine that
others use, the second tells. The cines are so small that the way round a cine shows, not the
network: real cines take seconds each, which adds to every figure.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from helpers.own_presets import SMALL, own_presets_in
from helpers.study_files import write_cine
from helpers.study_workers import worker_pids
from rabengine.io.options import DEFAULT_OPTIONS
from rabengine.study import Study, StudySettings, next_cine, run_study, task
from rabengine.study.claims import OwnPresence
from rabengine.study.descriptors import describer_name
from rabengine.study.jobs import CineOutcome
from rabengine.study.queue import Queue, QueueOptions
from rabengine.study.records import StudyPrediction, options_text

SIDE = 16
DESCRIBED = 1920  # figures of a description
MARKED_SHARE = 20  # one in so many


class Clock:
    """Seconds of a core that this process spends on cines themselves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._perform = task.perform

    def perform(self, *arguments: Any) -> Any:
        start = time.process_time()
        try:
            return self._perform(*arguments)
        finally:
            self.seconds += time.process_time() - start


def memory_mib() -> float:
    """Of this process now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def made(folder: Path, count: int, preset: str, side: int) -> Study:
    """A study of synthetic cines."""
    study = Study.create(folder / "study", StudySettings(preset=preset))
    truths = [write_cine(folder / "cines", f"cine{number:05d}", number, side) for number in range(count)]
    for number, truth in enumerate(truths):
        cine = study.add(folder / "cines" / f"cine{number:05d}.nrrd").cine
        if number % MARKED_SHARE == 0:
            study.mark(cine, {0: truth[0]})
    return study


def measure_size(count: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        start = time.process_time()
        study = made(Path(place), count, SMALL, SIDE)
        added = time.process_time() - start
        clock = Clock()
        task.perform = clock.perform
        try:
            start = time.process_time()
            summary = run_study(study, device="cpu")
            spent = time.process_time() - start
        finally:
            task.perform = clock._perform
        assert len(summary.done) == count
        start = time.process_time()
        study.cines()
        listed = time.process_time() - start
        start = time.process_time()
        next_cine(study)
        named = time.process_time() - start
    print(
        f"{count:6} cines: add {1000 * added / count:6.1f} ms, segment {1000 * spent / count:6.1f} ms each, of which "
        f"the study {1000 * (spent - clock.seconds) / count:6.2f} ms; memory {memory_mib():6.0f} MiB; "
        f"list {1000 * listed:7.1f} ms, next {1000 * named:7.1f} ms",
        flush=True,
    )


def core_seconds(pids: list[int]) -> list[float]:
    """Seconds of a core that processes have taken."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for pid in pids]
    return [(int(one[11]) + int(one[12])) / ticks for one in fields]


def measure_speed_up(count: int) -> None:
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as place:
            study = made(Path(place), count, "image", 64)
            times: list[float] = []
            cores: list[list[float]] = []

            def hear(_event: object, times: list[float] = times, cores: list[list[float]] = cores) -> None:
                times.append(time.monotonic())
                cores.append(core_seconds([os.getpid(), *worker_pids(os.getpid())]))

            run_study(study, device="cpu", workers=workers, heard=hear)
        spent = [last - first for first, last in zip(cores[0], cores[-1], strict=False)]
        print(
            f"{count} cines, {workers} at a time: {times[-1] - times[0]:.1f} s from the first on; seconds of a core: "
            f"{spent[0]:.1f} of the command, {', '.join(f'{one:.1f}' for one in spent[1:]) or 'none'} of workers",
            flush=True,
        )


def measure_queue(count: int, marks: int = 2000, taken: int = 400, together: int = 8) -> None:
    """What the database takes for a cine in a study of `count`: rows alone, of which some are taken and settled."""
    with tempfile.TemporaryDirectory() as place:
        study = Study.create(Path(place) / "study", StudySettings(preset="fast"))
        text, described = options_text(DEFAULT_OPTIONS), np.zeros(DESCRIBED, "<f2").tobytes()
        marks = min(marks, count // 2)
        with study.database.writing() as connection:
            connection.executemany(
                "INSERT INTO cines (content, path, stamp, options) VALUES (?, ?, '1:1:1', ?)",
                ((f"{number:064x}", f"/cines/{number}.nrrd", text) for number in range(count)),
            )
            connection.executemany(
                "INSERT INTO marks (cine, frame, file, segments, by, at, description, described_by) "
                "VALUES (?, 0, 'marks/0.png', '[1]', 'a', '', ?, ?)",
                ((number + 1, described, describer_name()) for number in range(marks)),
            )
            # Those that are marked are out of the way.
            connection.execute("UPDATE cines SET problem = 'done' WHERE id <= ?", (marks,))
        with OwnPresence(study.folder) as presence:
            queue = Queue(study, presence.name, presence.folder, QueueOptions("a"))
            start = time.monotonic()
            queue.look()
            looked = time.monotonic() - start
            queue.take(1)  # writes the file of candidates
            written = time.monotonic() - start - looked
            start = time.monotonic()
            for _ in range(0, taken, together):
                tasks = queue.take(together)
                found = [StudyPrediction(t.file, "fast", 3, 0.9, 0.9, 0, (1,), False, "", t.known, 1.0) for t in tasks]
                ends = [CineOutcome("", "1:1:1", one) for one in found]
                queue.settle(list(zip(tasks, ends, strict=True)))
            spent = time.monotonic() - start
    print(
        f"{count:6} rows: look {1000 * looked:6.1f} ms, candidates {1000 * written:6.1f} ms, then for each cine "
        f"{1000 * spent / taken:5.2f} ms, {together} at a time",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--speed-up", type=int, default=40, metavar="CINES", help="0 for none")
    parser.add_argument("--rows", type=int, nargs="*", default=[1000, 10_000, 100_000], help="for the queue alone")
    options = parser.parse_args()
    for count in options.rows:
        measure_queue(count)
    with tempfile.TemporaryDirectory() as place, own_presets_in(Path(place)):
        if options.sizes:
            measure_size(options.sizes[0])  # PyTorch is loaded; the next figures are of a warm process
        for count in options.sizes:
            measure_size(count)
        if options.speed_up:
            measure_speed_up(options.speed_up)


if __name__ == "__main__":
    main()
