"""Files that bring marks to the page: label files, folders of label pictures, and scenes that it wrote itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.scene_files import exportScene
from helpers.view_app import AppDriver, phantom_frames

FRAMES = phantom_frames()


@pytest.fixture
def folder(app: AppDriver) -> Path:
    """The one that the page may open, with a cine in it, which is open."""
    root = app.application.files._folder.root
    write(FRAMES, root / "heart.nrrd")
    app.ask("open_path", "heart.nrrd")
    app.wait(lambda: app.state.cine.is_open and not app.state.reading.is_on)
    return root


def write(pixels: np.ndarray, path: Path) -> None:
    image = SimpleITK.GetImageFromArray(pixels)
    image.SetSpacing([0.5] * image.GetDimension())
    SimpleITK.WriteImage(image, str(path))


def taken(app: AppDriver, path: str) -> str:
    """What the page says of a label file."""
    app.ask("take_path", path)
    app.wait(lambda: not app.state.reading.is_on)
    return app.notice()


def two_labels() -> np.ndarray:
    """(T, H, W) labels on frames 1 and 4."""
    labels = np.zeros(FRAMES.shape, np.uint8)
    labels[1, 10:20, 10:20] = 1
    labels[4, 30:40, 30:40] = 2
    return labels


def test_a_label_sequence_marks_the_frames_that_are_not_empty(app: AppDriver, folder: Path) -> None:
    write(two_labels(), folder / "labels.nrrd")
    app.set(tool="paint")
    app.show(2)
    app.stroke((50, 50))
    said = taken(app, "labels.nrrd")
    assert said.startswith("labels.nrrd: 2 frames (1, 4) are marked, with Segment 1, Segment 2."), said
    first, second = (row.id for row in app.state.segments.rows)
    assert app.marked() == [1, 2, 4]
    assert np.array_equal(app.mask(1, first), two_labels()[1] == 1) and not app.mask(1, second).any()
    assert np.array_equal(app.mask(4, second), two_labels()[4] == 2)
    assert app.segmentation.record(1).known == (first,), "what a file does not say is not known"
    app.ask("undo_edit")
    assert app.marked() == [2] and len(app.state.segments.rows) == 1
    app.ask("redo_edit")
    assert app.marked() == [1, 2, 4]


def test_a_mask_in_black_and_white_is_of_the_frame_that_is_shown(app: AppDriver, folder: Path) -> None:
    mask = np.zeros(FRAMES.shape[1:], np.uint8)
    mask[5:15, 20:30] = 255
    write(mask, folder / "mask.png")
    app.show(3)
    said = taken(app, "mask.png")
    assert said.startswith("mask.png: frame 3 is marked, with Segment 1."), said
    assert np.array_equal(app.mask(3), mask > 0) and app.marked() == [3]
    app.show(5)
    assert taken(app, "mask.png").startswith("mask.png: frame 5 is marked")
    app.show(3)
    write(mask, folder / "mask 0004.png")
    assert "taken for frame 3, which is shown; show frame 4 first" in taken(app, "mask 0004.png")
    app.show(4)
    assert "taken for" not in taken(app, "mask 0004.png") and app.marked() == [3, 4, 5]


def test_what_was_uploaded_is_called_as_its_user_calls_it(app: AppDriver, folder: Path, tmp_path: Path) -> None:
    batch = tmp_path / "thpx1niiu4zjg893"
    batch.mkdir()
    for frame in (1, 4):
        write((two_labels()[frame] > 0).astype(np.uint8), batch / f"{frame:04d}.png")
    app.do(lambda: app.application.files._marks.take(batch, "0001.png and 1 more"))
    app.wait(lambda: not app.state.reading.is_on and app.state.undo.can_undo)
    said = app.notice()
    assert said.startswith("0001.png and 1 more: 2 frames (1, 4)") and batch.name not in said, said
    assert app.state.undo.undo_text == "Marks from 0001.png and 1 more"
    # One picture is of the frame that was shown when its upload began.
    single = tmp_path / "mask.png"
    write((two_labels()[4] > 0).astype(np.uint8), single)
    app.show(5)
    app.do(lambda: app.application.files._marks.take(single, frame=3))
    app.wait(lambda: app.state.undo.undo_text == "Marks from mask.png")
    assert app.marked() == [1, 3, 4] and "frame 3 is marked" in app.notice()


def test_a_folder_of_label_pictures(app: AppDriver, folder: Path) -> None:
    (folder / "labels").mkdir()
    for number, labels in enumerate(two_labels()):
        write(labels, folder / "labels" / f"{number:04}.png")
    assert "2 frames (1, 4)" in taken(app, "labels")
    assert app.marked() == [1, 4]


def test_masks_that_are_called_as_the_pictures_of_the_cine_are_of_these(app: AppDriver, folder: Path) -> None:
    for part in ("pictures", "masks"):
        (folder / part).mkdir()
    for number, pixels in enumerate(FRAMES, 1):
        write(pixels, folder / "pictures" / f"frame_{number:04}.png")
    for number in (2, 5):
        write(two_labels()[number - 1], folder / "masks" / f"frame_{number:04}.png")
    app.ask("open_path", "pictures")
    app.wait(lambda: app.state.cine.text.startswith(f"{len(FRAMES)} frames") and not app.state.reading.is_on)
    assert "2 frames (1, 4)" in taken(app, "masks") and app.marked() == [1, 4]
    app.show(2)
    assert "show frame 1 first if its name is meant" in taken(app, "masks/frame_0002.png")


@pytest.mark.parametrize("kind", ["size", "count", "empty", "text", "cine"])
def test_a_file_that_does_not_fit_changes_nothing(app: AppDriver, folder: Path, kind: str) -> None:
    path = folder / f"{kind}.nrrd"
    bad = {"size": two_labels()[:, :50], "count": two_labels()[:3], "empty": two_labels() * 0, "cine": FRAMES}
    if kind == "text":
        path.write_text("no labels")
    else:
        write(bad[kind], path)
    segments = app.state.segments.rows
    said = taken(app, path.name)
    assert path.name in said and str(folder) not in said and "\n" not in said and "Traceback" not in said
    assert app.state.notice.kind == "error"
    assert app.marked() == [] and app.state.segments.rows == segments and not app.state.undo.can_undo


def names_in_folder(app: AppDriver, for_marks: bool = False) -> set[str]:
    """What the page lists of it."""
    listing = app.loop.run_until_complete(app.application.files.listing("", for_marks))
    return {entry.name for entry in listing.entries}


def test_label_files_are_listed_where_marks_are_wanted(app: AppDriver, folder: Path) -> None:
    write(two_labels()[1], folder / "one mask.png")
    names = {}
    for use in ("cine", "marks"):
        names[use] = names_in_folder(app, for_marks=use == "marks")
    assert "one mask.png" in names["marks"] and "one mask.png" not in names["cine"]


def test_without_a_cine_there_are_no_marks(app: AppDriver) -> None:
    root = app.application.files._folder.root
    write(two_labels(), root / "labels.nrrd")
    app.ask("take_path", "labels.nrrd")
    assert "No cine is open" in app.notice()


def listed(app: AppDriver) -> list[tuple[str, ...]]:
    """The table of marks, without the seconds, which go on."""
    return [(one.frame, one.time, one.segments, one.by, one.made.partition(",")[0]) for one in app.state.marks.rows]


def test_the_page_opens_the_scene_that_it_writes(app: AppDriver, folder: Path) -> None:
    app.put(FRAMES, spacing=(0.5, 0.25), index_name="time", index_unit="s", index_values=tuple(np.arange(6) * 0.04))
    app.set(tool="paint")
    app.show(2)
    app.stroke((20, 30), (40, 30))
    app.ask("rename_segment", app.segment, "Cavity <1>")
    app.ask("recolor_segment", app.segment, "#123456")
    app.show(4)
    app.ask("mark_absent")
    before = (
        app.mask(2),
        [app.segmentation.record(frame) for frame in range(6)],
        app.state.segments.rows,
        listed(app),
    )
    path = exportScene(app.segmentation, folder / "Heart.mrb")

    app.ask("open_path", "Heart.mrb")
    app.wait(lambda: app.state.marks.rows and not app.state.reading.is_on and app.state.cine.name == "Heart")
    after = (
        app.mask(2),
        [app.segmentation.record(frame) for frame in range(6)],
        app.state.segments.rows,
        listed(app),
    )
    assert np.array_equal(before[0], after[0]) and before[1:] == after[1:]
    cine = app.segmentation.cine
    assert np.array_equal(cine.frames(), FRAMES) and cine.spacing == (0.5, 0.25)
    assert cine.times() == pytest.approx(list(np.arange(6) * 0.04))
    assert "Heart.mrb" in names_in_folder(app)

    (folder / "damaged.mrb").write_bytes(path.read_bytes()[:2000])
    app.ask("open_path", "damaged.mrb")
    app.wait(lambda: not app.state.reading.is_on)
    assert "damaged" in app.notice() and app.state.cine.name == "Heart"


def test_the_page_opens_a_scene_that_slicer_saved(app: AppDriver, folder: Path) -> None:
    """With all that Slicer keeps beside the cine."""
    app.put(FRAMES, spacing=(0.5, 0.25), index_name="time", index_unit="s", index_values=tuple(np.arange(6) * 0.04))
    app.set(tool="paint")
    app.show(2)
    app.stroke((20, 30), (40, 30))
    app.ask("rename_segment", app.segment, "Cavity & <wall>")
    app.ask("recolor_segment", app.segment, "#123456")
    app.ask("add_segment")
    app.show(3)
    app.stroke((20, 30))
    before = [app.segmentation.masks(frame) for frame in range(6)], app.state.segments.rows, listed(app)
    assert app.scene.WriteToMRB(str(folder / "of slicer.mrb"))
    app.do(app.application.cines.close)
    app.ask("open_path", "of slicer.mrb")
    app.wait(lambda: app.state.cine.is_open and not app.state.reading.is_on)
    after = [app.segmentation.masks(frame) for frame in range(6)], app.state.segments.rows, listed(app)
    assert before[1:] == after[1:] and len(before[2]) == 2
    for one, other in zip(before[0], after[0], strict=True):
        assert one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
    assert np.array_equal(app.segmentation.cine.frames(), FRAMES) and app.segmentation.cine.spacing == (0.5, 0.25)
