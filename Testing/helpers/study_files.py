"""Small studies on disk: cines with exact truth, some of them marked, and disks that are full or read-only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.processes import environment, run_command
from rabengine.study import Study, StudySettings
from rabengine.synthetic.phantom import beating_ellipse

FRAMES, SIDE = 3, 64
PRESET = "image"  # over at once; another with the fixture `small_studies`


def write_cine(folder: Path, name: str, seed: int, side: int = SIDE) -> np.ndarray:
    """Write a beating ellipse as NAME.nrrd and the mask of its first frame as NAME.png; returns the truth (T, H, W)."""
    folder.mkdir(parents=True, exist_ok=True)
    frames, truth = beating_ellipse(FRAMES, side, side, seed=seed)
    sitk.WriteImage(sitk.GetImageFromArray(frames), str(folder / f"{name}.nrrd"))
    sitk.WriteImage(sitk.GetImageFromArray(truth[0]), str(folder / f"{name}.png"))
    return truth


def make_study(
    folder: Path,
    count: int = 3,
    marked: int = 1,
    preset: str = "",
    side: int = SIDE,
    store: str = "",
    witnesses: int = 0,
) -> Study:
    """A study in `folder/study` of cines in `folder/cines`, the first ones marked on their first frame."""
    settings = StudySettings(preset=preset or PRESET, store=store, witnesses=witnesses)
    study = Study.create(folder / "study", settings, by="Tester")
    for number in range(1, count + 1):
        truth = write_cine(folder / "cines", f"cine{number}", number, side)
        assert study.add(folder / "cines" / f"cine{number}.nrrd", by="Tester").cine == number
        if number <= marked:
            study.mark(number, {0: truth[0]}, by="Tester")
    return study


def statuses(study: Study) -> list[str]:
    """The status of each cine, by number."""
    return [cine.status for cine in study.cines()]


def predicted(study: Study) -> list[int]:
    """The cines whose prediction is in the log, once for each time."""
    return [entry.cine for entry in study.log() if entry.what == "predict" and entry.cine is not None]


def whole(study: Study) -> bool:
    """Whether every prediction can be read, and nothing lies about that no row names."""
    named = {cine.prediction.file for cine in study.cines() if cine.prediction is not None}
    there = {
        path.relative_to(study.folder).as_posix()
        for path in (study.folder / "predictions").rglob("*")
        if not path.is_dir() or path.name.startswith(".")
    }
    for cine in study.cines():
        if cine.prediction is not None:
            assert len(study.prediction(cine.id).labels) == cine.prediction.frames
    return named == there and list((study.folder / "work").iterdir()) == []


def study_json(*arguments: object, code: int = 0) -> Any:
    """What `rabsegment study ... --json` says."""
    done = run_command("study", *arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# A command, as a word of a shell script.
RABSEGMENT = f"{sys.executable} -m rabengine"


def in_own_mounts(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script that may mount disks nobody else sees; skips the test where that is not allowed."""
    command = shutil.which("unshare")
    if command is None or os.name == "nt":
        pytest.skip("needs unshare")
    if subprocess.run(
        [command, "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    ).returncode:
        pytest.skip("may not mount")
    return subprocess.run(
        [command, "-rm", "sh", "-e", "-c", script], env=environment(), capture_output=True, text=True, check=False
    )


def many_cines(folder: Path, count: int) -> Study:
    """A study that lists so many cines, of which the first alone is on the disk."""
    study = make_study(folder, count=1, marked=0)
    with study.database.writing() as connection:
        [row] = connection.execute("SELECT * FROM cines").fetchall()
        others = [
            (f"{row['content']}-{number}", str(folder / "cines" / f"cine{number}.nrrd"), row["stamp"], row["options"])
            for number in range(2, count + 1)
        ]
        connection.executemany("INSERT INTO cines (content, path, stamp, options) VALUES (?, ?, ?, ?)", others)
    return study
