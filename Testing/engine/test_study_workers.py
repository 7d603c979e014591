"""A study that is segmented by several processes, whatever of them ends."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import rabengine
from helpers.own_presets import DEADLY, SMALL, own_presets_in
from helpers.processes import PATIENCE_SECONDS, assert_one_sentence, run_command, start_command
from helpers.study_files import make_study, predicted, statuses, whole, write_cine
from helpers.study_workers import RandomKiller, dask_scheduler, is_there, slurm_jobs, worker_pids, write_slurm
from rabengine.errors import EngineError, InputError
from rabengine.study import Workers, run_study
from rabengine.study.queue import RETRIED
from rabengine.study.run_events import STARTED
from rabengine.study.slurm_jobs import SlurmJobs, cancel_jobs
from rabengine.study.worker import check_elsewhere

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


def add_unusable_cines(study, folder):
    """One that vanishes, one that changes, one that cannot be read; their numbers."""
    for number, name in enumerate(("gone", "changed")):
        write_cine(folder / "more", name, 1000 + number, TINY)
    (folder / "more" / "damaged.nrrd").write_bytes(b"NRRD0004\nnonsense\n\n")
    names = ("gone", "changed", "damaged")
    numbers = [study.add(folder / "more" / f"{name}.nrrd").cine for name in names]
    (folder / "more" / "gone.nrrd").unlink()
    write_cine(folder / "more", "changed", 2000, TINY + 1)
    return numbers


@pytest.mark.parametrize(
    ("count", "kills"), [(20, 2), pytest.param(200, 12, marks=pytest.mark.slow)], ids=["twenty", "two hundred"]
)
def test_with_workers_killed_at_random_every_cine_is_done_once_and_a_deadly_one_costs_itself_alone(
    presets, tmp_path, count, kills
):
    study = make_study(tmp_path, count, marked=2, preset=DEADLY, side=TINY)
    deadly = add_deadly_cine(study, tmp_path)
    gone, changed, damaged = add_unusable_cines(study, tmp_path)
    heard = []
    # So many tries that those who are killed at random cannot be given up.
    with RandomKiller(kills, pause=0.8) as killer:
        summary = run_study(study, workers=2, retries=kills, heard=heard.append)
    assert killer.killed > 0
    assert sorted(summary.failed) == [deadly, gone, changed, damaged]
    for number, sentence in (
        (deadly, "ended before it was done"),
        (gone, "has vanished"),
        (changed, "has changed"),
        (damaged, "broken NRRD header"),
    ):
        assert sentence in summary.failed[number]
    assert sorted(summary.done) == sorted(predicted(study)) == list(range(1, count + 1))
    assert statuses(study) == ["predicted"] * count + ["failed"] * 4
    assert whole(study)
    assert [cine.prediction.carried for cine in study.cines()[:3]] == [(), (), (1, 2)]
    ends = [event for event in heard if event.event in ("done", "failed")]
    assert [event.finished for event in ends] == list(range(1, count + 5))
    assert ends[-1].left == 0 and ends[-1].seconds_left == 0 and ends[0].seconds_left > 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), pytest.param(signal.SIGTERM, 130, marks=pytest.mark.slow)]
)
def test_a_run_with_workers_that_is_ended_leaves_no_process_and_the_next_does_the_rest(presets, tmp_path, number, code):
    study = make_study(tmp_path, 8, preset=SMALL, side=TINY)
    process = start_command("study", "run", study.folder, "--workers", "2", "--json", env=presets.environment)
    for line in process.stdout:
        if json.loads(line)["event"] == "done":
            break
    workers = worker_pids(process.pid)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert len(workers) == 2 and process.returncode == code
    if number == signal.SIGTERM:
        assert_one_sentence(said)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert time.monotonic() < deadline
    before = predicted(study)
    assert before and sorted(before + list(run_study(study).done)) == list(range(1, 9))
    assert sorted(predicted(study)) == list(range(1, 9)) and whole(study)


@pytest.mark.slow
def test_a_scheduler_that_is_killed_ends_the_run_in_one_sentence_and_with_another_the_rest_is_done(presets, tmp_path):
    study = make_study(tmp_path, 30, preset=SMALL, side=TINY)
    with dask_scheduler(tmp_path, presets.environment) as cluster:
        process = start_command(
            "study", "run", study.folder, "--scheduler", cluster.address, "--json", env=presets.environment
        )
        for line in process.stdout:
            if json.loads(line)["event"] == "done":
                break
        cluster.scheduler.kill()
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 3 and "is out of reach" in said
    assert_one_sentence(said)
    assert 0 < len(predicted(study)) < 30 and set(statuses(study)) == {"predicted", "waiting"}
    with dask_scheduler(tmp_path, presets.environment) as cluster:
        done = run_command("study", "run", study.folder, "--scheduler", cluster.address, env=presets.environment)
    assert done.returncode == 0, done.stderr
    assert sorted(predicted(study)) == list(range(1, 31)) and whole(study)


@pytest.mark.slow
def test_jobs_of_slurm_segment_a_study(presets, tmp_path):
    study = make_study(tmp_path, 4, preset=SMALL, side=TINY)
    commands = write_slurm(tmp_path / "slurm")
    env = {**presets.environment, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    options = ("jobs=1", "cores=1", "memory=2GB", "walltime=00:10:00")
    done = run_command("study", "run", study.folder, "--slurm", *options, "--json", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["done"] == [1, 2, 3, 4]
    assert whole(study)
    [number] = slurm_jobs(commands)
    log = (study.folder / "logs" / f"slurm-{number}.out").read_text(encoding="utf-8")
    assert "tls://" in log and "tcp://" not in log
    assert not list(tmp_path.glob("slurm-*"))


def test_why_jobs_wait_is_said_and_they_end_before_the_process_is_ended(presets, tmp_path, monkeypatch):
    commands = write_slurm(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("rabengine.study.slurm_jobs.LOOK_SECONDS", 0)
    jobs = SlurmJobs({"queue": "full", "jobs": "9"}, due=2, logs=tmp_path / "logs", secrets=tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "2 jobs" not in (waits_for := jobs.keep_up()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert waits_for == " (2 jobs of Slurm wait: Resources)"  # no more than there are cines
        cancel_jobs()
        while is_there(slurm_jobs(commands)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(slurm_jobs(commands)) == 2 and not is_there(slurm_jobs(commands))
    finally:
        jobs.close()


@pytest.mark.slow
def test_a_job_that_ends_is_handed_in_again(presets, tmp_path, monkeypatch):
    study = make_study(tmp_path, 6, preset=SMALL, side=TINY)
    commands = write_slurm(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("rabengine.study.slurm_jobs.LOOK_SECONDS", 0.5)
    monkeypatch.setattr("rabengine.study.slurm_jobs.MOST_FAILURES", 1)  # one that was a worker is no failure
    monkeypatch.chdir(tmp_path)

    heard = []

    def end_first_job(event):
        heard.append(event.event)
        if event.event == STARTED and heard.count(STARTED) == 2:
            time.sleep(0.1)  # the cine is being done
            os.killpg(slurm_jobs(commands)[0], signal.SIGTERM)  # as Slurm does when its time is over

    summary = run_study(study, workers=Workers(slurm={"jobs": "1", "memory": "2GB"}), heard=end_first_job)
    assert sorted(summary.done) == [1, 2, 3, 4, 5, 6] and whole(study)
    assert len(slurm_jobs(commands)) == 2
    assert heard.count(RETRIED) == 1  # a worker that ends gets no other cine


@pytest.mark.slow
def test_jobs_that_end_before_they_are_workers_end_the_run_with_one_sentence(presets, tmp_path, monkeypatch):
    study = make_study(tmp_path, 1, preset=SMALL, side=TINY)
    monkeypatch.setenv("PATH", f"{write_slurm(tmp_path / 'slurm')}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("rabengine.study.slurm_jobs.LOOK_SECONDS", 0.1)
    monkeypatch.setattr("rabengine.study.slurm_jobs.MOST_FAILURES", 2)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match="end before they are workers") as raised:
        run_study(study, workers=Workers(slurm={"python": "/nowhere/python"}))
    assert "/nowhere/python: No such file or directory" in raised.value.hint
    assert statuses(study) == ["waiting"]


def test_a_job_that_slurm_refuses_is_said_at_once_and_nothing_is_begun(presets, tmp_path):
    study = make_study(tmp_path, 1, preset=SMALL, side=TINY)
    env = {**presets.environment, "PATH": f"{write_slurm(tmp_path / 'slurm')}{os.pathsep}{os.environ['PATH']}"}
    done = run_command("study", "run", study.folder, "--slurm", "queue=none", env=env, cwd=tmp_path)
    assert done.returncode == 2 and "(invalid partition specified: none)" in done.stderr
    assert_one_sentence(done.stderr)
    assert statuses(study) == ["waiting"]


def test_a_worker_without_rabsegment_can_read_the_check_and_says_so(tmp_path):
    call = pickle.dumps(check_elsewhere(tmp_path, "run-one", rabengine.__version__, ""))
    program = "import pickle, sys; check, arguments = pickle.load(sys.stdin.buffer); print('read'); check(*arguments)"
    done = subprocess.run([sys.executable, "-ISc", program], input=call, capture_output=True, check=False)
    assert done.stdout.strip() == b"read" and b"ModuleNotFoundError: No module named 'rabengine'" in done.stderr
    check, arguments = pickle.loads(call)
    assert "does not see the study's folder" in check(*arguments)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"scheduler": "nonsense"}, "cannot be reached"),
        ({"slurm": {"jobs": "many"}}, "no whole number"),
        ({"slurm": {"jobs": "1", "nonsense": "1"}}, "'nonsense' is no option"),
        ({"scheduler": "tcp://127.0.0.1:1", "slurm": {}}, "Give one of the two"),
        ({"count": 0}, "no number of workers"),
    ],
)
def test_workers_that_cannot_be_had_are_refused_in_one_sentence(presets, tmp_path, told, sentence):
    study = make_study(tmp_path, 1, preset=SMALL, side=TINY)
    with pytest.raises(InputError, match=sentence):
        run_study(study, workers=Workers(**told))
    assert statuses(study) == ["waiting"]


def test_an_option_of_slurm_that_is_none_is_refused_by_the_command(tmp_path):
    done = run_command("study", "run", make_study(tmp_path, 1, side=TINY).folder, "--slurm", "queue")
    assert done.returncode == 2 and "is not KEY=VALUE" in done.stderr
    assert_one_sentence(done.stderr)


def test_without_dask_this_process_does_it_and_several_workers_ask_for_the_package(presets, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    study = make_study(tmp_path, 2, preset=SMALL, side=TINY)
    with pytest.raises(InputError, match="needs distributed, which is not installed"):
        run_study(study, workers=2)
    assert statuses(study) == ["waiting"] * 2
    assert run_study(study, workers=None).done == (1, 2)
