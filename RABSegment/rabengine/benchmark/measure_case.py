"""One case of the benchmark in a process of its own: `python -m rabengine.benchmark.measure_case CASE.json`.

The file names the cine, the truth, the preset or other method, the device and the moment at which the process was
started. The last line on stdout is the measurement as JSON. What it measures is what a user waits for: from the start
of the process, imports and reading of the weights included.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.environment import keep_freed_memory, peak_memory_mib
from rabengine.evaluation.methods import load_method
from rabengine.events import Event, PartialResult
from rabengine.presets import DEFAULT, PRESETS
from rabengine.session.session import Session

USE = "use"
FRAMES = "frames"
PIXELS = "pixels"

GROWING = ("fast", DEFAULT)  # whose growth is measured where nobody says which


@dataclass(frozen=True)
class Case:
    """One cine and one preset or other method.

    Attributes:
        group: USE (a 30-frame 256 x 256 cine and its correction), FRAMES or PIXELS (what grows).
        preset: of the request, or the name of another method.
        frames: number of frames.
        height: rows of a frame.
        width: columns of a frame.
        is_corrected: also mark a second frame afterwards and measure the warm request.
    """

    group: str
    preset: str
    frames: int
    height: int
    width: int
    is_corrected: bool = False


def all_cases(is_quick: bool, names: Sequence[str] = ()) -> list[Case]:
    """The cases of a run, cheap ones first in each group.

    Args:
        is_quick: fewer and smaller ones.
        names: of presets and other methods; every preset without one, and how two of them grow.
    """
    growing = names or (GROWING[:1] if is_quick else GROWING)
    used = names or ((DEFAULT,) if is_quick else PRESETS.names())
    lengths = (30, 100) if is_quick else (30, 100, 300, 1000)
    sizes = ((256, 256), (512, 512)) if is_quick else ((256, 256), (512, 512), (768, 1024))
    return [
        *(Case(USE, name, 30, 256, 256, is_corrected=True) for name in used),
        *(Case(FRAMES, name, frames, 256, 256) for name in growing for frames in lengths),
        *(Case(PIXELS, name, 30, *size) for name in growing for size in sizes),
    ]


class FirstResult:
    """Notes when the first usable result of a request came."""

    def __init__(self) -> None:
        self.moment: float | None = None

    def __call__(self, event: Event) -> None:
        if self.moment is None and isinstance(event, PartialResult):
            self.moment = time.time()


def measure(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case; returns seconds, MiB and Dice by name."""
    truth = np.load(case["truth"], mmap_mode="r")
    marks = {0: np.array(truth[0])}
    # Half a beat away from the first mark the cavity looks most different.
    more = {**marks, len(truth) // 2: np.array(truth[len(truth) // 2])} if case["is_corrected"] else {}
    run = _measure_preset if case["preset"] in PRESETS else _measure_method
    labels, device, measured = run(case, np.load(case["cine"], mmap_mode="r"), marks, more)
    measured["seconds_per_frame"] = measured["all_done_s"] / len(truth)
    measured["dice"] = dice(labels[1:], truth[1:])
    measured["peak_memory_mib"] = peak_memory_mib()
    measured["peak_device_memory_mib"] = peak_device_memory_mib(device)
    return measured


Measured = tuple[np.ndarray, str, dict[str, Any]]  # labels, the device, what was measured
Marks = Mapping[int, np.ndarray]


def _measure_preset(case: Mapping[str, Any], frames: np.ndarray, marks: Marks, more: Marks) -> Measured:
    started = float(case["started"])
    session = Session(frames, device=case["device"])
    first = FirstResult()
    result = session.segment(marks, preset=case["preset"], progress=first)
    done = time.time()
    measured: dict[str, Any] = {
        "first_propagation_s": (first.moment or done) - started,
        "all_done_s": done - started,
        "seconds_by_phase": dict(result.seconds),
        "device": result.device,
        "warnings": list(result.warnings),
    }
    if more:
        start = time.time()
        session.segment(more, preset=case["preset"], warm=True)
        measured["warm_correction_s"] = time.time() - start
    return result.labels, result.device, measured


def _measure_method(case: Mapping[str, Any], frames: np.ndarray, marks: Marks, more: Marks) -> Measured:
    """Of a method that is no preset; it has no results before it is done, and does a correction from the start."""
    method = load_method(case["preset"])
    labels = method(frames, marks, 0).labels
    measured: dict[str, Any] = {"all_done_s": time.time() - float(case["started"]), "device": "cpu", "warnings": []}
    if more:
        start = time.time()
        method(frames, more, 0)
        measured["warm_correction_s"] = time.time() - start
    return labels, "cpu", measured


def dice(labels: np.ndarray, truth: np.ndarray) -> float:
    """Overlap of the first segment over all frames together, in [0, 1]."""
    both = int(np.count_nonzero((labels == 1) & (truth == 1)))
    return 2 * both / max(1, int(np.count_nonzero(labels == 1)) + int(np.count_nonzero(truth == 1)))


def peak_device_memory_mib(device: str) -> float | None:
    """Largest memory that PyTorch took on a CUDA device, in MiB; None on others."""
    if not device.startswith("cuda"):
        return None
    import torch

    return float(torch.cuda.max_memory_allocated(device)) / 2**20


if __name__ == "__main__":
    keep_freed_memory()
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
