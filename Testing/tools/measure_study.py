"""What a study costs as it grows, and what a second worker gains, on tiny synthetic cines and a cheap preset.

    PYTHONPATH=Testing:RABSegment python -m tools.measure_study [--sizes 10 100 1000] [--speed-up 40] [--rows 1000 100000]

One line for each size: seconds of a core for each cine, to add it and to segment it; of those, what the study itself
takes (queue, database, files); the memory of the process afterwards; and the seconds to list all cines and to name the
next one. One cine in twenty is marked. Then the wall time of a run in this process and with two workers. The cines are
so small that the way round a cine shows, not the network: real cines take seconds each, which adds to every figure. Last the
queue alone, on the rows of a large study.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from helpers.own_presets import SMALL, own_presets_in
from helpers.study_files import write_cine
from rabengine.study import Study, StudySettings, next_cine, run_study, task

SIDE = 16
DESCRIBED = 1792  # figures of a description
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


def measure_speed_up(count: int) -> None:
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as place:
            study = made(Path(place), count, "image", 64)
            times: list[float] = []
            start = time.monotonic()
            run_study(study, device="cpu", workers=workers, heard=lambda _event: times.append(time.monotonic()))  # noqa: B023
            whole = time.monotonic() - start
        print(
            f"{count} cines, {workers} at a time: {whole:.1f} s, {times[-1] - times[0]:.1f} s from the first on",
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
