"""Training sets and DICOM segmentations that bring marks to the page, also packed as ZIP."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread

from helpers.dicom_cines import LEGEND, labels, write_cine
from helpers.labelled_cines import NAMES, cine, export, labelled, masks
from helpers.view_app import AppDriver
from rabengine.exchange.formats import FORMATS
from rabengine.io.labels.write import write_labels
from rabengine.io.read import read_cine
from RABSegmentLib.Scene.FrameRecords import FrameStatus

SETS = [name for name in FORMATS.own if FORMATS.get(name).is_anonymous]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two cines each format as a folder, and as a ZIP of it."""
    folder = tmp_path_factory.mktemp("sets")
    for name in SETS:
        export(folder / name, name, [labelled(1), labelled(2)])
        shutil.make_archive(str(folder / name), "zip", folder, name)
    return folder


@pytest.fixture
def folder(app: AppDriver) -> Path:
    """The one that the page may open; the second cine of the sets is open."""
    root = app.application.files._folder.root
    image = SimpleITK.GetImageFromArray(cine(2).frames)
    image.SetSpacing([0.5] * 3)
    SimpleITK.WriteImage(image, str(root / "heart.nrrd"))
    opened(app, "heart.nrrd")
    return root


def opened(app: AppDriver, name: str) -> None:
    number = app.state.cine.number
    app.ask("open_path", name)
    app.wait(lambda: app.state.cine.number > number and not app.state.reading.is_on)
    if app.state.notice.is_open:
        app.notice()  # of the pixel size


def taken(app: AppDriver, path: Path, folder: Path) -> str:
    """What the page says of marks that lie in its folder."""
    place = folder / path.name
    if not place.exists():
        (shutil.copytree if path.is_dir() else shutil.copy)(path, place)
    app.ask("take_path", place.name)
    app.wait(lambda: not app.state.reading.is_on)
    return app.notice()


def assert_marked(app: AppDriver, drawn: dict[int, np.ndarray], names: dict[int, str]) -> None:
    ids = {row.name: row.id for row in app.state.segments.rows}
    assert set(ids) == set(names.values())
    assert app.marked() == sorted(drawn)
    for frame, plane in drawn.items():
        for value, name in names.items():
            assert np.array_equal(app.mask(frame, ids[name]), plane == value)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_each_format_comes_back_exactly_for_the_cine_that_is_open(
    app: AppDriver, folder: Path, sets: Path, name: str, is_packed: bool
) -> None:
    said = taken(app, sets / f"{name}{'.zip' if is_packed else ''}", folder)
    assert "3 frames (0, 2, 4) are marked, with Left ventricle, Ä & <b>." in said, said
    assert_marked(app, masks(2), NAMES)
    empty = app.segmentation.record(2)
    assert empty.status is FrameStatus.MARKED and len(empty.known) == 2, "the set says that nothing is there"
    app.ask("undo_edit")
    assert app.marked() == []


@pytest.mark.parametrize("kind", ["size", "foreign", "damaged", "empty"])
def test_a_set_that_does_not_fit_costs_one_sentence_and_changes_nothing(
    app: AppDriver, folder: Path, tmp_path: Path, kind: str
) -> None:
    path, expected = tmp_path / f"{kind}.zip", "damaged, locked, or no ZIP file"
    if kind == "damaged":
        path.write_bytes(b"PK\3\4 and no more")
    else:
        (tmp_path / kind).mkdir()
        if kind == "size":
            small = labelled(2)
            small.cine.__dict__["frames"] = small.cine.frames[:3]
            small = type(small)(small.cine, {0: masks(2)[0]}, {0: "marked"}, NAMES, "", "a")
            export(tmp_path / kind / "set", "coco", [small])
            expected = "nothing in it has its size and number of frames"
        elif kind == "foreign":
            (tmp_path / kind / "notes.txt").write_text("hello")
            expected = "foreign.zip"
        else:
            expected = "holds no files"
        shutil.make_archive(str(path.with_suffix("")), "zip", tmp_path / kind)
    segments = app.state.segments.rows
    said = taken(app, path, folder)
    assert expected in said and str(folder) not in said and "rabsegment-" not in said, said
    assert "\n" not in said and app.state.notice.kind == "error"
    assert app.marked() == [] and app.state.segments.rows == segments and not app.state.undo.can_undo


def test_of_several_cines_that_fit_one_is_chosen(app: AppDriver, folder: Path, tmp_path: Path) -> None:
    export(tmp_path / "set", "pairs", [labelled(3), labelled(4), labelled(5)])
    path = Path(shutil.make_archive(str(folder / "several"), "zip", tmp_path, "set"))
    names = ["cine_0001", "cine_0002", "cine_0003"]

    def ask() -> None:
        app.ask("take_path", path.name)
        app.wait(lambda: not app.state.reading.is_on)
        assert "several.zip" in app.state.choice.text and app.state.choice.choices == names

    for answer in ("", "cine_0009"):
        ask()
        app.ask("choose", answer)
        assert app.marked() == [] and app.state.choice.choices == [] and not app.state.notice.is_open
    ask()
    app.ask("choose", "cine_0002")
    app.wait(lambda: app.marked())
    assert "3 frames (0, 2, 4) are marked" in app.notice() and app.state.choice.choices == []
    assert_marked(app, masks(4), NAMES)
    app.ask("undo_edit")
    ask()
    opened(app, "heart.nrrd")
    assert app.state.choice.choices == [], "another cine is open"


def test_masks_that_the_frame_shows_already_are_marks_too(app: AppDriver, folder: Path, sets: Path) -> None:
    taken(app, sets / "coco.zip", folder)
    for frame in (0, 2, 4):
        app.ask("forget_mark", frame)
    assert app.marked() == []
    taken(app, sets / "coco.zip", folder)
    assert_marked(app, masks(2), NAMES)


def test_sets_are_listed_where_marks_are_wanted(app: AppDriver, folder: Path, sets: Path) -> None:
    shutil.copytree(sets / "coco", folder / "coco", dirs_exist_ok=True)
    shutil.copy(sets / "coco.zip", folder / "coco.zip")
    kinds = {}
    for use in ("cine", "marks"):
        listing = app.loop.run_until_complete(app.application.files.listing("", use == "marks"))
        kinds[use] = {entry.name: entry.kind for entry in listing.entries}
    assert kinds["marks"]["coco"] == kinds["marks"]["coco.zip"] == "set"
    assert kinds["cine"]["coco"] == "folder" and "coco.zip" not in kinds["cine"]


@pytest.mark.parametrize("form", ["seg.dcm", "seg.labelmap.dcm"])
def test_a_dicom_segmentation_comes_back_exactly(app: AppDriver, folder: Path, tmp_path: Path, form: str) -> None:
    source = write_cine("ultrasound", folder)
    opened(app, source.name)
    write_labels(tmp_path / form, labels(), read_cine(source), tuple(LEGEND), LEGEND)
    said = taken(app, tmp_path / form, folder)
    assert "4 frames (0, 1, 2, 3) are marked, with Left ventricle, Wall µ." in said, said
    drawn = {frame: plane for frame, plane in enumerate(labels()) if plane.any()}
    assert_marked(app, drawn, {value: entry.name for value, entry in LEGEND.items()})


def test_a_dicom_segmentation_of_another_image_costs_one_sentence(app: AppDriver, folder: Path, tmp_path: Path) -> None:
    source = write_cine("ultrasound", folder)
    write_labels(tmp_path / "other.dcm", labels(), read_cine(source), tuple(LEGEND), LEGEND)
    other = dcmread(source)
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    other.save_as(folder / "us2.dcm")
    opened(app, "us2.dcm")
    said = taken(app, tmp_path / "other.dcm", folder)
    assert "other.dcm" in said and app.state.notice.kind == "error", said
    assert app.marked() == []


def test_of_a_file_that_holds_several_cines_one_is_chosen(app: AppDriver, folder: Path, tmp_path: Path) -> None:
    volumes = np.stack([cine(1).frames, cine(2).frames], axis=1)  # frames, slices, rows, columns
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(volume) for volume in volumes])
    image.SetSpacing((0.5, 0.5, 8.0, 0.04))
    SimpleITK.WriteImage(image, str(folder / "stack.nii.gz"))
    parts = [f"{number} (slice {number}, {len(volumes)} frames)" for number in (0, 1)]

    def ask() -> None:
        app.ask("open_path", "stack.nii.gz")
        app.wait(lambda: not app.state.reading.is_on)
        assert "stack.nii.gz" in app.state.choice.text and app.state.choice.choices == parts

    for answer in ("", "2 (slice 2, 5 frames)"):
        ask()
        app.ask("choose", answer)
        assert app.state.cine.name == "heart" and app.state.choice.choices == [] and not app.state.notice.is_open
    ask()
    export(tmp_path / "set", "pairs", [labelled(3), labelled(4)])
    app.ask("take_path", Path(shutil.make_archive(str(folder / "two"), "zip", tmp_path, "set")).name)
    app.wait(lambda: not app.state.reading.is_on)
    assert "two.zip" in app.state.choice.text, "what is asked last takes the place of what was asked before"
    app.ask("choose", parts[1])
    assert app.state.cine.name == "heart" and app.state.choice.choices == [] and not app.marked()
    ask()
    opened(app, "heart.nrrd")
    assert app.state.choice.choices == [], "another cine is open"
    ask()
    app.ask("choose", parts[1])
    app.wait(lambda: app.state.cine.name == "stack 1" and not app.state.reading.is_on)
    assert np.array_equal(app.shown, volumes[0, 1]) and app.state.cine.frame_count == len(volumes)
