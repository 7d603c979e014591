"""The marks of the browser front end are kept as they change, and come back whatever became of the program."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from helpers.kept_marks import kept, write_calibrated
from helpers.processes import PATIENCE_SECONDS
from helpers.scene_files import exportScene
from helpers.view_app import AppDriver, phantom_frames
from RABSegmentLib.Session.KeptMarks import SUFFIX
from rabview import kept_marks
from rabview.kept_places import state_folder


def is_kept(app: AppDriver, path: Path) -> bool:
    return kept(path).exists() and not app.application.kept_marks._content()


def draw(app: AppDriver) -> list:
    """Marks of several kinds; returns what is seen of them."""
    app.set(tool="paint")
    app.show(2)
    app.stroke((20, 30), (40, 30))
    app.ask("rename_segment", app.segment, "Cavity")
    app.ask("recolor_segment", app.segment, "#123456")
    app.show(4)
    app.ask("mark_absent")
    app.ask("add_segment")
    app.show(1)
    app.stroke((30, 40))
    return seen(app)


def seen(app: AppDriver) -> list:
    names = [(row.id, row.name, row.color) for row in app.state.segments.rows]
    masks = [{name: mask.tobytes() for name, mask in app.segmentation.masks(frame).items()} for frame in range(6)]
    return [names, masks, [app.segmentation.record(frame) for frame in range(6)], app.state.marks.rows]


def test_marks_are_kept_and_come_back(app: AppDriver, heart: Path) -> None:
    app.open(heart)
    app.wait(lambda: app.application.kept_marks._places)
    assert app.state.kept.offer is None
    drawn = draw(app)
    app.wait(lambda: is_kept(app, heart))
    assert kept(heart).stat().st_size < 20_000, "the pixels are in it"
    app.wait(lambda: app.state.kept.text == f"Marks are kept in {kept(heart).name}")

    app.open(heart)
    assert app.marked() == []
    app.wait(lambda: app.state.kept.offer)
    assert app.state.kept.offer.text.startswith("3 marked frames of ")
    app.ask("resume_marks")
    app.wait(lambda: not app.state.reading.is_on)
    assert seen(app) == drawn and app.state.kept.offer is None
    app.ask("undo_edit")
    assert app.marked() == []
    app.ask("redo_edit")
    assert seen(app) == drawn
    app.set(tool="paint")
    app.stroke((10, 10))
    assert app.works("segment")


def test_what_is_drawn_before_the_cine_is_recognised_is_kept(
    app: AppDriver, heart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.open(heart)
    draw(app)
    app.wait(lambda: is_kept(app, heart))
    before = kept(heart).read_bytes()
    is_drawn, digest = threading.Event(), kept_marks.pixelDigest

    def late(frames: list) -> str:
        is_drawn.wait(PATIENCE_SECONDS)
        return digest(frames)

    monkeypatch.setattr(kept_marks, "pixelDigest", late)
    app.open(heart)
    app.set(tool="paint")
    app.stroke((10, 10))
    is_drawn.set()
    app.wait(lambda: kept(heart).read_bytes() != before)
    assert kept(heart).with_name(kept(heart).name + ".earlier").read_bytes() == before


def test_who_starts_anew_loses_nothing_until_he_draws(app: AppDriver, heart: Path) -> None:
    app.open(heart)
    draw(app)
    app.wait(lambda: is_kept(app, heart))
    before = kept(heart).read_bytes()
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
    app.ask("start_anew")
    assert app.state.kept.offer is None
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
    assert kept(heart).read_bytes() == before
    app.ask("start_anew")
    app.set(tool="paint")
    app.stroke((10, 10))
    app.wait(lambda: kept(heart).read_bytes() != before)
    assert kept(heart).with_name(kept(heart).name + ".earlier").read_bytes() == before
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
    assert app.state.kept.offer.text.startswith("1 marked frame of ")


def test_a_cine_is_known_by_its_pixels(app: AppDriver, heart: Path, tmp_path: Path) -> None:
    """Moved with its marks or without, renamed, or uploaded; and another cine of its name is another."""
    app.open(heart)
    drawn = draw(app)
    app.wait(lambda: is_kept(app, heart))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in (moved / "patient.nrrd", heart.with_name("renamed.nrrd")):
        shutil.copy(heart, path)
        app.open(path)
        app.wait(lambda: app.state.kept.offer)
        app.ask("resume_marks")
        app.wait(lambda: not app.state.reading.is_on)
        assert seen(app) == drawn
    write_calibrated(phantom_frames()[::-1], heart)
    app.open(heart)
    app.wait(lambda: app.application.kept_marks._places)
    assert app.state.kept.offer is None


def test_where_the_folder_cannot_be_written_to(app: AppDriver, heart: Path) -> None:
    kept(heart).mkdir()  # the place is taken, and by no file
    (kept(heart) / "file").touch()
    app.open(heart)
    drawn = draw(app)
    places = state_folder() / "marks"
    app.wait(lambda: list(places.glob(f"*{SUFFIX}")))
    app.wait(lambda: app.state.kept.text)
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
    app.ask("resume_marks")
    app.wait(lambda: not app.state.reading.is_on)
    assert seen(app) == drawn


def test_where_nothing_can_be_written_it_is_said_once(
    app: AppDriver, heart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(heart).mkdir()
    (kept(heart) / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(heart))  # a file is no folder
    app.open(heart)
    app.set(tool="paint")
    app.stroke((20, 30))
    app.wait(lambda: app.state.kept.problem)
    assert "cannot be kept" in app.notice()
    app.stroke((40, 30))
    app.do(app.application.kept_marks.flush)
    assert not app.state.notice.is_open and app.state.kept.problem


def test_damaged_marks_are_refused_and_stay(app: AppDriver, heart: Path) -> None:
    app.open(heart)
    draw(app)
    app.wait(lambda: is_kept(app, heart))
    content = kept(heart).read_bytes()[:-30]
    kept(heart).write_bytes(content)
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
    app.ask("resume_marks")
    app.wait(lambda: not app.state.reading.is_on)
    assert "damaged" in app.notice() and app.marked() == []
    assert kept(heart).read_bytes() == content


def test_a_scene_with_the_marks_that_are_kept_asks_nothing(app: AppDriver, heart: Path) -> None:
    """Such as the one that was downloaded a moment ago."""
    app.open(heart)
    drawn = draw(app)
    app.wait(lambda: is_kept(app, heart))
    scene = exportScene(app.segmentation, heart.parent / "heart.mrb")
    app.open(scene)
    app.wait(lambda: app.state.kept.text)
    assert app.state.kept.offer is None and seen(app) == drawn
    app.stroke((70, 40))
    app.wait(lambda: not app.application.kept_marks._content())
    app.open(heart)
    app.wait(lambda: app.state.kept.offer)
