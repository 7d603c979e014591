"""A study that is segmented by several processes, whatever of them ends."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.own_presets import DEADLY, SMALL, own_presets_in
from helpers.processes import PATIENCE_SECONDS, start_command
from helpers.study_files import make_study, predicted, statuses, whole
from helpers.study_workers import RandomKiller, worker_pids
from rabengine.study import run_study

TINY = 16  # pixels: what a cine costs is the way round it

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers below /proc")


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    with own_presets_in(tmp_path_factory.mktemp("presets")) as own:
        yield own


def add_deadly_cine(study, folder):
    """A cine that ends the process which segments it; its number."""
    frames = np.zeros((3, TINY, TINY), np.uint8)
    frames[:, 0, 0] = 200
    sitk.WriteImage(sitk.GetImageFromArray(frames), str(folder / "dark.nrrd"))
    return study.add(folder / "dark.nrrd").cine


@pytest.mark.parametrize(
    ("count", "kills"), [(20, 2), pytest.param(200, 12, marks=pytest.mark.slow)], ids=["twenty", "two hundred"]
)
def test_with_workers_killed_at_random_every_cine_is_done_once_and_a_deadly_one_costs_itself_alone(
    presets, tmp_path, count, kills
):
    study = make_study(tmp_path, count, marked=2, preset=DEADLY, side=TINY)
    deadly = add_deadly_cine(study, tmp_path)
    heard = []
    # So many tries that those who are killed at random cannot be given up.
    with RandomKiller(kills, pause=0.8) as killer:
        summary = run_study(study, workers=2, retries=kills, heard=heard.append)
    assert killer.killed > 0
    assert list(summary.failed) == [deadly] and "ended before it was done" in summary.failed[deadly]
    assert sorted(summary.done) == sorted(predicted(study)) == list(range(1, count + 1))
    assert statuses(study) == ["predicted"] * count + ["failed"]
    assert whole(study)
    assert [cine.prediction.carried for cine in study.cines()[:3]] == [(), (), (1, 2)]
    ends = [event for event in heard if event.event in ("done", "failed")]
    assert [event.finished for event in ends] == list(range(1, count + 2))
    assert ends[-1].left == 0 and ends[-1].seconds_left == 0 and ends[0].seconds_left > 0


def test_a_run_with_workers_that_is_killed_leaves_no_process_and_the_next_does_the_rest(presets, tmp_path):
    study = make_study(tmp_path, 8, preset=SMALL, side=TINY)
    process = start_command("study", "run", study.folder, "--workers", "2", "--json", env=presets.environment)
    for line in process.stdout:
        if json.loads(line)["event"] == "done":
            break
    workers = worker_pids(process.pid)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert len(workers) == 2
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert time.monotonic() < deadline
    before = predicted(study)
    assert before and sorted(before + list(run_study(study).done)) == list(range(1, 9))
    assert sorted(predicted(study)) == list(range(1, 9)) and whole(study)
