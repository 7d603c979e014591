"""Pixel size and frame time that the user of the page says: they count at once, and are kept with the marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.view_app import AppDriver, phantom_frames
from helpers.view_masks import disc, likeness
from rabview.calibration import ScaleState


@pytest.mark.parametrize("is_coloured", [False, True])
def test_sizes_and_times_count_at_once(app: AppDriver, is_coloured: bool) -> None:
    frames = phantom_frames()
    app.put(np.repeat(frames[..., None], 3, axis=3) if is_coloured else frames)
    assert app.snapshot("scale") == ScaleState(can_size=True, can_time=True)
    app.set(tool="paint", brush_size=12)
    app.show(2)
    app.stroke((20, 30))
    painted = app.mask(2)
    app.ask("show_areas")
    assert app.state.results.y_title == "Area [px]" and app.state.results.x_title == "Frame"

    app.ask("set_spacing", 0.5, 0.5)
    app.ask("set_frame_time", 40)
    expected = ScaleState(spacing=[0.5, 0.5], ms=40.0, can_size=True, can_time=True, by="user", times_by="user")
    assert app.snapshot("scale") == expected
    assert "0.5 x 0.5 mm" in app.state.cine.text and app.state.play.fps == 25
    assert app.state.results.y_title.startswith("Area [mm²]") and app.state.results.x_title == "Time [s]"
    assert app.state.results.curves[0].values[2] == pytest.approx(painted.sum() * 0.25, abs=0.1)
    assert app.state.cine.times[2] == "0.08 s" and app.state.cine.frame == 2
    assert np.array_equal(app.mask(2), painted)

    # The brush is as many pixels wide as before, and undo still knows the frames.
    app.show(3)
    app.stroke((40, 30))
    assert likeness(app.mask(3), disc(40, 30, 12)) > 0.93
    app.set(tool="threshold", threshold=[100, 255])
    app.ask("apply_tool")
    assert app.mask(3).any()
    for _step in range(3):
        app.ask("undo_edit")
    assert app.painted() == [] and app.state.cine.frame == 2

    for wish in (("set_spacing", 0, 1), ("set_frame_time", -4)):
        app.ask(*wish)
        assert "Give" in app.notice()
    assert app.state.scale.spacing == [0.5, 0.5]


def test_they_are_kept_with_the_marks(app: AppDriver, tmp_path: Path) -> None:
    path = tmp_path / "pictures"
    path.mkdir()
    for number, frame in enumerate(phantom_frames()):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frame), str(path / f"{number}.png"))
    app.open(path)
    app.ask("set_spacing", 0.25, 0.5)
    app.ask("set_frame_time", 20)
    app.set(tool="paint")
    app.stroke((20, 30))
    painted = app.mask(0)
    app.wait(lambda: app.state.kept.text)
    app.open(path)
    app.wait(lambda: app.state.kept.offer)
    assert app.state.scale.spacing is None
    app.ask("resume_marks")
    app.wait(lambda: not app.state.reading.is_on)
    assert app.state.scale.spacing == [0.25, 0.5] and app.state.scale.ms == 20.0
    assert np.array_equal(app.mask(0), painted)


def test_what_the_file_says_stays(app: AppDriver) -> None:
    app.put(phantom_frames(), spacing=(0.5, 0.5), index_name="time", index_unit="s", index_values=tuple(range(6)))
    expected = ScaleState(spacing=[0.5, 0.5], ms=1000.0, can_size=False, can_time=False, by="file", times_by="file")
    assert app.snapshot("scale") == expected
    app.ask("set_spacing", 1, 1)
    assert "says how large" in app.notice()
    app.ask("set_frame_time", 40)
    assert "has times" in app.notice()


def test_a_size_in_doubt_can_be_mended(app: AppDriver, tmp_path: Path) -> None:
    path = tmp_path / "heart.nrrd"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(phantom_frames()), str(path))  # it says 1 mm, as all do
    app.open(path)
    assert "check areas" in app.notice()
    app.set(tool="paint")
    app.stroke((20, 30))
    app.ask("show_areas")
    assert "in doubt" in app.state.results.y_title and "check areas" in app.state.results.doubts
    assert (app.state.scale.by, app.state.scale.can_size) == ("file", True)
    app.ask("set_spacing", 0.25, 0.25)
    assert (app.state.scale.by, app.state.scale.spacing) == ("user", [0.25, 0.25])
    assert app.state.results.y_title == "Area [mm²]" and app.state.results.doubts == ""


def test_times_in_doubt_can_be_mended(app: AppDriver, tmp_path: Path) -> None:
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(frame[np.newaxis]) for frame in phantom_frames()])
    image.SetSpacing((0.5, 0.5, 1.0, 40.0))  # SimpleITK calls it seconds
    SimpleITK.WriteImage(image, str(tmp_path / "heart.nii"))
    app.open(tmp_path / "heart.nii")
    assert "40 s apart" in app.notice()
    app.set(tool="paint")
    app.stroke((20, 30))
    app.ask("show_areas")
    assert app.state.results.y_title == "Area [mm²]" and app.state.results.doubts == "", (
        "of the size nothing is in doubt"
    )
    scale = app.state.scale
    assert (scale.ms, scale.times_by, scale.can_time, scale.can_size) == (40000.0, "file", True, False)
    app.ask("set_frame_time", 40)
    assert (app.state.scale.ms, app.state.scale.times_by) == (40.0, "user")
