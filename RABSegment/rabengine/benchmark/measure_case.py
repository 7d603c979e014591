"""One case of the benchmark in a process of its own: `python -m rabengine.benchmark.measure_case CASE.json`.

The file names the cine, the truth, the preset, the device and the moment at which the process was started.
The last line on stdout is the measurement as JSON. What it measures is what a user waits for: from the start
of the process, imports and reading of the weights included.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.environment import keep_freed_memory, peak_memory_mib
from rabengine.events import Event, PartialResult
from rabengine.session.session import Session

USE = "use"
FRAMES = "frames"
PIXELS = "pixels"

PRESETS = ("image", "fast", "balanced", "accurate", "paper")
DEFAULT_PRESET = "balanced"


@dataclass(frozen=True)
class Case:
    """One cine and one preset.

    Attributes:
        group: USE (a 30-frame 256 x 256 cine and its correction), FRAMES or PIXELS (what grows).
        preset: of the request.
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


def all_cases(is_quick: bool) -> list[Case]:
    """The cases of a run, cheap ones first in each group."""
    if is_quick:
        return [
            Case(USE, DEFAULT_PRESET, 30, 256, 256, is_corrected=True),
            *(Case(FRAMES, "fast", frames, 256, 256) for frames in (30, 100)),
            *(Case(PIXELS, "fast", 30, side, side) for side in (256, 512)),
        ]
    growing = ("fast", DEFAULT_PRESET)
    return [
        *(Case(USE, preset, 30, 256, 256, is_corrected=True) for preset in PRESETS),
        *(Case(FRAMES, preset, frames, 256, 256) for preset in growing for frames in (30, 100, 300, 1000)),
        *(Case(PIXELS, preset, 30, *size) for preset in growing for size in ((256, 256), (512, 512), (768, 1024))),
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
    started = float(case["started"])
    frames = np.load(case["cine"], mmap_mode="r")
    truth = np.load(case["truth"], mmap_mode="r")
    session = Session(frames, device=case["device"])
    first = FirstResult()
    marks = {0: np.array(truth[0])}
    result = session.segment(marks, preset=case["preset"], progress=first)
    done = time.time()
    measured: dict[str, Any] = {
        "first_propagation_s": (first.moment or done) - started,
        "all_done_s": done - started,
        "seconds_per_frame": (done - started) / len(frames),
        "seconds_by_phase": dict(result.seconds),
        "device": result.device,
        "dice": dice(result.labels[1:], truth[1:]),
        "warnings": list(result.warnings),
    }
    if case["is_corrected"]:
        # Half a beat away from the first mark the cavity looks most different.
        marks[len(frames) // 2] = np.array(truth[len(frames) // 2])
        start = time.time()
        session.segment(marks, preset=case["preset"], warm=True)
        measured["warm_correction_s"] = time.time() - start
    measured["peak_memory_mib"] = peak_memory_mib()
    measured["peak_device_memory_mib"] = peak_device_memory_mib(result.device)
    return measured


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
