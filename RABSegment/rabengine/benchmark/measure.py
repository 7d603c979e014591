"""One scenario of the benchmark in a process of its own: `python -m rabengine.benchmark.measure SCENARIO.json`.

The file names the cine, the truth, the preset or other method, the device and the moment at which the process was
started. The last line on stdout is the measurement as JSON. What it measures is what a user waits for: from the start
of the process, imports and reading of the weights included.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.environment import keep_freed_memory, peak_memory_mib
from rabengine.evaluation.methods import load_method
from rabengine.evaluation.metrics import dice_of_all_frames
from rabengine.events import Event, PartialResult
from rabengine.io.files.owned_folder import exit_now
from rabengine.presets import PRESETS
from rabengine.session.session import Session

from .clicks import measure_clicks
from .scenarios import CLICKS


class FirstResult:
    """Notes when the first usable result of a request came."""

    def __init__(self) -> None:
        self.moment: float | None = None

    def __call__(self, event: Event) -> None:
        if self.moment is None and isinstance(event, PartialResult):
            self.moment = time.time()


def measure(scenario: dict[str, Any]) -> dict[str, Any]:
    """Run one scenario; returns what was measured, by name."""
    truth = np.load(scenario["truth"], mmap_mode="r")
    if scenario["group"] == CLICKS:
        measured = measure_clicks(scenario, np.load(scenario["cine"]), truth)
        measured["peak_memory_mib"] = peak_memory_mib()
        measured["peak_device_memory_mib"] = peak_device_memory_mib(measured["device"])
        return measured
    marks = {0: np.array(truth[0])}
    # Half a beat away from the first mark the cavity looks most different.
    more = {**marks, len(truth) // 2: np.array(truth[len(truth) // 2])} if scenario["is_corrected"] else {}
    run = _measure_preset if scenario["preset"] in PRESETS else _measure_method
    labels, device, measured = run(scenario, np.load(scenario["cine"], mmap_mode="r"), marks, more)
    measured["seconds_per_frame"] = measured["all_done_s"] / len(truth)
    measured["dice"] = dice_of_all_frames(labels[1:], truth[1:], 1)
    measured["peak_memory_mib"] = peak_memory_mib()
    measured["peak_device_memory_mib"] = peak_device_memory_mib(device)
    return measured


Measured = tuple[np.ndarray, str, dict[str, Any]]  # labels, the device, what was measured
Marks = Mapping[int, np.ndarray]


def _measure_preset(scenario: Mapping[str, Any], frames: np.ndarray, marks: Marks, more: Marks) -> Measured:
    started = float(scenario["started"])
    session = Session(frames, device=scenario["device"])
    first = FirstResult()
    result = session.segment(marks, preset=scenario["preset"], progress=first)
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
        session.segment(more, preset=scenario["preset"], warm=True)
        measured["warm_correction_s"] = time.time() - start
    return result.labels, result.device, measured


def _measure_method(scenario: Mapping[str, Any], frames: np.ndarray, marks: Marks, more: Marks) -> Measured:
    """Of a method that is no preset; it has no results before it is done, and does a correction from the start."""
    method = load_method(scenario["preset"])
    labels = method(frames, marks, 0).labels
    measured: dict[str, Any] = {"all_done_s": time.time() - float(scenario["started"]), "device": "cpu", "warnings": []}
    if more:
        start = time.time()
        method(frames, more, 0)
        measured["warm_correction_s"] = time.time() - start
    return labels, "cpu", measured


def peak_device_memory_mib(device: str) -> float | None:
    """Largest memory that PyTorch took on a CUDA device, in MiB; None on others."""
    if not device.startswith("cuda"):
        return None
    import torch

    return float(torch.cuda.max_memory_allocated(device)) / 2**20


if __name__ == "__main__":
    keep_freed_memory()
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), flush=True)
    exit_now(0)  # Python takes a third of a second to clear away PyTorch
