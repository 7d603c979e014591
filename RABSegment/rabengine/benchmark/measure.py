"""One scenario of the benchmark in a process of its own: `python -m rabengine.benchmark.measure SCENARIO.json`.

The file names the cine, the truth, the preset, the device and the moment at which the process was started.
The last line on stdout is the measurement as JSON. What it measures is what a user waits for: from the start
of the process, imports and reading of the weights included.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.environment import keep_freed_memory, peak_memory_mib
from rabengine.evaluation.metrics import dice_of_all_frames
from rabengine.events import Event, PartialResult
from rabengine.session.session import Session


class FirstResult:
    """Notes when the first usable result of a request came."""

    def __init__(self) -> None:
        self.moment: float | None = None

    def __call__(self, event: Event) -> None:
        if self.moment is None and isinstance(event, PartialResult):
            self.moment = time.time()


def measure(scenario: dict[str, Any]) -> dict[str, Any]:
    """Run one scenario; returns seconds, MiB and Dice by name."""
    started = float(scenario["started"])
    frames = np.load(scenario["cine"], mmap_mode="r")
    truth = np.load(scenario["truth"], mmap_mode="r")
    session = Session(frames, device=scenario["device"])
    first = FirstResult()
    marks = {0: np.array(truth[0])}
    result = session.segment(marks, preset=scenario["preset"], progress=first)
    done = time.time()
    measured: dict[str, Any] = {
        "first_propagation_s": (first.moment or done) - started,
        "all_done_s": done - started,
        "seconds_per_frame": (done - started) / len(frames),
        "seconds_by_phase": dict(result.seconds),
        "device": result.device,
        "dice": dice_of_all_frames(result.labels[1:], truth[1:], 1),
        "warnings": list(result.warnings),
    }
    if scenario["is_corrected"]:
        # Half a beat away from the first mark the cavity looks most different.
        marks[len(frames) // 2] = np.array(truth[len(frames) // 2])
        start = time.time()
        session.segment(marks, preset=scenario["preset"], warm=True)
        measured["warm_correction_s"] = time.time() - start
    measured["peak_memory_mib"] = peak_memory_mib()
    measured["peak_device_memory_mib"] = peak_device_memory_mib(result.device)
    return measured


def peak_device_memory_mib(device: str) -> float | None:
    """Largest memory that PyTorch took on a CUDA device, in MiB; None on others."""
    if not device.startswith("cuda"):
        return None
    import torch

    return float(torch.cuda.max_memory_allocated(device)) / 2**20


if __name__ == "__main__":
    keep_freed_memory()
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
