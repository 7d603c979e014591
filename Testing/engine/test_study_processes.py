"""A study under several processes at once, and under one that is killed at any moment."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading

import pytest

from helpers.processes import PATIENCE_SECONDS, run_command, start_command, start_python
from helpers.study_files import make_study, predicted, statuses, study_json, whole, write_cine
from rabengine.cli import study as study_words
from rabengine.io.files.owned_folder import LOCK_FILE
from rabengine.study import Study, run_study
from rabengine.study.records import STATUSES

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
    pytest.mark.usefixtures("small_studies"),
]

# The command, which stops at a phase of its second cine until it is ended.
PROGRAM = """
import sys, time
from rabengine.cli.main import console_entry
from rabengine.session.work import Work
from rabengine.study import queue, task

phase = sys.argv.pop(1)
times = [0]

def stop_after(owner, name, when):
    done = getattr(owner, name)
    def and_stop(*arguments, **options):
        result = done(*arguments, **options)
        if phase == when:
            times[0] += 1
            if times[0] == 2:
                print("now", flush=True)
                time.sleep(1000)
        return result
    setattr(owner, name, and_stop)

stop_after(Work, "propagate", "segmenting")
stop_after(task, "write_prediction", "written")
stop_after(queue, "keep_prediction", "in a transaction")
console_entry()
"""


def start_and_stop(phase, study):
    """A run that has come to a phase of its second cine, and stays there."""
    process = start_python("-c", PROGRAM, phase, "study", "run", study.folder, "--workers", "1", stderr=None)
    assert process.stdout.readline() == "now\n"
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("phase", ["segmenting", "written", "in a transaction"])
def test_a_run_that_is_killed_loses_one_cine_and_the_next_run_does_it(phase, tmp_path):
    study = make_study(tmp_path, count=3)
    kill(start_and_stop(phase, study))
    assert statuses(study) == ["predicted", "waiting", "waiting"]
    assert run_study(study).done == (3, 2)  # what was begun before comes last
    assert sorted(predicted(study)) == [1, 2, 3]
    assert whole(study)


def test_a_cine_that_kills_its_process_each_time_is_given_up_and_the_others_are_done(tmp_path):
    study = make_study(tmp_path, count=3)
    kill(start_and_stop("segmenting", study))
    summary = run_study(study, retries=0)
    assert summary.done == (3,)
    assert statuses(study) == ["predicted", "failed", "predicted"]
    assert "ended before it was done" in study.cine(2).problem
    assert run_study(study, retry=True).done == (2,)


def test_what_a_living_process_does_nobody_else_takes(tmp_path):
    study = make_study(tmp_path, count=3)
    process = start_and_stop("segmenting", study)
    try:
        assert statuses(study) == ["predicted", "running", "waiting"]
        assert run_study(study).done == (3,)
    finally:
        kill(process)
    assert run_study(study).done == (2,)
    assert sorted(predicted(study)) == [1, 2, 3]


def test_a_claim_of_another_computer_holds_while_that_one_is_heard_of(tmp_path):
    study = make_study(tmp_path, count=2)
    claim = study.folder / "work" / "run-there"
    claim.mkdir()
    (claim / LOCK_FILE).write_text("another computer", encoding="utf-8")
    with study.database.writing() as connection:
        connection.execute("UPDATE cines SET claim = 'run-there', attempts = 1 WHERE id = 2")
    assert run_study(study).done == (1,)
    assert statuses(study) == ["predicted", "running"]
    silent = claim.stat().st_mtime - 3600
    os.utime(claim, (silent, silent))
    assert run_study(study).done == (2,)


def test_two_runs_at_once_do_every_cine_once(tmp_path):
    study = make_study(tmp_path, count=6)
    runs = [start_command("study", "run", study.folder, "--workers", "1") for _ in range(2)]
    for process in runs:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    assert sorted(predicted(study)) == [1, 2, 3, 4, 5, 6]
    assert statuses(study) == ["predicted"] * 6 and whole(study)


def test_two_processes_that_add_the_same_cines_add_each_once(tmp_path):
    study = Study.create(tmp_path / "study")
    for number in range(8):
        write_cine(tmp_path / "cines", f"cine{number}", number)
    paths = sorted((tmp_path / "cines").glob("*.nrrd"))
    processes = [start_command("study", "add", study.folder, *paths) for _ in range(2)]
    for process in processes:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, said
    assert sorted(cine.path for cine in study.cines()) == paths


def test_a_mark_that_comes_while_its_cine_is_segmented_is_in_the_next_prediction(tmp_path):
    study = make_study(tmp_path, count=2)
    drawn = {0: study.marked_labels(1, (64, 64))[0]}

    def mark_meanwhile(event):
        if event.event == "started" and event.cine == 2 and not study.marks(2):
            thread = threading.Thread(target=study.mark, args=(2, drawn))
            thread.start()
            thread.join()

    assert run_study(study, heard=mark_meanwhile).done == (1, 2, 2)
    assert study.cine(2).prediction.carried == ()


def test_whoever_finds_the_database_busy_waits(tmp_path):
    study = make_study(tmp_path, count=1)
    busy = sqlite3.connect(study.folder / "study.sqlite", isolation_level=None)
    busy.execute("BEGIN EXCLUSIVE")
    process = start_command("study", "mark", study.folder, "1", "--minutes", "3")
    try:
        assert process.poll() is None
    finally:
        busy.execute("COMMIT")
        busy.close()
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert study.cine(1).minutes == 3


def test_a_run_that_is_interrupted_says_so_and_keeps_what_it_has(tmp_path):
    study = make_study(tmp_path, count=3)
    process = start_and_stop("segmenting", study)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert statuses(study) == ["predicted", "waiting", "waiting"]
    # It counts as no failure of the cine.
    assert run_study(study, retries=0).done == (2, 3) and whole(study)


def test_the_command_offers_the_statuses_that_there_are():
    assert study_words.STATUSES == STATUSES


def test_the_whole_way_on_the_command_line(tmp_path):
    write_cine(tmp_path / "cines", "anna", 1)
    write_cine(tmp_path / "cines", "berta", 2)
    for path in (tmp_path / "cines").glob("*.png"):
        path.rename(tmp_path / path.name)
    study = tmp_path / "study"
    assert study_json("create", study, "--preset", "image")["settings"]["preset"] == "image"
    added = study_json("add", study, tmp_path / "cines", "--inside", "--by", "Carla")
    assert [one["cine"] for one in added["cines"]] == [1, 2]
    marked = study_json("mark", study, "anna", "--mark", f"0={tmp_path / 'anna.png'}", "--minutes", "1.5")
    assert marked["marks"] == [0] and marked["minutes"] == 1.5
    assert sorted(study_json("run", study)["done"]) == [1, 2]  # in the order in which workers end them
    listed = study_json("status", study)
    assert listed["counts"]["predicted"] == 2 and listed["cines"][1]["carried_from"] == [1]
    assert study_json("next", study)["cine"] in (1, 2)
    assert len(study_json("export", study, "-o", tmp_path / "out", "--format", "nii.gz")["files"]) == 2
    assert (tmp_path / "out" / "00001_anna.nii.gz").is_file()
    study_json("report", study, "-o", tmp_path / "report.html")
    assert study_json("mark", study, "2", "--checked", "--by", "Carla")["checked_by"] == "Carla"
    entries = study_json("status", study, "--log")["log"]
    assert [entry["what"] for entry in entries].count("predict") == 2
    done = run_command("study", "add", study, tmp_path / "nothing.nrrd", tmp_path / "cines" / "anna.nrrd")
    assert done.returncode == 2 and "does not exist" in done.stderr and "1 known already" in done.stdout
