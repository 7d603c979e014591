"""Training sets, DICOM segmentations and packed files that bring marks to the panel, exactly."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.dicom_cines import LEGEND, labels, write_cine  # noqa: E402
from helpers.labelled_cines import NAMES, cine, export, labelled, masks  # noqa: E402
from helpers.panel_driver import Panel  # noqa: E402
from rabengine.errors import InputError  # noqa: E402
from rabengine.exchange.formats import FORMATS  # noqa: E402
from rabengine.io.derived.segmentation import segmentation_of  # noqa: E402
from rabengine.io.legend import Concept, LegendEntry, Terminology  # noqa: E402
from rabengine.io.read import read_cine  # noqa: E402
from RABSegmentLib.Scene.CineLoading import cineFromArray, loadCine  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser  # noqa: E402
from RABSegmentLib.Scene.SegmentCodes import terminologyOfText  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")

SETS = [name for name in FORMATS.own if FORMATS.get(name).is_anonymous]
RIGHT_ATRIUM = Terminology(
    Concept("123037004", "SCT", "Anatomical Structure"), Concept("73829009", "SCT", "Right atrium")
)
YES = 0x4000  # QMessageBox.Yes


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two cines, each format as a folder."""
    folder = tmp_path_factory.mktemp("sets")
    for name in SETS:
        export(folder / name, name, [labelled(1), labelled(2)])
    return folder


@pytest.fixture(scope="module")
def heart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DICOM cine, and beside it its segmentation in both forms, with a code that its name does not tell."""
    folder = tmp_path_factory.mktemp("dicom")
    path = write_cine("ultrasound", folder)
    legend = {**LEGEND, 1: LegendEntry("Chamber", (12, 200, 99), RIGHT_ATRIUM)}
    found = read_cine(path)
    for form in ("BINARY", "LABELMAP"):
        made = segmentation_of(found, [dict(enumerate(labels()))], legend, form)
        made.dataset.save_as(folder / f"{form.lower()}.dcm", enforce_file_format=True)
    return path


def opened(panel: Panel, number: int) -> object:
    browser = cineFromArray(slicer.mrmlScene, cine(number).frames, "heart")
    panel.choose(browser)
    return browser


def take(panel: Panel, path: Path, *answers: object) -> str:
    """What the panel says after a user took marks from a file or folder."""
    panel.host.answers.extend((str(path), *answers))
    section = panel.widget.panel.marks
    section.onMarksFolder() if path.is_dir() else section.onMarksFile()
    panel.host.processEvents(20)
    return panel.ui.phaseLabel.text


def assertMarked(browser: object, drawn: dict[int, np.ndarray], names: dict[int, str]) -> None:
    segmentation = segmentationOfBrowser(browser)
    ids = {segmentation.segmentName(one): one for one in segmentation.segmentIds()}
    assert set(ids) == set(names.values())
    marked = [frame for frame in range(segmentation.frameCount) if segmentation.record(frame).isMark]
    assert marked == sorted(drawn)
    for frame, plane in drawn.items():
        found = segmentation.masks(frame)
        for value, name in names.items():
            assert np.array_equal(found[ids[name]], plane == value)


@pytest.mark.parametrize("name", SETS)
def test_each_training_set_comes_back_exactly_for_the_cine_that_is_shown(panel, sets, name):
    browser = opened(panel, 2)
    said = take(panel, sets / name)
    assert "3 frames (0, 2, 4) are marked, with Left ventricle, Ä & <b>." in said
    assertMarked(browser, masks(2), NAMES)
    panel.host.click("undoButton")
    assert panel.rows() == []


def test_a_packed_set_and_a_set_that_is_one_file_are_taken_too(panel, sets, tmp_path):
    shutil.make_archive(str(tmp_path / "yolo"), "zip", sets, "yolo")
    browser = opened(panel, 2)
    take(panel, tmp_path / "yolo.zip")
    assertMarked(browser, masks(2), NAMES)


def test_of_several_cines_that_fit_one_is_chosen(panel, tmp_path):
    export(tmp_path / "set", "coco", [labelled(3), labelled(4)])
    browser = opened(panel, 2)
    take(panel, tmp_path / "set")  # and presses Escape
    assert "Which cine of the set?" in str(panel.host.dialogs) and panel.rows() == []
    take(panel, tmp_path / "set", "cine_0002")
    assertMarked(browser, masks(4), NAMES)


@pytest.mark.parametrize("form", ["binary", "labelmap"])
def test_a_dicom_segmentation_comes_back_with_pixels_names_colours_and_codes(panel, heart, form):
    browser = loadCine(slicer.mrmlScene, heart).browserNode
    panel.choose(browser)
    take(panel, heart.with_name(f"{form}.dcm"))
    drawn = {frame: plane for frame, plane in enumerate(labels()) if plane.any()}
    assertMarked(browser, drawn, {1: "Chamber", 4: "Wall µ"})
    segmentation = segmentationOfBrowser(browser)
    (chamber, wall) = segmentation.segmentIds()
    assert segmentation.segmentColor(chamber) == pytest.approx((12 / 255, 200 / 255, 99 / 255), abs=1 / 255)
    assert segmentation.segmentColor(wall) == pytest.approx((0, 158 / 255, 115 / 255), abs=1 / 255)
    assert terminologyOfText(segmentation.segmentTerminology(chamber)) == RIGHT_ATRIUM
    assert all(
        segmentation.item(frame).GetSegmentation().GetSegment(chamber).GetName() == "Chamber"
        for frame in range(segmentation.frameCount)
    )


def test_a_segment_that_is_there_keeps_the_colour_that_its_user_gave(panel, heart):
    browser = loadCine(slicer.mrmlScene, heart).browserNode
    panel.choose(browser)
    segmentation = segmentationOfBrowser(browser)
    before = segmentation.addSegment("Chamber", (1.0, 0.0, 0.0))
    take(panel, heart.with_name("binary.dcm"))
    assert segmentation.segmentColor(before) == (1.0, 0.0, 0.0)


def test_who_marked_a_frame_is_asked_before_its_marks_are_replaced(panel, sets):
    browser = opened(panel, 2)
    own = np.zeros(masks(2)[0].shape, bool)
    own[1, 1] = True
    panel.paint(own)
    said = take(panel, sets / "coco")  # and answers No, as Escape does
    assert "Frame 0 is marked already. Replace its marks by those of coco?" in str(panel.host.dialogs)
    assert "2 frames (2, 4) are marked" in said
    segmentation = segmentationOfBrowser(browser)
    first = segmentation.segmentIds()[0]
    assert np.array_equal(segmentation.masks(0)[first], own)
    assert take(panel, sets / "coco") == "No marks were taken from coco: all of its frames are marked already."
    said = take(panel, sets / "coco", YES)
    assert "3 frames (0, 2, 4)" in said
    assert not any(one.isUnderCursor for one in panel.host.dialogs), "no hourglass where a person is to answer"
    for value, name in NAMES.items():
        one = next(one for one in segmentation.segmentIds() if segmentation.segmentName(one) == name)
        assert np.array_equal(segmentation.masks(0)[one], masks(2)[0] == value)


def test_what_does_not_fit_costs_one_sentence_and_changes_nothing(panel, sets, heart, tmp_path):
    browser = cineFromArray(slicer.mrmlScene, np.zeros((3, 20, 30), np.uint8), "other")
    panel.choose(browser)
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 and no more")
    for path, sentence in (
        (sets / "coco", "nothing in it has its size and number of frames"),
        (heart.with_name("binary.dcm"), "have 27 x 21 pixels, but the frames are 30 x 20"),
        (tmp_path / "bad.zip", "damaged, locked, or no ZIP file"),
    ):
        with pytest.raises(InputError, match=sentence):
            take(panel, path)
    panel.choose(cineFromArray(slicer.mrmlScene, np.zeros(labels().shape, np.uint8), "no DICOM"))
    with pytest.raises(InputError, match="was not read from any"):
        take(panel, heart.with_name("binary.dcm"))
    (tmp_path / "foreign").mkdir()
    panel.choose(loadCine(slicer.mrmlScene, write_cine("ultrasound", tmp_path / "foreign")).browserNode)
    with pytest.raises(InputError, match="refer to other images than those of"):
        take(panel, heart.with_name("binary.dcm"))
    assert panel.rows() == [] and not panel.ui.undoButton.enabled
