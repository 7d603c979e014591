"""Apex and mitral plane of the left ventricle in the page: found, moved, measured at once, kept and reset."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.analytic_shapes import ventricle
from helpers.scene_files import exportScene
from helpers.view_app import AppDriver, phantom_frames
from rabengine.measurement.landmarks import GivenLandmarks
from rabengine.measurement.measure import measure_masks
from RABSegmentLib.Export.Measurements import measuring
from RABSegmentLib.Results.Measuring import scaleOf, segmentMasks
from RABSegmentLib.Results.MovedPoints import movedPoints
from RABSegmentLib.Session.KeptMarks import contentOf, putKept
from RABSegmentLib.Session.SceneFile import unpackScene

ED, ES = 0, 1


@pytest.fixture
def heart(app: AppDriver) -> AppDriver:
    """Two frames of a cut ellipsoid; the results are shown."""
    app.put(phantom_frames(2, 130, 130), spacing=(1.0, 1.0))
    for frame, size in enumerate((1.0, 0.8)):
        mask = ventricle(48 * size, 24 * size, 0.5, (1.0, 1.0), 1.4)
        app.do(lambda frame=frame, mask=mask: app.session.mark(frame, {app.segment: mask}))
    app.ask("rename_segment", app.segment, "LV")
    app.ask("show_areas")
    return app


def figures(app: AppDriver) -> dict[str, str]:
    return {one.title: one.value for one in app.state.results.figures}


def points(app: AppDriver, frame: int) -> list[list[float]]:
    return app.state.landmarks.frames[frame].points


def test_they_are_shown_on_both_ends_of_the_beat_where_the_mask_has_them(heart: AppDriver) -> None:
    shown = heart.state.landmarks
    assert [(one.frame, one.end, one.is_moved) for one in shown.frames] == [(ED, "ED", False), (ES, "ES", False)]
    assert not shown.is_moved
    for frame in (ED, ES):
        mask = heart.mask(frame)
        for x, y in points(heart, frame):
            assert mask[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].any(), "on the outline"
    apex, first, second = points(heart, ED)
    assert apex[1] < min(first[1], second[1]), "the shape stands on its base"


def test_a_plane_that_is_moved_is_measured_at_once_as_the_command_line_does(heart: AppDriver) -> None:
    before = figures(heart)
    apex, first, second = points(heart, ED)
    moved = [first[0] + (apex[0] - first[0]) / 4, first[1] + (apex[1] - first[1]) / 4]
    other = [second[0] + (apex[0] - second[0]) / 4, second[1] + (apex[1] - second[1]) / 4]
    heart.ask("move_landmark", ED, 1, [moved])
    heart.ask("move_landmark", ED, 2, [other])
    after = figures(heart)
    assert int(after["EDV"].removesuffix(" ml")) < int(before["EDV"].removesuffix(" ml")) - 15
    assert after["ESV"] == before["ESV"] and int(after["EF"].removesuffix(" %")) < int(before["EF"].removesuffix(" %"))
    given = {ED: GivenLandmarks(mitral=((moved[0], moved[1]), (other[0], other[1])))}
    segment = segmentMasks(heart.segmentation, heart.segment)
    wanted = measure_masks([segment], scaleOf(heart.segmentation), ("ventricle",), given=given)
    volume = wanted.value("end-diastolic volume (area-length)")
    assert after["EDV"] == f"{volume:.0f} ml"
    exported = measuring(heart.segmentation)().value("end-diastolic volume (area-length)")
    assert exported == pytest.approx(volume, rel=0.01), "exports measure with the same points"
    assert heart.state.landmarks.frames[0].is_moved and not heart.state.landmarks.frames[1].is_moved
    assert "moved by hand on frame 0" in heart.state.results.ejection_text


def test_reset_and_undo_bring_back_what_is_found(heart: AppDriver) -> None:
    before, found = figures(heart), points(heart, ES)
    heart.ask("move_landmark", ES, 0, [[found[0][0] + 6, found[0][1] - 4]])
    assert figures(heart) != before and heart.state.landmarks.is_moved
    moved, values = points(heart, ES), figures(heart)
    heart.ask("reset_landmarks")
    assert figures(heart) == before and points(heart, ES) == found and not heart.state.landmarks.is_moved
    heart.show(ED)
    heart.ask("undo_edit")
    assert (points(heart, ES), figures(heart)) == (moved, values)
    heart.ask("undo_edit")
    assert (points(heart, ES), figures(heart)) == (found, before) and heart.state.cine.frame == ES
    heart.ask("redo_edit")
    assert (points(heart, ES), figures(heart)) == (moved, values)


def test_a_plane_beyond_which_nothing_is_left_is_refused_with_a_sentence(heart: AppDriver) -> None:
    heart.ask("move_landmark", ED, 0, [[65.0, 0.0]])
    heart.ask("move_landmark", ED, 1, [[0.0, 2.0]])
    before, found = figures(heart), points(heart, ED)
    heart.ask("move_landmark", ED, 2, [[129.0, 2.0]])
    assert "nothing of the ventricle lies on the apex's side" in heart.notice()
    assert points(heart, ED) == found and figures(heart) == before
    heart.ask("undo_edit")
    assert points(heart, ED) != found, "a refused move is no step"


@pytest.mark.parametrize("odd", [(ED, 3, [[1.0, 1.0]]), (7, 0, [[1.0, 1.0]]), (ED, 0, [["a", 1]]), (ED, 0, [])])
def test_odd_requests_do_nothing(heart: AppDriver, odd: tuple) -> None:
    heart.ask("move_landmark", *odd)
    assert not heart.state.landmarks.is_moved


def test_a_point_stays_in_the_frame(heart: AppDriver) -> None:
    heart.ask("move_landmark", ED, 0, [[-50.0, 5000.0]])
    assert points(heart, ED)[0] == [0.0, 129.0]


def test_points_are_kept_with_the_marks_and_in_the_scene(heart: AppDriver, tmp_path: Path) -> None:
    apex = points(heart, ED)[0]
    heart.ask("move_landmark", ED, 0, [[apex[0] + 3, apex[1] - 2]])
    moved, values = movedPoints(heart.segmentation, heart.segment), figures(heart)
    kept = contentOf(heart.segmentation)
    exportScene(heart.segmentation, tmp_path / "heart.mrb")
    heart.ask("reset_landmarks")
    heart.do(lambda: putKept(heart.segmentation, kept))
    assert movedPoints(heart.segmentation, heart.segment) == moved
    heart.ask("reset_landmarks")
    scene = unpackScene(tmp_path / "heart.mrb", tmp_path / "scene", 2**30)
    assert scene.kept is not None
    heart.do(lambda: putKept(heart.segmentation, scene.kept))
    heart.ask("show_areas")
    assert movedPoints(heart.segmentation, heart.segment) == moved and figures(heart) == values
