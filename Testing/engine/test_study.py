"""A study: cines by reference, marks, predictions, what is due, and who did what when."""

from __future__ import annotations

import csv
import sqlite3

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.overlap import dice
from helpers.study_files import FRAMES, PRESET, SIDE, make_study, predicted, statuses, whole, write_cine
from rabengine.errors import Cancelled, InputError
from rabengine.io.marks.label_sequence import read_label_sequence
from rabengine.study import Study, StudySettings, export_study, next_cine, run_study, write_study_report
from rabengine.study.verification import verify_log
from rabengine.synthetic.phantom import beating_ellipse

pytestmark = pytest.mark.usefixtures("small_studies")


def test_what_one_cine_taught_segments_the_others(tmp_path):
    study = make_study(tmp_path, count=3)
    summary = run_study(study)
    assert summary.done == (1, 2, 3) and summary.failed == {}
    assert [cine.prediction.carried for cine in study.cines()] == [(), (1,), (1,)]
    for number in (2, 3):
        truth = write_cine(tmp_path / "truth", "again", number)
        found = study.prediction(number)
        assert found.labels.shape == (FRAMES, SIDE, SIDE) and found.marked_frames == ()
        assert dice(found.labels > 0, truth > 0) > 0.7
    assert whole(study)


def test_a_marked_frame_comes_back_as_it_was_drawn(tmp_path):
    study = make_study(tmp_path, count=1)
    run_study(study)
    drawn = study.marked_labels(1, (SIDE, SIDE))[0]
    assert drawn.any() and (study.prediction(1).labels[0] == drawn).all()


def test_cines_are_neither_copied_nor_changed(tmp_path):
    study = make_study(tmp_path, count=2)
    before = {path: path.read_bytes() for path in (tmp_path / "cines").iterdir()}
    run_study(study)
    assert {path: path.read_bytes() for path in (tmp_path / "cines").iterdir()} == before
    assert not list(study.folder.rglob("*.nrrd"))


def test_a_run_does_only_what_is_due(tmp_path):
    study = make_study(tmp_path, count=2)
    assert run_study(study).done == (1, 2)
    assert run_study(study).done == ()
    study.mark(2, {1: study.prediction(2).labels[1]})
    assert statuses(study)[1] == "waiting"
    assert run_study(study).done == (2,)
    assert study.cine(2).prediction.carried == ()
    assert run_study(study, again=True).done == (1, 2)
    assert whole(study)


def test_a_carried_prediction_in_need_is_made_anew_when_the_study_has_learned(tmp_path):
    study = make_study(tmp_path, count=3)
    study.change_settings(certain=1.0)
    run_study(study)
    assert all(cine.prediction.needs_person for cine in study.cines())
    study.verify(3, 2, by="Anna")
    assert run_study(study).done == (3, 2)
    assert study.cine(2).prediction.carried == (1, 3)


def test_a_checked_cine_is_left_alone_until_it_is_marked_anew(tmp_path):
    study = make_study(tmp_path, count=2)
    run_study(study)
    study.check(2, by="Anna")
    assert statuses(study) == ["predicted", "checked"]
    assert run_study(study, again=True).done == (1,)
    study.verify(2, 0)
    assert statuses(study)[1] == "waiting" and study.cine(2).checked_by == ""


def test_frames_of_a_cine_that_somebody_found_right_serve_others_as_long_as_it_counts_as_right(tmp_path):
    study = make_study(tmp_path, count=3)
    study.change_settings(certain=1.0)
    run_study(study)
    assert study.cine(3).prediction.carried == (1,)
    study.check(2, by="Anna")
    assert run_study(study).done == (3,)
    assert study.cine(3).prediction.carried == (1, 2) and study.cine(2).marks == ()
    assert verify_log(study).problems == ()
    study.mark(2, {2: study.prediction(2).labels[2]}, by="Anna")
    study.unmark(2, 2, by="Anna")
    assert run_study(study).done == (2, 3)
    assert study.cine(3).prediction.carried == (1,)


def test_a_study_without_a_mark_has_nothing_to_run_and_asks_for_one(tmp_path):
    study = make_study(tmp_path, count=2, marked=0)
    assert run_study(study).done == ()
    found = next_cine(study)
    assert found is not None and found.cine == 1 and "no cine" in found.why.lower()


def test_the_least_sure_cine_and_its_frame_are_named_next_and_those_checked_are_not(tmp_path):
    study = make_study(tmp_path, count=3)
    run_study(study)
    order = sorted(study.cines(), key=lambda cine: cine.prediction.confidence)
    found = next_cine(study)
    assert found.cine == order[0].id and found.frame == order[0].prediction.next_frame
    for cine in order:
        study.check(cine.id)
    assert next_cine(study) is None


def test_a_cine_is_known_by_its_content_wherever_it_is_added_from(tmp_path):
    study = make_study(tmp_path, count=1)
    place = tmp_path / "elsewhere"
    place.mkdir()
    (tmp_path / "cines" / "cine1.nrrd").rename(place / "renamed.nrrd")
    added = study.add(place / "renamed.nrrd")
    assert (added.cine, added.is_new, added.was_moved) == (1, False, True)
    assert run_study(study).done == (1,)


def test_a_cine_that_was_renamed_is_found_by_a_run(tmp_path):
    study = make_study(tmp_path, count=2)
    (tmp_path / "cines" / "deeper").mkdir()
    new = tmp_path / "cines" / "deeper" / "other name.nrrd"
    (tmp_path / "cines" / "cine2.nrrd").rename(new)
    assert run_study(study).done == (1, 2)
    assert study.cine(2).path == new
    assert "found" in [entry.what for entry in study.log()]


def test_cines_whose_folder_was_renamed_are_found_by_a_run(tmp_path):
    study = make_study(tmp_path, count=2)
    (tmp_path / "cines").rename(tmp_path / "patients")
    assert run_study(study).done == (1, 2)
    assert [cine.path.parent.name for cine in study.cines()] == ["patients"] * 2


def test_a_folder_of_images_is_found_when_the_folder_above_it_was_renamed(tmp_path):
    from rabengine.study.content import content_of

    for name in ("a", "b"):
        (tmp_path / name / "frames").mkdir(parents=True)
        (tmp_path / name / "frames" / "0.png").write_bytes(b"same")
    (tmp_path / "b" / "frames" / ".DS_Store").write_bytes(b"of the system")
    assert content_of(tmp_path / "a" / "frames") == content_of(tmp_path / "b" / "frames")
    (tmp_path / "b" / "frames" / "0.png").rename(tmp_path / "b" / "frames" / "1.png")
    assert content_of(tmp_path / "a" / "frames") != content_of(tmp_path / "b" / "frames")


def test_folders_called_images_have_the_name_of_the_folder_above(tmp_path):
    study = Study.create(tmp_path / "study", by="Tester")
    for number, name in enumerate(("anna", "berta")):
        folder = tmp_path / name / "images"
        folder.mkdir(parents=True)
        for frame, pixels in enumerate(beating_ellipse(FRAMES, SIDE, SIDE, seed=number)[0]):
            sitk.WriteImage(sitk.GetImageFromArray(pixels), str(folder / f"{frame}.png"))
        study.add(folder, by="Tester")
    assert [cine.name for cine in study.cines()] == ["anna", "berta"]
    assert study.find("berta").id == 2


def test_the_log_says_who_did_what_and_only_grows(tmp_path):
    study = make_study(tmp_path, count=1)
    run_study(study, by="Night shift")
    assert [(entry.what, entry.by) for entry in study.log()[1:]] == [
        ("add", "Tester"),
        ("mark", "Tester"),
        ("predict", "Night shift"),
    ]
    with sqlite3.connect(study.folder / "study.sqlite") as connection:
        for sentence in ("DELETE FROM log", "UPDATE log SET by = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                connection.execute(sentence)
    connection.close()


def test_a_mark_that_was_drawn_anew_leaves_the_earlier_one_for_the_log(tmp_path):
    study = make_study(tmp_path, count=1)
    [first] = study.marks(1)
    other = np.zeros((SIDE, SIDE), np.uint8)
    other[20:30, 20:30] = 1
    study.mark(1, {0: other})
    [second] = study.marks(1)
    assert first.file != second.file and (study.folder / first.file).is_file()
    assert (study.marked_labels(1, (SIDE, SIDE))[0] == other).all()


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [
        ({FRAMES: np.ones((SIDE, SIDE), np.uint8)}, f"has frames 0 to {FRAMES - 1}"),
        ({0: np.ones((8, 8), np.uint8)}, "of shape"),
        ({0: np.full((SIDE, SIDE), 300)}, "no labels"),
        ({0: np.zeros((SIDE, SIDE), np.uint8)}, "every mask is empty"),
    ],
)
def test_marks_that_do_not_fit_change_nothing(tmp_path, marks, sentence):
    study = make_study(tmp_path, count=1, marked=0)
    with pytest.raises(InputError, match=sentence):
        study.mark(1, marks)
    assert study.marks(1) == () and not list((study.folder / "marks").rglob("*.png"))


def test_labels_and_tables_are_exported_with_the_names_of_the_segments(tmp_path):
    study = make_study(tmp_path, count=2)
    study.mark(1, study.marked_labels(1, (SIDE, SIDE)), names={1: "Left ventricle"})
    run_study(study)
    exported = export_study(study, tmp_path / "out")
    labels, table = exported.files[2]
    assert labels.name == "00002_cine2.seq.nrrd" and exported.problems == {}
    marks = read_label_sequence(labels, study.read(2))
    assert marks.names == {1: "Left ventricle"}
    assert all((marks[frame] == study.prediction(2).labels[frame]).all() for frame in marks)
    with table.open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == FRAMES


def test_the_report_counts_marks_and_minutes_and_shows_names_as_they_are(tmp_path):
    study = make_study(tmp_path, count=2)
    run_study(study)
    study.add_minutes(1, 2.5)
    (tmp_path / "cines" / "cine2.nrrd").rename(tmp_path / "cines" / "=1+a&b.nrrd")
    study.read(2)
    page, table, _ = write_study_report(study, tmp_path / "report.html")
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["marked_frames"], row["minutes"], row["status"]) for row in rows] == [
        ("1", "2.5", "predicted"),
        ("0", "0", "predicted"),
    ]
    assert rows[1]["name"] == "'=1+a&b.nrrd"
    text = page.read_text(encoding="utf-8")
    assert "=1+a&amp;b.nrrd" in text and "a&b" not in text


def test_a_run_that_is_cancelled_gives_its_cine_back(tmp_path):
    import threading

    study, cancel = make_study(tmp_path, count=3), threading.Event()
    with pytest.raises(Cancelled):
        run_study(study, cancel=cancel, heard=lambda event: cancel.set() if event.event == "started" else None)
    assert statuses(study) == ["waiting"] * 3 and whole(study)
    assert run_study(study).done == (1, 2, 3)
    assert predicted(study) == [1, 2, 3]


def test_settings_are_kept_and_those_that_cannot_be_are_refused(tmp_path):
    study = Study.create(tmp_path / "study", StudySettings(preset=PRESET, supports=3))
    assert study.change_settings(certain=0.5) == StudySettings(preset=PRESET, supports=3, certain=0.5)
    with pytest.raises(InputError, match="no preset"):
        study.change_settings(preset="nonsense")
    assert Study(study.folder).settings().preset == PRESET
