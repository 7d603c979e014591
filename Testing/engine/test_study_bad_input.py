"""A study whose cines, database or disk are not as they were: one sentence each, and the rest goes on."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from helpers.processes import assert_one_sentence, run_command
from helpers.study_files import RABSEGMENT, SIDE, in_own_mounts, make_study, statuses, whole, write_cine
from rabengine.errors import InputError
from rabengine.study import Study, export_study, run_study

pytestmark = pytest.mark.usefixtures("small_studies")


def test_a_cine_that_vanished_changed_or_cannot_be_read_costs_itself_alone(tmp_path):
    study = make_study(tmp_path, count=5)
    cines = tmp_path / "cines"
    kept = (cines / "cine2.nrrd").read_bytes()
    (cines / "cine2.nrrd").unlink()
    write_cine(cines, "cine3", seed=33)
    damaged = tmp_path / "cines" / "damaged.nrrd"
    damaged.write_bytes(b"NRRD0004\nnonsense\n\n")
    study.add(damaged)
    summary = run_study(study)
    assert summary.done == (1, 4, 5) and sorted(summary.failed) == [2, 3, 6]
    assert "has vanished" in summary.failed[2]
    assert "has changed" in summary.failed[3]
    assert "broken NRRD header" in summary.failed[6]
    assert statuses(study) == ["predicted", "failed", "failed", "predicted", "predicted", "failed"]
    assert run_study(study).done == ()
    (cines / "cine2.nrrd").write_bytes(kept)
    again = run_study(study, retry=True)
    assert again.done == (2,) and sorted(again.failed) == [3, 6]
    assert whole(study)


def test_a_marked_cine_that_vanished_serves_nobody_and_another_takes_its_place(tmp_path):
    study = make_study(tmp_path, count=3, marked=2)
    run_study(study)
    (tmp_path / "cines" / "cine1.nrrd").unlink()
    heard = []
    assert sorted(run_study(study, again=True, heard=heard.append).done) == [2, 3]
    assert study.cine(3).prediction.carried == (2,)
    assert any("Its marks do not serve others" in text for event in heard for text in event.warnings)


def test_where_no_marked_cine_can_be_read_that_is_said(tmp_path):
    study = make_study(tmp_path, count=2)
    (tmp_path / "cines" / "cine1.nrrd").unlink()
    assert "None of the marked frames" in run_study(study).failed[2]


def test_export_leaves_out_a_cine_that_vanished_and_writes_the_others(tmp_path):
    study = make_study(tmp_path, count=2)
    run_study(study)
    (tmp_path / "cines" / "cine1.nrrd").unlink()
    exported = export_study(study, tmp_path / "out")
    assert list(exported.files) == [2] and "has vanished" in exported.problems[1]


def test_a_prediction_that_is_damaged_is_made_again_when_asked(tmp_path):
    study = make_study(tmp_path, count=1)
    run_study(study)
    path = study.folder / study.cine(1).prediction.file
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="missing or damaged"):
        study.prediction(1)
    run_study(study, again=True)
    assert study.prediction(1).labels.any()


def test_a_study_of_a_newer_version_is_refused(tmp_path):
    study = make_study(tmp_path, count=1)
    with sqlite3.connect(study.folder / "study.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    done = run_command("study", "status", study.folder)
    assert done.returncode == 2 and "newer RABSegment" in done.stderr
    assert_one_sentence(done.stderr)


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 50, b""])
def test_a_file_that_is_no_study_is_refused(tmp_path, content):
    (tmp_path / "study.sqlite").write_bytes(content)
    with pytest.raises(InputError, match=r"damaged, or no database|not the database of a study"):
        Study(tmp_path)


def test_a_folder_that_is_no_study_or_not_empty_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no study"):
        Study(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        Study.create(tmp_path)
    make_study(tmp_path / "here", count=1)
    with pytest.raises(InputError, match="There is a study in"):
        Study.create(tmp_path / "here" / "study")


def test_a_full_disk_costs_one_sentence_and_the_run_goes_on_when_there_is_room(tmp_path):
    study = make_study(tmp_path, count=3)
    (tmp_path / "disk").mkdir()
    done = in_own_mounts(
        f"""
        mount -t tmpfs -o size=1m tmpfs {tmp_path}/disk
        cp -r {study.folder} {tmp_path}/disk/
        cd {tmp_path}/disk
        cat /dev/zero > filler 2>/dev/null || true
        run="{RABSEGMENT} study run study --workers 1"
        $run > {tmp_path}/first.out 2> {tmp_path}/first.err || echo $? > {tmp_path}/first.code
        rm filler
        $run --retry
        cp -r study {tmp_path}/after
        """
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first.code").read_text().strip() == "2"
    said = (tmp_path / "first.err").read_text()
    assert "Traceback" not in said and ("No space left" in said or "disk is full" in said), said
    after = Study(tmp_path / "after")
    assert statuses(after) == ["predicted"] * 3 and whole(after)


def test_a_read_only_share_can_be_looked_at_and_says_why_it_takes_nothing(tmp_path):
    study = make_study(tmp_path, count=2)
    run_study(study)
    (tmp_path / "share").mkdir()
    commands = (
        "study status share",
        "study next share",
        "study export share -o out",
        "study report share -o report.html",
        "study run share --all",
        "study mark share 1 --minutes 1",
        "study add share cines/cine1.nrrd",
    )
    lines = "\n".join(
        f"{RABSEGMENT} {command} > {number}.out 2> {number}.err && echo 0 > {number}.code || echo $? > {number}.code"
        for number, command in enumerate(commands)
    )
    done = in_own_mounts(f"cd {tmp_path}\nmount --bind {study.folder} share\nmount -o remount,bind,ro share\n{lines}\n")
    assert done.returncode == 0, done.stderr
    codes = [(tmp_path / f"{number}.code").read_text().strip() for number in range(len(commands))]
    said = [(tmp_path / f"{number}.err").read_text() for number in range(len(commands))]
    assert codes == ["0", "0", "0", "0", "2", "2", "2"], said
    for text in said[4:]:
        assert_one_sentence(text)
        assert "read-only" in text.lower()
    assert len(list((tmp_path / "out").glob("*.seq.nrrd"))) == 2
    assert said[2].startswith("rabsegment: warning: The study's log does not tell of this export: ")


def test_a_cine_whose_marks_only_say_that_it_is_absent_is_served_by_others_and_keeps_them(tmp_path):
    study = make_study(tmp_path, count=2)
    drawn, nothing = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    drawn[20:40, 20:40] = 1
    study.mark(2, {0: drawn, 1: nothing}, by="Anna")
    study.unmark(2, 0, by="Anna")
    assert run_study(study).done == (1, 2)
    found, predicted = study.prediction(2), study.cine(2).prediction
    assert predicted.carried == (1,) and found.marked_frames == (1,)
    assert not found.labels[1].any() and found.labels[0].any() and found.confidence[1].min() == 1
    study.unmark(1, 0, by="Tester")
    assert run_study(study).failed == {} and statuses(study) == ["waiting", "predicted"]
