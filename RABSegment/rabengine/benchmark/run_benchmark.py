"""Run all scenarios, each in a fresh process, and write what came out."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.device import choose_device
from rabengine.errors import say
from rabengine.evaluation.methods import load_method
from rabengine.io.files.atomic import written_together
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.files.writable import make_folder
from rabengine.machine import describe_machine
from rabengine.synthetic.phantom import beating_ellipse

from .report import to_markdown, write_plot
from .scenarios import Scenario, all_scenarios


def run_benchmark(directory: Path, *, device: str = "auto", is_quick: bool = False, names: Sequence[str] = ()) -> None:
    """Measure, print the tables, write benchmark.md, .json and .png into `directory`.

    Args:
        directory: made where there is none.
        device: for the presets.
        is_quick: fewer and smaller cases.
        names: of the presets and other methods to measure, all presets without one.

    Raises:
        InputError: the device or a method is not there, or `directory` cannot be written to.
    """
    choose_device(device)
    for name in names:
        load_method(name)
    make_folder(directory)
    scenarios = all_scenarios(is_quick, names)
    results: list[dict[str, Any]] = []
    for number, scenario in enumerate(scenarios, start=1):
        size = f"{scenario.frames} frames of {scenario.width} x {scenario.height}"
        say(f"[{number}/{len(scenarios)}] {scenario.preset}, {size} ...")
        results.append({**asdict(scenario), **run_scenario(scenario, device)})
        # After each scenario, for the large ones take their time.
        write_results(directory, results)
    print(to_markdown(describe_machine(), results))
    say(f"Written to {directory}: benchmark.md, benchmark.json, benchmark.png")


def run_scenario(scenario: Scenario, device: str) -> dict[str, Any]:
    """The measurements of one scenario, or {"error": sentence} where it failed."""
    with OwnedFolder() as folder:
        cine, truth = beating_ellipse(scenario.frames, scenario.height, scenario.width)
        np.save(folder / "cine.npy", cine)
        np.save(folder / "truth.npy", truth)
        settings = {
            **asdict(scenario),
            "cine": str(folder / "cine.npy"),
            "truth": str(folder / "truth.npy"),
            "device": device,
            "started": time.time(),
        }
        (folder / "scenario.json").write_text(json.dumps(settings), encoding="utf-8")
        finished = subprocess.run(
            [sys.executable, "-m", "rabengine.benchmark.measure", str(folder / "scenario.json")],
            capture_output=True,
            text=True,
            check=False,
        )
    if finished.returncode != 0:
        lines = finished.stderr.strip().splitlines()
        return {"error": lines[-1] if lines else f"ended with exit code {finished.returncode}"}
    measured: dict[str, Any] = json.loads(finished.stdout.strip().splitlines()[-1])
    return measured


def write_results(directory: Path, results: list[dict[str, Any]]) -> None:
    """Write the three files from the results so far."""
    machine = describe_machine()
    text = json.dumps({"machine": machine, "results": results}, indent=2) + "\n"
    names = ("benchmark.json", "benchmark.md", "benchmark.png")
    with written_together([directory / name for name in names]) as (values, tables, plot):
        values.write_text(text, encoding="utf-8")
        tables.write_text(to_markdown(machine, results), encoding="utf-8")
        write_plot(plot, results)
