"""The cines of a study in the page: listed, opened one after another, and what is drawn goes to the study."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.own_presets import SMALL, OwnPresets
from helpers.study_files import SIDE, make_study, many_cines, write_cine
from helpers.view_app import AppDriver
from rabengine.study import Study, run_study
from rabengine.study.verification import verify_log
from RABSegmentLib.Session.StudyQueue import StudyQueue


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three cines, the first one marked by Tester, all of them segmented, and one that waits."""
    folder = tmp_path_factory.mktemp("study")
    made = make_study(folder, count=3)
    made.mark(1, made.marked_labels(1, (SIDE, SIDE)), names={1: "Left ventricle"}, by="Tester")
    made.change_settings(certain=1.0)
    run_study(made)
    write_cine(folder / "cines", "later", 9)
    made.add(folder / "cines" / "later.nrrd")
    return made


@pytest.fixture(scope="module")
def app(study: Study) -> Iterator[AppDriver]:
    driver = AppDriver(study.folder, StudyQueue(study.folder, by="Carla"))
    yield driver
    driver.close()


def open_cine(app: AppDriver, number: int) -> None:
    app.ask("open_study_cine", number)
    app.wait(lambda: app.state.study.current == number and not app.state.reading.is_on)


def square() -> np.ndarray:
    drawn = np.zeros((SIDE, SIDE), bool)
    drawn[20:40, 22:44] = True
    return drawn


def paint(app: AppDriver, frame: int) -> None:
    [segment] = app.segmentation.segmentIds()

    def work() -> None:
        app.segmentation.setMasks(frame, {segment: square()})
        app.session.keeping.noticeEdit(frame)

    app.do(work)


def test_each_cine_is_listed_with_its_status_confidence_marks_and_people(app: AppDriver) -> None:
    rows = app.state.study.rows
    assert [row.name for row in rows] == ["cine1.nrrd", "cine2.nrrd", "cine3.nrrd", "later.nrrd"]
    assert (rows[0].marks, rows[0].who) == (1, "Tester") and rows[3].statusText == "waiting"
    assert rows[1].needsPerson and rows[1].confidence and "confidence" in rows[1].note
    assert app.state.study.progress.startswith("3 of 4 cines segmented")
    assert rows[3].label == "Cine 4, later.nrrd, waiting, 0 marked frames"


def test_the_list_is_filtered_searched_and_ordered(app: AppDriver, study: Study) -> None:
    app.set(filter="need", order="confidence")
    found = [row.cine for row in app.state.study.rows]
    sure = {cine.id: cine.prediction.confidence for cine in study.cines() if cine.prediction is not None}
    assert found == sorted(sure, key=lambda number: sure[number])
    app.set(filter="all", order="number", search="LATER")
    assert [row.cine for row in app.state.study.rows] == [4]
    app.set(search="tester")
    assert [row.cine for row in app.state.study.rows] == [1]
    app.set(search="", filter="nonsense")
    assert len(app.state.study.rows) == 4


def test_a_cine_comes_with_its_prediction_and_marks_and_nothing_of_it_is_undone(app: AppDriver, study: Study) -> None:
    open_cine(app, 1)
    [segment] = app.segmentation.segmentIds()
    assert app.segmentation.segmentName(segment) == "Left ventricle"
    assert app.session.keeping.markedFrames() == [0]
    found = study.prediction(1).labels
    assert all((app.segmentation.masks(frame)[segment] == (found[frame] == 1)).all() for frame in range(3))
    assert app.segmentation.record(1).confidence and app.state.undo.undo_text == ""


def test_what_is_drawn_goes_to_the_study_with_name_and_minutes(
    app: AppDriver, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    open_cine(app, 1)
    open_cine(app, 2)
    paint(app, 1)
    app.do(lambda: app.segmentation.times.add(app.segmentation.indexValue(1), 90.0))
    app.wait(lambda: study.marks(2))
    app.wait(lambda: app.state.study.kept)
    assert app.state.kept.text == "" and not list(tmp_path.rglob("*")), "the study alone keeps it"
    [rating] = study.ratings(2)
    assert (rating.by, rating.frame, rating.how) == ("Carla", 1, "mark") and rating.predicted
    assert (study.marked_labels(2, (SIDE, SIDE))[1] == square()).all()
    assert app.state.study.rows[1].who == "Carla" and app.state.study.rows[1].statusText == "waiting"
    open_cine(app, 3)
    assert study.cine(2).minutes == pytest.approx(1.5, abs=0.1)
    assert verify_log(study).problems == ()


def test_what_segment_video_finds_is_the_prediction_of_the_study(
    app: AppDriver, study: Study, own_presets: OwnPresets, warm_engines: None
) -> None:
    open_cine(app, 2)
    paint(app, 2)
    app.set(preset=SMALL)
    app.ask("segment_video")
    app.wait(lambda: study.cine(2).status == "predicted")
    found, predicted = study.prediction(2), study.cine(2).prediction
    assert (predicted.by, predicted.carried, predicted.next_frame) == ("Carla", (), 0) and predicted.seconds > 0
    assert found.marked_frames == (1, 2) and (found.labels[2] == square()).all()
    [segment] = app.segmentation.segmentIds()
    assert found.labels[0].any() and (app.segmentation.masks(0)[segment] == (found.labels[0] > 0)).all()
    app.wait(lambda: app.state.study.rows[1].status == "predicted" and app.state.study.can_check)
    assert app.state.study.kept == "The result is kept in the study study"
    assert verify_log(study).problems == ()


def test_the_last_stroke_before_another_cine_is_opened_is_kept_and_a_mark_can_be_taken_back(
    app: AppDriver, study: Study
) -> None:
    open_cine(app, 3)
    paint(app, 2)
    app.do(lambda: app.application.study.open(2))
    app.wait(lambda: app.state.study.current == 2)
    assert [mark.frame for mark in study.marks(3)] == [2]
    open_cine(app, 3)
    app.ask("forget_mark", 2)
    app.wait(lambda: not study.marks(3))
    assert study.log()[-1].what in ("unmark", "minutes")


def test_the_next_cine_is_one_that_was_not_shown_and_is_read_while_this_one_is_looked_at(
    app: AppDriver, study: Study
) -> None:
    for number in (1, 2, 3):
        open_cine(app, number)
    control = app.application.study
    control.queue._seen.clear()
    open_cine(app, 2)
    number, task = control._ahead
    app.wait(task.done)
    assert number != 2 and number == control.queue.next()[0]
    app.ask("next_cine")
    app.wait(lambda: app.state.study.current == number)


def test_cine_after_cine_of_the_list_is_opened_and_its_ends_are_ends(app: AppDriver) -> None:
    open_cine(app, 1)
    app.ask("step_cine", -1)
    assert app.state.study.current == 1
    app.ask("step_cine", 1)
    app.wait(lambda: app.state.study.current == 2)


def test_a_cine_is_not_checked_while_the_next_one_is_read(app: AppDriver, study: Study) -> None:
    open_cine(app, 1)
    app.do(lambda: (app.trigger("step_cine", 1), app.trigger("check_cine")))
    app.wait(lambda: app.state.study.current == 2 and not app.state.reading.is_on)
    assert study.cine(1).checked_by == "" and study.cine(2).checked_by == ""


def test_a_cine_that_is_right_is_checked_by_name(app: AppDriver, study: Study) -> None:
    open_cine(app, 1)
    assert app.state.study.can_check
    app.ask("check_cine")
    assert study.cine(1).checked_by == "Carla" and app.state.study.rows[0].status == "checked"
    assert not app.state.study.can_check
    said = app.state.notice.number
    app.ask("check_cine")  # its key once more
    assert app.state.notice.number == said


def test_what_others_do_meanwhile_is_shown(app: AppDriver, study: Study) -> None:
    assert app.state.study.rows[3].who == ""
    study.mark(4, {0: square()}, by="Emil")
    app.do(app.application.study.refresh)
    assert (app.state.study.rows[3].who, app.state.study.rows[3].marks) == ("Emil", 1)


def test_a_cine_that_vanished_is_one_sentence_and_the_one_before_stays(app: AppDriver, study: Study) -> None:
    open_cine(app, 2)
    path = study.cine(4).path
    kept = path.read_bytes()
    path.unlink()
    try:
        app.do(lambda: app.application.study.open(4))
        app.wait(lambda: "has vanished" in app.state.notice.text)
        assert app.state.study.current == 2
    finally:
        path.write_bytes(kept)


def test_each_cine_has_a_small_picture_that_is_kept_in_the_study(app: AppDriver, study: Study) -> None:
    content = app.do(lambda: None) or asyncio.get_event_loop().run_until_complete(app.application.thumbnails.png(1))
    assert content.startswith(b"\x89PNG") and (study.folder / "thumbnails" / "000001.png").read_bytes() == content
    assert app.loop.run_until_complete(app.application.thumbnails.png(77)) is None


def test_a_list_of_a_thousand_cines_is_shown_in_portions_and_the_current_one_always(
    app: AppDriver, tmp_path: Path
) -> None:
    study = many_cines(tmp_path, 1000)
    driver = AppDriver(study.folder, StudyQueue(study.folder, by="Carla"))
    try:
        state = driver.state.study
        assert [row.cine for row in state.rows] == list(range(1, 201)) and state.left_out == 800
        driver.ask("more_cines")
        assert [row.name for row in state.rows] == [f"cine{number}.nrrd" for number in range(1, 401)]
        driver.set(search="cine99")
        assert [row.cine for row in state.rows] == [99, *range(990, 1000)] and state.left_out == 0
        driver.set(search="")
        assert len(state.rows) == 200
        driver.application.study.queue.open(650)
        driver.do(driver.application.study.show_list)
        assert len(state.rows) == 800 and state.rows[649].cine == 650
    finally:
        driver.close()
        asyncio.set_event_loop(app.loop)


def test_who_rates_blindly_sees_neither_predictions_nor_what_others_drew(app: AppDriver) -> None:
    control = app.application.study
    control.is_blind, control.queue.by = True, "Dora"
    open_cine(app, 3)
    assert app.painted() == [] and app.session.keeping.markedFrames() == []
    assert not app.state.study.can_check
    app.ask("check_cine")
    assert control.queue.study.cine(3).checked_by == ""
