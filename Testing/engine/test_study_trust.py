"""What makes a study fit for publication: raters kept apart, agreement, a third person, a log that can be checked."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from helpers.processes import run_command
from helpers.study_files import FRAMES, PRESET, SIDE, make_study, study_json
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.evaluation.borders import hd95
from rabengine.io.labels.formats import png_bytes
from rabengine.segmentation import Segmentation
from rabengine.study import Study, keep_result, last_entry, run_study, write_study_report
from rabengine.study.adjudication import decide, differences
from rabengine.study.agreement import agreement
from rabengine.study.measures import bland_altman, cohen_kappa, finite, fleiss_kappa, mask_dice, mask_hd95
from rabengine.study.predictions import write_prediction
from rabengine.study.settings import check_names
from rabengine.study.verification import verify_log


def square(top: int, side: int = 20, label: int = 1) -> np.ndarray:
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[top : top + side, 20 : 20 + side] = label
    return labels


def rated(folder) -> Study:
    """Anna and Berta mark frames 0 to 2 of two cines; on frame 2 Berta sees nothing."""
    study = make_study(folder, count=2, marked=0)
    for cine in (1, 2):
        study.mark(cine, {0: square(20), 1: square(22), 2: square(24)}, by="Anna")
        study.mark(cine, {0: square(20), 1: square(26), 2: square(24) * 0}, by="Berta")
    return study


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A study that is only read: two raters, and Anna twice on frame 0 of the first cine."""
    study = rated(tmp_path_factory.mktemp("published"))
    study.mark(1, {0: square(21)}, by="Anna", is_repeat=True)
    study.add_minutes(1, 4, by="Anna")
    return study


def test_hd95_is_that_of_monai():
    pytest.importorskip("monai")
    noise = np.random.default_rng(0)
    for _ in range(6):
        first = square(10, 30) & (noise.random((SIDE, SIDE)) > 0.02)
        second = square(14, 28) | (noise.random((SIDE, SIDE)) > 0.99)
        [theirs] = hd95(first[None], second[None], 1, [0])
        assert mask_hd95(first > 0, second > 0) == pytest.approx(theirs, abs=1e-4)
    assert mask_hd95(square(10) > 0, square(13) > 0, (0.5, 2.0)) == pytest.approx(6.0)
    assert mask_hd95(square(10) > 0, square(10) > 9) is None
    assert mask_dice(square(10) > 9, square(10) > 9) == 1


def test_kappa_and_bland_altman_give_the_figures_of_worked_examples():
    # Cohen's kappa of 20 yes-yes, 5 yes-no, 10 no-yes and 15 no-no: (0.7 - 0.5) / 0.5.
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert cohen_kappa([True] * 4, [True] * 4) is None
    # Fleiss's kappa of three raters: three things agreed upon, one of two against one.
    said = [(True,) * 3, (True,) * 3, (False,) * 3, (True, True, False)]
    by_chance = (8 / 12) ** 2 + (4 / 12) ** 2
    assert fleiss_kappa(said) == pytest.approx(((3 + 1 / 3) / 4 - by_chance) / (1 - by_chance))
    found = bland_altman([10, 20, 30], [11, 23, 32])
    assert (found.bias, found.deviation) == (2, 1) and (found.lower, found.upper) == pytest.approx((0.04, 3.96))
    assert finite(0.000123456789) == 0.000123457  # mm2, of an image of 5 micrometres a pixel
    alone = bland_altman([10], [11])
    assert (alone.bias, alone.deviation, alone.lower, alone.upper) == (1, None, None, None)


def test_what_each_rater_drew_is_kept_and_the_latest_is_used(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    study.mark(1, {0: square(10)}, by="Anna")
    study.mark(1, {0: square(12)}, by="Berta")
    study.mark(1, {0: square(14)}, by="Anna")
    assert [(one.by, one.reading) for one in study.ratings(1)] == [("Berta", 1), ("Anna", 1)]
    assert (study.marked_labels(1, (SIDE, SIDE))[0] == square(14)).all()
    study.unmark(1, 0, by="Anna")
    assert (study.marked_labels(1, (SIDE, SIDE))[0] == square(12)).all()
    with pytest.raises(InputError, match="was marked by Berta, not by Anna"):
        study.unmark(1, 0, by="Anna")
    assert verify_log(study).problems == ()


def test_a_blank_more_in_a_name_makes_no_second_rater(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    study.mark(1, {0: square(10)}, by="Anna  Meyer ")
    study.mark(1, {0: square(12)}, by=" Anna Meyer")
    assert [one.by for one in study.ratings(1)] == ["Anna Meyer"] and agreement(study).pairs == ()


def test_marks_whose_labels_are_those_of_other_segments_are_refused():
    segments = {1: "LV", 2: "LA"}
    assert check_names(segments, {1: "lv", 3: "RV"}) == ()
    assert "Label 1 is LV in the study" in check_names(segments, {1: "Segment_1"})[0]
    with pytest.raises(InputError, match="call label 1 LA, which is label 2 in the study"):
        check_names(segments, {1: "LA", 2: "LV"})


def test_marks_with_a_label_that_no_other_mark_has_are_kept_and_said(tmp_path):
    study = make_study(tmp_path, count=2)
    (tmp_path / "white.png").write_bytes(png_bytes(square(10, label=255)))
    command = ("study", "mark", study.folder, "cine2", "--mark", f"0={tmp_path / 'white.png'}")
    said = run_command(*command).stderr
    assert "Label 255 is on no other mark of the study, which has 1" in said and study.marks(2)
    assert "Label" not in run_command(*command).stderr, "now one has it"


def test_a_frame_marked_again_for_comparison_changes_no_result(tmp_path):
    study = make_study(tmp_path, count=1)
    run_study(study)
    study.mark(1, {0: square(10)}, by="Tester", is_repeat=True)
    assert study.cine(1).status == "predicted" and (study.marked_labels(1, (SIDE, SIDE))[0] != square(10)).any()
    [pair] = agreement(study).pairs
    assert (pair.kind, pair.first, pair.second, pair.frames) == ("again", "Tester", "Tester", 1)


def test_agreement_between_raters_and_of_one_with_himself_is_counted_frame_by_frame(published):
    found = agreement(published)
    between, again = found.pairs
    assert (between.kind, between.first, between.second, between.frames, between.cines) == (
        "raters",
        "Anna",
        "Berta",
        6,
        2,
    )
    assert between.dice == pytest.approx((1 + 0.8 + 0) / 3) and between.least_dice == 0
    assert between.hd95_px == pytest.approx(2.0) and between.hd95_mm == pytest.approx(2.0)
    assert between.kappa == 0  # Anna always sees it: no better than chance
    assert between.unit == "mm2" and between.areas.bias == pytest.approx(-400 / 3)
    assert (again.kind, again.frames) == ("again", 1) and again.dice == pytest.approx(0.95)
    assert found.presence[0].frames == 6 and found.presence[0].kappa == pytest.approx(-0.2)


def test_a_person_is_compared_with_what_was_predicted_before_anybody_marked_the_frame(tmp_path):
    study = make_study(tmp_path, count=2)
    run_study(study)
    found = study.prediction(2).labels
    study.mark(2, {1: square(30)}, by="Anna")
    study.verify(2, 2, by="Berta")
    run_study(study)
    pairs = {pair.first: pair for pair in agreement(study).pairs}
    assert {pair.kind for pair in pairs.values()} == {"predicted"}
    assert pairs["Anna"].dice == pytest.approx(mask_dice(found[1] > 0, square(30) > 0))
    assert (pairs["Berta"].dice, pairs["Berta"].verified) == (1, 1)


def predict(study: Study, labels: np.ndarray, marked: tuple[int, ...] = ()) -> None:
    """Labels (H, W) on all frames become the prediction of the first cine, made of these marked frames of its own."""
    frames = np.stack([labels] * FRAMES)
    found = Segmentation(frames, np.ones((FRAMES, 1), np.float32), (1,), marked, PRESET, "cpu", 0)
    keep_result(study, 1, found, known=last_entry(study), seconds=1)


def test_who_corrects_himself_after_another_prediction_is_still_compared_with_the_first(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    predict(study, square(20))
    study.mark(1, {1: square(22)}, by="Anna")
    predict(study, square(22), marked=(1,))
    study.mark(1, {1: square(25)}, by="Anna")
    for name in ("Berta", "Carla"):
        study.verify(1, 1, by=name)  # what Anna drew at first, and no prediction
    pairs = {(pair.first, pair.second): (pair.dice, pair.verified) for pair in agreement(study).pairs}
    assert pairs == {
        ("Anna", "Berta"): (0.85, 0),
        ("Anna", "Carla"): (0.85, 0),
        ("Berta", "Carla"): (1, 1),
        ("Anna", "prediction"): (0.75, 0),
        ("Berta", "prediction"): (0.9, 0),
        ("Carla", "prediction"): (0.9, 0),
    }


def test_a_predicted_segment_that_nobody_drew_counts_as_found_where_there_is_nothing(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    predict(study, square(20) + square(42, 10, 2))
    study.mark(1, {1: square(20)}, by="Anna")
    right, wrong = agreement(study).pairs
    assert (right.segment, right.dice, right.kappa) == (1, 1, None)
    assert (wrong.segment, wrong.dice, wrong.areas.bias, wrong.kappa) == (2, 0, 100, 0)


def test_sizes_are_in_mm_where_all_frames_are_calibrated_and_else_in_pixels(tmp_path):
    study = make_study(tmp_path, count=2, marked=0)
    drawn = {"Anna": {0: square(20), 1: square(20, 10)}, "Berta": {0: square(20, 22), 1: square(20) * 0}}
    frames = np.zeros((FRAMES, SIDE, SIDE), np.uint8)
    for name, marks in drawn.items():
        study.mark(1, marks, by=name, cine=Cine(frames, (0.5, 0.4)))
    [pair] = agreement(study).pairs
    # 80 and 96.8 mm2, 20 and 0 mm2: differences of 16.8 and -20.
    assert (pair.unit, pair.areas.bias) == ("mm2", pytest.approx(-1.6))
    assert (pair.areas.lower, pair.areas.upper) == pytest.approx((-52.6022, 49.4022), abs=1e-3)
    assert (pair.dice, pair.hd95_px, pair.hd95_mm) == pytest.approx((400 / 884, 2, 1), abs=1e-4)
    for name, top in (("Anna", 20), ("Berta", 22)):
        study.mark(2, {0: square(top)}, by=name, cine=Cine(frames))
    [pair] = agreement(study).pairs
    assert (pair.unit, pair.hd95_mm, pair.areas.bias) == ("px", None, pytest.approx((84 - 100 + 0) / 3))
    assert pair.hd95_px == pytest.approx(2, abs=1e-4)


def test_a_frame_of_which_a_mark_is_gone_is_left_out_with_all_that_was_drawn_on_it(tmp_path):
    study = rated(tmp_path)
    study.mark(1, {0: square(30)}, by="Carla")
    [gone] = [one for one in study.ratings(1) if one.by == "Carla"]
    (study.folder / gone.mark.file).unlink()
    found = agreement(study)
    assert len(found.problems) == 1 and {(one.cine, one.frame) for one in found.comparisons} == {
        (cine, frame) for cine in (1, 2) for frame in range(3)
    } - {(1, 0)}
    (study.folder / gone.mark.file).write_bytes(png_bytes(square(10)[:, :50]))
    assert "differ in size" in agreement(study).problems[0]


def test_the_frames_that_differ_most_come_first_and_a_third_person_decides(tmp_path):
    study = rated(tmp_path)
    listed = differences(study)
    assert [(one.cine, one.frame) for one in listed] == [(1, 2), (2, 2), (1, 1), (2, 1)]
    assert [(one.cine, one.frame) for one in differences(study, below=0.5)] == [(1, 2), (2, 2)]
    with pytest.raises(InputError, match="Berta marked frame 2 of cine 1, and a third person decides"):
        decide(study, 1, 2, take="Anna", by="Berta")
    decide(study, 1, 2, take="Anna", by="Carla")
    decide(study, 1, 1, labels=square(24), by="Carla")
    study.mark(1, {1: square(30)}, by="Anna")
    used = study.marked_labels(1, (SIDE, SIDE))
    assert (used[2] == square(24)).all() and (used[1] == square(24)).all()
    assert [(one.cine, one.frame) for one in differences(study)] == [(2, 2), (2, 1)]
    assert [one.decided_by for one in differences(study, with_decided=True) if one.cine == 1] == ["Carla", "Carla"]


def changed(study: Study, *sentences: str) -> None:
    """Change the database as somebody would who takes its guards away."""
    with sqlite3.connect(study.folder / "study.sqlite") as connection:
        for [trigger] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        for sentence in sentences:
            connection.execute(sentence)
    connection.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A study in which everything was done that the log tells of; it is only copied."""
    study = make_study(tmp_path_factory.mktemp("told"), count=2, marked=2)
    study.mark(1, {1: square(10)}, by="Anna")
    study.mark(1, {1: square(12), 2: square(14)}, {1: "Ventricle"}, by="Anna")
    study.change_settings(certain=0.9)
    predict(study, square(20), marked=(0, 1, 2))
    study.check(1, by="Anna")
    study.mark(2, {1: square(10)}, by="Anna")
    study.mark(2, {1: square(20)}, by="Anna", is_repeat=True)
    study.mark(2, {1: square(30)}, by="Berta")
    decide(study, 2, 1, take="Anna", by="Carla")
    study.unmark(2, 0, by="Tester")
    study.add_minutes(1, 0.1)
    study.add_minutes(1, 0.2)
    assert verify_log(study).problems == ()
    return study


FIRST = "(SELECT min(id) FROM ratings WHERE cine = 1 AND frame = 1)"
RATING = "INSERT INTO ratings SELECT (SELECT max(id) + 1 FROM ratings), {entry}, cine, frame, by, reading, how, file, "
REST = "segments, at, content, predicted, spacing FROM ratings WHERE id = " + FIRST


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("UPDATE log SET by = 'Nobody' WHERE number = 3", "Entry 3 of the log"),
        ("UPDATE log SET details = '[' WHERE number = 5", "Entry 5 of the log"),
        ("DELETE FROM log WHERE number = 2", "Entry 2 of the log is missing"),
        ("DELETE FROM log WHERE number = (SELECT max(number) FROM log)", "entries, and"),
        ("UPDATE log SET number = CASE number WHEN 4 THEN -5 ELSE -4 END WHERE number IN (4, 5); UPDATE log SET "
         "number = -number WHERE number < 0", "Entry 4 of the log, or one before it"),
        ("UPDATE ratings SET by = 'Nobody' WHERE id = 1", "does not tell of what Nobody did"),
        ("UPDATE ratings SET reading = 2 WHERE id = 1", "does not tell of what Tester did"),
        ("UPDATE ratings SET reading = 3 WHERE reading = 2", "does not tell of what Anna did on frame 1 of cine 2"),
        ("UPDATE ratings SET spacing = '[0.5, 0.5]' WHERE id = 1", "does not tell of what Tester did"),
        ("UPDATE ratings SET segments = '[2]' WHERE reading = 2", "does not tell of what Anna did"),
        ("UPDATE ratings SET segments = '[' WHERE id = 1", "does not say what its kind"),
        ("UPDATE ratings SET predicted = file WHERE id = 1", "does not tell of what Tester did"),
        (RATING.format(entry="0") + REST, "does not tell of what Anna did on frame 1 of cine 1"),
        (RATING.format(entry="entry") + REST, "does not tell of what Anna did on frame 1 of cine 1"),
        ("DELETE FROM ratings WHERE id = 1", "The mark of frame 0 of entry"),
        ("DELETE FROM ratings WHERE how = 'unmark'", "The mark of frame 0 of entry"),
        ("UPDATE marks SET by = 'Nobody'", "is not the one that was drawn"),
        (f"UPDATE marks SET file = (SELECT file FROM ratings WHERE id = {FIRST}) WHERE cine = 1 AND frame = 1",
         "on frame 1 of cine 1 is not the one that was drawn"),
        ("DELETE FROM marks WHERE frame = 2", "The mark that Anna drew on frame 2 of cine 1 is not used"),
        ("UPDATE cines SET minutes = 9 WHERE id = 1", "tells of 0.3 minutes on cine 1, not of 9"),
        ("UPDATE cines SET checked_by = 'Nobody' WHERE id = 1", "does not tell that Nobody checked cine 1"),
        ("UPDATE cines SET checked_by = 'Anna' WHERE id = 2", "does not tell that Anna checked cine 2"),
        ("UPDATE cines SET content = 'other' WHERE id = 2", "Cine 2 is not the one that was added"),
        ("UPDATE settings SET value = '{\"1\": \"Atrium\"}' WHERE name = 'segments'", "Label 1 is not called as"),
        ("UPDATE predictions SET confidence = 0.5", "The prediction of cine 1 is not the one"),
        ("UPDATE predictions SET file = 'predictions/other.npz'", "The prediction of cine 1 is not the one"),
    ],
)  # fmt: skip
def test_whoever_tampers_with_log_or_marks_is_found_out(told, tmp_path, sentence, said):
    study = Study(shutil.copytree(told.folder, tmp_path / "study"))
    changed(study, *sentence.split("; "))
    problems = verify_log(study).problems
    assert any(said in problem for problem in problems), problems


def test_what_was_predicted_on_a_marked_frame_is_known_by_its_content(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    predict(study, square(20))
    study.mark(1, {1: square(22)}, by="Anna")
    [rating] = study.ratings()
    assert verify_log(study).problems == ()
    (study.folder / rating.predicted).write_bytes(png_bytes(square(22)))
    assert verify_log(study).problems == (f"The mark {rating.predicted} is not as it was drawn.",)


def test_a_prediction_whose_file_was_changed_or_removed_is_found_out_and_one_that_was_replaced_is_not_missed(tmp_path):
    study = make_study(tmp_path, count=1, marked=1)
    predict(study, square(20))
    first = study.cine(1).prediction.file
    predict(study, square(30))
    assert not (study.folder / first).exists() and verify_log(study).problems == ()
    file = study.cine(1).prediction.file
    other = replace(study.prediction(1), labels=np.zeros_like(study.prediction(1).labels))
    write_prediction(study.store(), file, other)
    assert verify_log(study).problems == (f"The prediction {file} is not as it was made.",)
    (study.folder / file).unlink()
    assert verify_log(study).problems == (f"The prediction {file} cannot be read (No such file or directory).",)


def test_a_mark_whose_file_was_changed_and_a_chain_made_anew_are_found_out(tmp_path):
    study = make_study(tmp_path, count=1)
    head = verify_log(study).head
    study.add_minutes(1, 1)
    assert verify_log(study, head).problems == ()
    assert "hash that is expected" in verify_log(study, "0" * 64).problems[0]
    [mark] = study.marks(1)
    path = study.folder / mark.file
    path.write_bytes(path.read_bytes() + b" ")
    assert any("is not as it was drawn" in problem for problem in verify_log(study).problems)


def test_the_log_refuses_to_be_written_over(tmp_path):
    study = make_study(tmp_path, count=1)
    with sqlite3.connect(study.folder / "study.sqlite") as connection:
        row = connection.execute("SELECT * FROM log WHERE number = 1").fetchone()
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.close()
    assert verify_log(study).problems == ()


def test_a_study_of_an_older_version_is_brought_up_to_date_with_its_marks_and_log(tmp_path):
    study = make_study(tmp_path, count=2)
    changed(
        study,
        "DROP VIEW serving",
        "DROP TABLE examples",
        "DROP TABLE appearances",
        "DROP TABLE ratings",
        "UPDATE log SET details = json_remove(details, '$.contents')",
        "ALTER TABLE log DROP COLUMN hash",
        "CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
        "CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log only grows'); END",
        "PRAGMA user_version = 1",
    )
    again = Study(study.folder)
    assert [(one.by, one.frame) for one in again.ratings()] == [("Tester", 0)]
    assert verify_log(again).problems == ()
    again.mark(2, {1: square(20)}, by="Anna")
    assert verify_log(again).problems == () and again.log()[-1].by == "Anna"


def test_the_report_has_the_people_their_minutes_and_how_they_agree(published, tmp_path):
    page, _, twice = write_study_report(published, tmp_path / "report.html")
    text = page.read_text(encoding="utf-8")
    assert "Anna and Berta" in text and "Anna, twice" in text and text.count("<svg") == 2
    assert text.count("+1.96 SD") == 1  # one frame that was drawn twice has no limits
    assert "<td>Anna</td><td class=n>6</td>" in text  # six frames, one of them drawn twice
    assert verify_log(published).head in text and "http" not in text
    with twice.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 7 and rows[1]["dice"] == "0.95"
    assert [row["second_area_mm2"] for row in rows if row["frame"] == "2"] == ["0.0", "0.0"]


def test_a_report_for_others_names_nobody(published, tmp_path):
    targets = write_study_report(published, tmp_path / "report.html", is_deidentified=True)
    for path in targets:
        text = path.read_text(encoding="utf-8")
        for name in ("Anna", "Berta", "Tester", "cine1", published.log()[-1].at[:10]):
            assert name not in text, (path, name)
    assert "rater 1" in targets[2].read_text(encoding="utf-8")


def test_a_report_for_others_takes_a_name_with_a_comma_for_one_person(tmp_path):
    study = make_study(tmp_path, count=1, marked=0)
    study.mark(1, {0: square(20)}, by="Mueller, Anna")
    with write_study_report(study, tmp_path / "report.html", is_deidentified=True)[1].open(newline="") as stream:
        assert [row["people"] for row in csv.DictReader(stream)] == ["rater 1"]


def test_agreement_adjudication_and_log_on_the_command_line(tmp_path):
    study = rated(tmp_path)
    assert [pair["frames"] for pair in study_json("agreement", study.folder, "-o", tmp_path / "t.csv")["pairs"]] == [6]
    assert (tmp_path / "t.csv").read_text().count("\n") == 7
    assert len(study_json("adjudicate", study.folder)["frames"]) == 4
    study_json("adjudicate", study.folder, "cine1", "2", "--take", "Anna", "--by", "Carla")
    assert len(study_json("adjudicate", study.folder)["frames"]) == 3
    head = study_json("log", study.folder, "--verify")["head"]
    changed(study, "UPDATE log SET by = 'Nobody' WHERE number = 3")
    done = run_command("study", "log", study.folder, "--verify", "--expect", head)
    assert done.returncode == 2 and "not as it was written" in done.stderr
