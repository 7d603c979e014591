"""The line of an M-mode in the page: drawn, moved, kept, and written as the command line writes it."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.scene_files import exportScene
from helpers.view_app import AppDriver, phantom_frames
from rabengine.errors import InputError
from rabengine.measurement.mmode import line_edges
from RABSegmentLib.Export.LineOverTime import exportMMode
from RABSegmentLib.Results.LineNode import lineOf, makeLine
from RABSegmentLib.Results.Measuring import scaleOf, segmentMasks
from RABSegmentLib.Session.KeptMarks import contentOf, putKept
from RABSegmentLib.Session.SceneFile import unpackScene

COUNT, SIDE = 3, 64
MIDDLE = [[31.5, 6.3], [31.5, 56.7]]


@pytest.fixture
def heart(app: AppDriver) -> AppDriver:
    """Three frames of a disc that becomes smaller; the results are shown."""
    app.put(phantom_frames(COUNT, SIDE, SIDE), spacing=(0.5, 0.5))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for frame in range(COUNT):
        disc = np.hypot(rows - 32, columns - 32) < 18 - 4 * frame
        app.do(lambda frame=frame, disc=disc: app.session.mark(frame, {app.segment: disc}))
    app.ask("show_areas")
    return app


def download(app: AppDriver, folder: Path) -> Path:
    return app.loop.run_until_complete(app.application.files.downloads.write("mmode", folder))


def test_it_is_drawn_down_the_middle_once_and_taken_away(heart: AppDriver) -> None:
    assert heart.state.line.ends == []
    heart.ask("move_line", 0, [[3.0, 4.0]])
    heart.ask("nudge_line", 0, 1, 1)
    heart.ask("remove_line")
    assert heart.state.line.ends == [] and lineOf(heart.segmentation) is None
    heart.ask("draw_line")
    assert heart.state.line.ends == MIDDLE
    heart.ask("move_line", 1, [[40.0, 50.0]])
    heart.ask("draw_line")
    assert heart.state.line.ends == [MIDDLE[0], [40.0, 50.0]]
    heart.ask("remove_line")
    assert heart.state.line.ends == [] and lineOf(heart.segmentation) is None


def test_what_was_done_to_the_line_is_undone_in_turn(heart: AppDriver) -> None:
    seen = [heart.state.line.ends]
    for name, arguments in (
        ("draw_line", ()),
        ("move_line", (0, [[20.0, 10.0]])),
        ("move_line", (1, [[40.0, 50.0]])),
        ("remove_line", ()),
    ):
        heart.ask(name, *arguments)
        seen.append(heart.state.line.ends)
    assert heart.state.undo.undo_text == "Remove line"
    for before in reversed(seen[:-1]):
        heart.ask("undo_edit")
        assert heart.state.line.ends == before
    for after in seen[1:]:
        heart.ask("redo_edit")
        assert heart.state.line.ends == after
    assert not heart.state.undo.can_redo
    heart.ask("undo_edit")
    for _press in range(3):
        heart.ask("nudge_line", 0, 1, 0)
    heart.ask("undo_edit")
    assert heart.state.line.ends == seen[-2], "keys in a row are one step"


def test_an_end_goes_where_it_is_put_and_stays_in_the_frame(heart: AppDriver) -> None:
    heart.ask("draw_line")
    heart.ask("move_line", 0, [[-50.0, 5000.0]])
    assert heart.state.line.ends == [[0.0, 63.0], MIDDLE[1]]
    heart.ask("nudge_line", 0, 5, -1)
    heart.ask("nudge_line", 1, 0, 1)
    assert heart.state.line.ends == [[5.0, 62.0], [31.5, 57.7]]


@pytest.mark.parametrize("odd", [(2, [[1.0, 1.0]]), (0, [["a", 1]]), (0, []), (-1, [[1.0, 1.0]])])
def test_odd_requests_do_nothing(heart: AppDriver, odd: tuple) -> None:
    heart.ask("draw_line")
    heart.ask("move_line", *odd)
    assert heart.state.line.ends == MIDDLE


def test_another_cine_has_no_line(heart: AppDriver) -> None:
    heart.ask("draw_line")
    heart.put(phantom_frames(COUNT, SIDE, SIDE))
    assert heart.state.line.ends == []


def test_the_download_holds_picture_and_edges_as_the_engine_finds_them(heart: AppDriver, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No line is drawn over Heart"):
        download(heart, tmp_path)
    heart.ask("draw_line")
    heart.ask("move_line", 0, [[32.0, 2.0]])
    heart.ask("move_line", 1, [[32.0, 62.0]])
    bundle = download(heart, tmp_path)
    assert bundle.name == "Heart mmode.zip"
    assert "What looks like text was made black" in heart.notice(), "the lines of the phantom's edge are taken for it"
    with zipfile.ZipFile(bundle) as archive:
        assert sorted(archive.namelist()) == ["Heart mmode.csv", "Heart mmode.png"]
        archive.extractall(tmp_path / "got")
    rows = list(csv.DictReader((tmp_path / "got" / "Heart mmode.csv").open()))
    scale, segment = scaleOf(heart.segmentation), segmentMasks(heart.segmentation, heart.segment)
    wanted = line_edges([segment], scale, (32.0, 2.0, 32.0, 62.0), (SIDE, SIDE))
    assert [(int(row["frame"]), row["way"]) for row in rows] == [(one.frame, one.way) for one in wanted]
    places = [float(row["position [mm]"]) for row in rows]
    assert places == pytest.approx([one.position for one in wanted], abs=1e-4)
    assert places[:2] == pytest.approx([0.5 * (14.5 - 2), 0.5 * (49.5 - 2)], abs=0.06), "the disc of radius 18"
    with Image.open(tmp_path / "got" / "Heart mmode.png") as picture:
        picture.load()
    exportMMode(heart.segmentation, tmp_path / "panel.png")
    assert (tmp_path / "panel.csv").read_text() == (tmp_path / "got" / "Heart mmode.csv").read_text()


def test_a_line_is_kept_with_the_marks_in_the_scene_and_for_slicer(heart: AppDriver, tmp_path: Path) -> None:
    heart.ask("draw_line")
    heart.ask("move_line", 0, [[20.0, 10.0]])
    line, kept = lineOf(heart.segmentation), contentOf(heart.segmentation)
    exportScene(heart.segmentation, tmp_path / "heart.mrb")
    heart.ask("remove_line")
    heart.do(lambda: putKept(heart.segmentation, kept))
    assert lineOf(heart.segmentation) == line
    heart.ask("remove_line")
    scene = unpackScene(tmp_path / "heart.mrb", tmp_path / "scene", 2**30)
    assert scene.kept is not None
    heart.do(lambda: putKept(heart.segmentation, scene.kept))
    heart.ask("show_areas")
    assert lineOf(heart.segmentation) == line
    node = makeLine(heart.segmentation)
    assert node.GetNumberOfControlPoints() == 2
    assert lineOf(heart.segmentation) == pytest.approx(line, abs=1e-6)
    heart.ask("move_line", 1, [[8.0, 9.0]])
    assert lineOf(heart.segmentation)[2:] == pytest.approx((8, 9), abs=1e-6), "the markups node follows"
    heart.ask("remove_line")
    assert lineOf(heart.segmentation) is None
