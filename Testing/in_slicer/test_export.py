"""Exports hold every frame and every pixel of every segment, and are read back by our readers and by Slicer's."""

from __future__ import annotations

import csv
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, slicer, square
from rabengine.errors import InputError
from rabengine.io.marks.label_picture import read_label_pages
from rabengine.io.marks.read import read_label_sequence
from rabengine.io.marks.segment_legend import legend_of_header
from rabengine.io.marks.slicer_segmentation import marked_frames
from rabengine.io.read import load_frames, read_cine
from rabengine.io.table import write_table
from rabengine.segmentation import Segmentation
from RABSegmentLib.Export.LabelGroups import segmentValues
from RABSegmentLib.Export.Labels import exportLabels
from RABSegmentLib.Export.Measurements import exportMeasurements
from RABSegmentLib.Export.Overlay import exportOverlay
from RABSegmentLib.Export.Table import exportTable
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.CineSequence import pixelsOf
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation

VENTRICLE = 0
APART = [(4, 4), (4, 24), (30, 40)]  # corners of squares of 12
RED, GREEN, BLUE = (0.9, 0.1, 0.1), (0.1, 0.8, 0.2), (0.2, 0.3, 0.9)
COUNT = 5


class Exported:
    """A cine that lies askew, with three segments on all frames but one."""

    def __init__(self, corners: list[tuple[int, int]] = APART) -> None:
        self.slicer = SlicerScene()
        noise = np.random.default_rng(0).integers(0, 90, (COUNT, *SIZE), dtype=np.uint8)
        self.browser = self.slicer.cine(noise)
        sequence = self.browser.GetMasterSequenceNode()
        for frame in range(COUNT):
            item = sequence.GetNthDataNode(frame)
            item.SetSpacing(0.5, 0.25, 2.0)
            item.SetOrigin(10, -20, 30)
            item.SetIJKToRASDirections(-0.8, 0.6, 0, -0.6, -0.8, 0, 0, 0, 1)
        self.segmentation = createSegmentation(self.browser)
        first = self.segmentation.segmentIds()[0]
        self.segmentation.renameSegment(first, "Left ventricle, µ")
        for frame in range(COUNT):
            self.segmentation.item(frame).GetSegmentation().GetSegment(first).SetColor(*RED)
        others = {"Wall": GREEN, "Atrium": BLUE}
        self.segments = [first, *(self.segmentation.addSegment(name, color) for name, color in others.items())]
        for frame in range(COUNT - 1):
            self.segmentation.setMasks(frame, self.masks(frame, corners))

    def masks(self, frame: int, corners: list[tuple[int, int]] = APART) -> dict[str, np.ndarray]:
        return {name: square(top + frame, left) for name, (top, left) in zip(self.segments, corners, strict=True)}

    def labels(self) -> np.ndarray:
        """(T, H, W) uint8 of segments that lie apart."""
        expected = np.zeros((COUNT, *SIZE), np.uint8)
        for frame in range(COUNT - 1):
            for value, mask in enumerate(self.masks(frame).values(), start=1):
                expected[frame][mask] = value
        return expected


@pytest.fixture
def apart() -> Exported:
    return Exported()


@pytest.fixture
def overlapping() -> Exported:
    """The wall overlaps the ventricle, the atrium neither."""
    return Exported([(4, 4), (8, 8), (30, 40)])


def put_together(segmentation: SegmentationSequence, images: list[np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The masks of each frame as label images of several groups tell them."""
    values = segmentValues(segmentation)
    return [
        {name: np.logical_or.reduce([image[frame] == value for image in images]) for name, value in values.items()}
        for frame in range(segmentation.frameCount)
    ]


def assert_nothing_lost(segmentation: SegmentationSequence, images: list[np.ndarray]) -> None:
    for frame, found in enumerate(put_together(segmentation, images)):
        for name, mask in segmentation.masks(frame).items():
            assert np.array_equal(found[name], mask), (frame, name)


def ijk_to_ras(node: Any) -> np.ndarray:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def read_by_slicer(scene: SlicerScene, path: Path) -> Any:
    sequence = scene.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "read")
    storage = slicer.vtkMRMLVolumeSequenceStorageNode()
    scene.scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(sequence) == 1
    return sequence


def label_pictures(folder: Path) -> np.ndarray:
    """(T, H, W) of label images with a palette."""
    return np.stack([read_label_pages(path).pages[0] for path in sorted(folder.glob("*.png"))])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_label_values_follow_the_segments_table(apart):
    assert segmentValues(apart.segmentation) == {name: number + 1 for number, name in enumerate(apart.segments)}


def test_a_label_sequence_is_read_back_by_our_reader(apart, tmp_path):
    written = exportLabels(apart.segmentation, tmp_path / "Zoë 1.seq.nrrd")
    assert written == [tmp_path / "Zoë 1.seq.nrrd"]
    back = load_frames(written[0])
    assert np.array_equal(back.frames, apart.labels())
    assert (back.index_name, back.index_unit) == ("time", "s")
    assert back.index_values == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert back.spacing == pytest.approx((0.5, 0.25)) and back.slice_spacing == pytest.approx(2.0)
    assert list(tmp_path.iterdir()) == written


def test_a_label_sequence_says_which_frames_people_settled(apart, tmp_path):
    ventricle, *_others = apart.segments
    apart.segmentation.setRecords(
        {
            0: FrameRecord(FrameStatus.MARKED, known=(ventricle,)),  # the others were predicted there
            1: FrameRecord(FrameStatus.VERIFIED, known=tuple(apart.segments)),
            2: FrameRecord(FrameStatus.PREDICTED),
            4: FrameRecord(FrameStatus.MARKED, known=(ventricle,)),  # nothing is there
        }
    )
    exportLabels(apart.segmentation, tmp_path / "labels.seq.nrrd")
    assert marked_frames(tmp_path / "labels.seq.nrrd") == (1, 4)


def test_slicer_reads_the_label_sequence_in_the_place_of_the_cine(apart, tmp_path):
    exportLabels(apart.segmentation, tmp_path / "labels.seq.nrrd")
    sequence = read_by_slicer(apart.slicer, tmp_path / "labels.seq.nrrd")
    assert sequence.GetNumberOfDataNodes() == COUNT
    for frame in range(COUNT):
        node = sequence.GetNthDataNode(frame)
        assert node.GetClassName() == "vtkMRMLLabelMapVolumeNode"
        assert np.array_equal(pixelsOf(node), apart.labels()[frame])
        assert np.allclose(ijk_to_ras(node), ijk_to_ras(apart.segmentation.cine.frameNode(frame)))
        value = sequence.GetNthIndexValue(frame)
        assert float(value) == pytest.approx(float(apart.segmentation.indexValue(frame)))


def test_overlapping_segments_go_to_several_sequences_whole(overlapping, tmp_path):
    written = exportLabels(overlapping.segmentation, tmp_path / "heart.v2.seq.nrrd")
    assert [path.name for path in written] == ["heart.v2_1.seq.nrrd", "heart.v2_2.seq.nrrd"]
    assert sorted(tmp_path.iterdir()) == written
    images = [load_frames(path).frames for path in written]
    assert [sorted(set(np.unique(image)) - {0}) for image in images] == [[1, 3], [2]]
    assert_nothing_lost(overlapping.segmentation, images)


def test_an_overlap_on_one_frame_is_enough(apart, tmp_path):
    apart.segmentation.setMasks(4, {name: square(20, 20) for name in apart.segments})
    written = exportLabels(apart.segmentation, tmp_path / "heart.seq.nrrd")
    assert len(written) == 3
    assert_nothing_lost(apart.segmentation, [load_frames(path).frames for path in written])


def test_pictures_hold_one_label_image_a_frame(apart, tmp_path):
    assert exportLabels(apart.segmentation, tmp_path / "out", "pictures") == [tmp_path / "out"]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [*(f"000{frame}.png" for frame in range(COUNT)), "segments.csv"]
    assert np.array_equal(label_pictures(tmp_path / "out"), apart.labels())


def test_pictures_have_the_segments_colours_and_a_legend_that_slicer_reads(apart, tmp_path):
    image = pytest.importorskip("PIL.Image")
    twin = apart.segmentation.addSegment("Wall", (0.5, 0.0, 0.5))  # a second one of that name
    exportLabels(apart.segmentation, tmp_path / "out", "pictures")
    with image.open(tmp_path / "out" / "0000.png") as picture:
        palette = np.reshape(picture.getpalette(), (-1, 3))
        assert picture.mode == "P" and palette[0].tolist() == [0, 0, 0]
    names = {1: "Left ventricle, µ", 2: "Wall", 3: "Atrium", 4: "Wall (2)"}
    rows = rows_of(tmp_path / "out" / "segments.csv")
    assert {int(row["LabelValue"]): row["Name"] for row in rows} == {0: "background", **names}
    for row, segment in zip(rows[1:], [*apart.segments, twin], strict=True):
        colour = [round(255 * share) for share in apart.segmentation.segmentColor(segment)]
        assert [int(row[f"Color_{channel}"]) for channel in "RGB"] == colour
        assert palette[int(row["LabelValue"])].tolist() == colour
    table = apart.slicer.scene.AddNewNodeByClass("vtkMRMLColorTableNode")
    storage = apart.slicer.scene.AddNewNodeByClass("vtkMRMLColorTableStorageNode")
    storage.SetFileName(str(tmp_path / "out" / "segments.csv"))
    assert storage.ReadData(table) == 1
    assert {value: table.GetColorName(value) for value in names} == names


def test_label_sequences_name_their_segments_as_slicers_segmentations_do(overlapping, tmp_path):
    written = exportLabels(overlapping.segmentation, tmp_path / "heart.seq.nrrd")
    names = [{label: entry.name for label, entry in legend_of_header(path).items()} for path in written]
    assert names == [{1: "Left ventricle, µ", 3: "Atrium"}, {2: "Wall"}]
    header = written[1].read_bytes().partition(b"\n\n")[0].decode()
    assert "Segment0_LabelValue:=2" in header and "Segment0_ID:=" in header and "Segment0_Color:=" in header
    assert read_by_slicer(overlapping.slicer, written[1]).GetNumberOfDataNodes() == COUNT
    marks = read_label_sequence(written[1], engineCine(overlapping.segmentation.cine))
    assert marks.names == {2: "Wall"} and sorted(marks) == [0, 1, 2, 3]


def test_pictures_of_overlapping_segments_go_to_several_folders_whole(overlapping, tmp_path):
    folders = exportLabels(overlapping.segmentation, tmp_path / "out", "pictures")
    assert folders == [tmp_path / "out" / "1", tmp_path / "out" / "2"]
    assert_nothing_lost(overlapping.segmentation, [label_pictures(folder) for folder in folders])


def test_pictures_replace_an_earlier_export_and_nothing_else(apart, overlapping, tmp_path):
    exportLabels(overlapping.segmentation, tmp_path / "out", "pictures")
    exportLabels(apart.segmentation, tmp_path / "out", "pictures")
    assert np.array_equal(label_pictures(tmp_path / "out"), apart.labels())
    assert not (tmp_path / "out" / "1").exists()
    exportLabels(overlapping.segmentation, tmp_path / "out", "pictures")
    (tmp_path / "out" / "1" / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match=r"diary\.txt"):
        exportLabels(apart.segmentation, tmp_path / "out", "pictures")
    assert (tmp_path / "out" / "1" / "diary.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_table_is_the_command_lines_with_names_for_segments(apart, tmp_path):
    trust = np.linspace(0.1, 0.9, COUNT * 3).reshape(COUNT, 3).round(4)
    records = {
        frame: FrameRecord(FrameStatus.PREDICTED, confidence=dict(zip(apart.segments, row.tolist(), strict=True)))
        for frame, row in enumerate(trust)
    }
    apart.segmentation.setRecords(records)
    assert exportTable(apart.segmentation, tmp_path / "ours.csv") == tmp_path / "ours.csv"
    result = Segmentation(apart.labels(), trust.astype(np.float32), (1, 2, 3), (), "fast", "cpu", 0)
    write_table(tmp_path / "theirs.csv", result, engineCine(apart.segmentation.cine))
    ours, theirs = rows_of(tmp_path / "ours.csv"), rows_of(tmp_path / "theirs.csv")
    names = {"1": "Left ventricle, µ", "2": "Wall", "3": "Atrium"}
    assert ours == [{**row, "segment": names[row["segment"]]} for row in theirs]
    assert ours[0]["area_px"] == "144" and ours[0]["area_mm2"] == "18.0000"


def test_the_table_says_what_people_settled_and_leaves_unknown_cells_empty(apart, tmp_path):
    ventricle, wall, _atrium = apart.segments
    apart.segmentation.setRecords(
        {
            0: FrameRecord(FrameStatus.MARKED, known=(ventricle,), confidence={wall: 0.5}),
            1: FrameRecord(FrameStatus.VERIFIED, known=tuple(apart.segments), confidence={wall: 0.5}),
        }
    )
    exportTable(apart.segmentation, tmp_path / "areas.csv")
    found = [(row["confidence"], row["status"]) for row in rows_of(tmp_path / "areas.csv")]
    assert found[:3] == [("1.0000", "marked"), ("0.5000", "predicted"), ("", "unsettled")]
    assert found[3:6] == [("1.0000", "verified")] * 3
    assert found[12:] == [("", "unsegmented")] * 3
    areas = [(row["area_px"], row["area_mm2"]) for row in rows_of(tmp_path / "areas.csv")]
    assert areas[11] == ("144", "18.0000") and areas[12:] == [("", "")] * 3  # nobody looked there: not 0


def test_the_table_tells_segments_of_one_name_apart(apart, tmp_path):
    apart.segmentation.renameSegment(apart.segments[2], "Wall")
    exportTable(apart.segmentation, tmp_path / "areas.csv")
    assert [row["segment"] for row in rows_of(tmp_path / "areas.csv")[:3]] == ["Left ventricle, µ", "Wall", "Wall (2)"]


def test_the_table_carries_the_doubts_of_the_calibration(apart, tmp_path):
    apart.segmentation.cine.node.SetAttribute("RABSegment.Warnings", json.dumps(["The pixel size is in doubt."]))
    exportTable(apart.segmentation, tmp_path / "areas.csv")
    rows = rows_of(tmp_path / "areas.csv")
    assert rows[0]["calibration"] == "The pixel size is in doubt." and {row["calibration"] for row in rows[1:]} == {""}
    assert engineCine(apart.segmentation.cine).warnings == ("The pixel size is in doubt.",)


def test_the_table_of_overlapping_segments_has_their_whole_areas(overlapping, tmp_path):
    exportTable(overlapping.segmentation, tmp_path / "areas.csv")
    assert [row["area_px"] for row in rows_of(tmp_path / "areas.csv")[:3]] == ["144"] * 3


def test_without_spacing_and_time_their_cells_are_empty(tmp_path):
    scene = SlicerScene()
    browser = scene.cine(np.zeros((3, *SIZE), np.uint8), spacing=1.0, step=1)
    browser.GetMasterSequenceNode().SetIndexName("frame")
    exportTable(createSegmentation(browser), tmp_path / "areas.csv")
    assert [(row["frame"], row["time"], row["area_mm2"]) for row in rows_of(tmp_path / "areas.csv")] == [
        (str(frame), "", "") for frame in range(3)
    ]


SHOWN = (2, 4)  # rows and columns of an overlay for one pixel: small cines are enlarged, and these are twice as wide


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mov", ".gif"])
def test_an_overlay_has_every_frame_with_the_segments_on_it(apart, tmp_path, suffix):
    pytest.importorskip("av")
    pytest.importorskip("PIL.Image")
    [written] = exportOverlay(apart.segmentation, tmp_path / f"heart{suffix}")
    cine = read_cine(written)
    down, across = SHOWN
    assert cine.frames.shape == (COUNT, SIZE[0] * down, SIZE[1] * across, 3)
    assert np.diff(cine.index_values) == pytest.approx([0.04] * (COUNT - 1))
    chroma = cine.frames.astype(int).max(axis=3) - cine.frames.astype(int).min(axis=3)
    for frame in range(COUNT - 1):
        for mask in apart.masks(frame).values():
            large = np.kron(mask, np.ones(SHOWN, bool))
            assert chroma[frame][large].mean() > 25  # painted on a grey cine
    assert np.median(chroma[0]) < 12  # most of the frame is background
    assert chroma[COUNT - 1].mean() < chroma[0].mean()  # nothing is there


def test_an_overlay_shows_segments_in_their_own_colours(apart, tmp_path):
    pytest.importorskip("PIL.Image")
    [written] = exportOverlay(apart.segmentation, tmp_path / "heart.gif")
    frame = read_cine(written).frames[0]
    for name, (top, left) in zip(apart.segments, APART, strict=True):
        contour = frame[2 * top, 4 * left + 16 : 4 * left + 32]
        expected = [round(255 * share) for share in apart.segmentation.segmentColor(name)]
        assert np.abs(contour.astype(int) - expected).max() <= 1


def test_one_overlay_shows_all_of_overlapping_segments_each_whole(overlapping, tmp_path):
    pytest.importorskip("PIL.Image")
    written = exportOverlay(overlapping.segmentation, tmp_path / "heart.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["heart.gif"] and written == [tmp_path / "heart.gif"]
    frame = read_cine(written[0]).frames[0].astype(int)
    chroma = frame.max(axis=2) - frame.min(axis=2)
    for top, left in ((4, 4), (8, 8), (30, 40)):
        assert chroma[np.kron(square(top, left), np.ones(SHOWN, bool))].mean() > 25
    for colour, row, columns in ((RED, 2 * 4, slice(24, 56)), (GREEN, 2 * 8, slice(40, 72))):  # their upper edges
        expected = [round(255 * share) for share in colour]
        assert np.abs(frame[row, columns] - expected).max() <= 1


@pytest.mark.parametrize(("low", "high"), [(0, 255), (20, 60)])
def test_an_overlay_is_as_bright_as_the_view(apart, tmp_path, low, high):
    pytest.importorskip("PIL.Image")
    display = apart.segmentation.cineProxyNode.GetDisplayNode()
    if display is None:
        display = apart.slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
        apart.segmentation.cineProxyNode.SetAndObserveDisplayNodeID(display.GetID())
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(high - low, (high + low) / 2)
    [written] = exportOverlay(apart.segmentation, tmp_path / "heart.gif")
    shown = read_cine(written).frames[COUNT - 1, ::2, ::2].mean()  # nothing is painted there
    pixels = apart.segmentation.cine.frame(COUNT - 1).astype(float)
    assert shown == pytest.approx(np.clip((pixels - low) * 255 / (high - low), 0, 255).mean(), abs=8)


def test_an_overlay_video_names_its_segments(apart, tmp_path):
    av = pytest.importorskip("av")
    [written] = exportOverlay(apart.segmentation, tmp_path / "heart.mp4")
    with av.open(str(written)) as container:
        assert container.metadata["comment"] == "Segments: Left ventricle, µ, Wall, Atrium"


@pytest.mark.parametrize(("suffix", "package", "name"), [(".mp4", "av", "av"), (".gif", "PIL.Image", "pillow")])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    apart, tmp_path, monkeypatch, suffix, package, name
):
    monkeypatch.setitem(sys.modules, package, None)  # as Python does for a package that cannot be imported
    with pytest.raises(InputError, match=f"pip install {name}"):
        exportOverlay(apart.segmentation, tmp_path / f"heart{suffix}")
    assert list(tmp_path.iterdir()) == []


EXPORTS: Mapping[str, Any] = {
    "labels.seq.nrrd": exportLabels,
    "pictures": lambda what, path: exportLabels(what, path, "pictures"),
    "areas.csv": exportTable,
    "overlay.gif": exportOverlay,
}


@pytest.mark.parametrize("name", EXPORTS)
def test_places_that_cannot_be_written_are_named_and_nothing_is_left(apart, tmp_path, name):
    with pytest.raises(InputError, match="does not exist") as missing:
        EXPORTS[name](apart.segmentation, tmp_path / "nowhere" / name)
    assert name in missing.value.message
    occupied = tmp_path / "occupied" / name
    occupied.parent.mkdir()
    if name == "pictures":
        occupied.write_text("a file")
    else:
        occupied.mkdir()
    with pytest.raises(InputError, match=name):
        EXPORTS[name](apart.segmentation, occupied)
    assert [path.name for path in tmp_path.rglob("*")] == ["occupied", name]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("labels.seq.nrrd", "labels.nrrd"),
        ("labels.seq.nrrd", "labels"),
        ("labels.seq.nrrd", ".seq.nrrd"),
        ("pictures", "pictures.png"),
        ("areas.csv", "areas.xlsx"),
        ("areas.csv", "areas"),
        ("overlay.gif", "overlay.webm"),
        ("overlay.gif", "overlay"),
    ],
)
def test_names_that_promise_another_kind_are_refused(apart, tmp_path, name, wrong):
    with pytest.raises(InputError, match=wrong) as caught:
        EXPORTS[name](apart.segmentation, tmp_path / wrong)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["labels.seq.nrrd"])
def test_of_several_files_either_all_are_written_or_none(overlapping, tmp_path, name):
    stem, _dot, suffix = name.partition(".")
    (tmp_path / f"{stem}_2.{suffix}").mkdir()
    with pytest.raises(InputError, match=f"{stem}_2"):
        EXPORTS[name](overlapping.segmentation, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [f"{stem}_2.{suffix}"]


def test_a_write_that_fails_half_way_leaves_what_was_there(overlapping, tmp_path):
    resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")
    exportLabels(overlapping.segmentation, tmp_path / "labels.seq.nrrd")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    overlapping.segmentation.setMasks(0, {overlapping.segments[VENTRICLE]: square(0, 0, 20)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))  # as on a full disk
    try:
        with pytest.raises(InputError, match=r"labels_\d\.seq\.nrrd cannot be written") as caught:
            exportLabels(overlapping.segmentation, tmp_path / "labels.seq.nrrd")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert "unfinished" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_segmentation_without_segments_says_so(apart, tmp_path):
    for frame in range(COUNT):
        apart.segmentation.item(frame).GetSegmentation().RemoveAllSegments()
    for name in ("labels.seq.nrrd", "pictures", "overlay.gif"):
        with pytest.raises(InputError, match="no segments"):
            EXPORTS[name](apart.segmentation, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_measurements_of_every_segment_and_frame_and_a_summary_of_the_ventricle(overlapping, tmp_path):
    written = exportMeasurements(overlapping.segmentation, tmp_path / "échocardiogramme.csv")
    assert [path.name for path in written] == ["échocardiogramme.csv", "échocardiogramme summary.csv"]
    frames, summary = (list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in written)
    names = {"Left ventricle, µ", "Wall", "Atrium"}
    assert {row["segment"] for row in frames if " - " not in row["segment"]} == names
    masks = overlapping.segmentation.masks(1)
    first = next(row for row in frames if row["frame"] == "1" and row["segment"] == "Wall")
    assert float(first["area [mm2]"]) == pytest.approx(masks[overlapping.segments[1]].sum() * 0.5 * 0.25)
    assert float(first["major diameter [mm]"]) > float(first["minor diameter [mm]"])
    fractions = {row["segment"] for row in summary if row["measurement"].startswith("ejection fraction")}
    assert fractions == {"Left ventricle, µ"}
    assert "No whole beat was found" in summary[0]["notes"] and summary[0]["notes"] == frames[0]["notes"]
    with pytest.raises(InputError):
        exportMeasurements(overlapping.segmentation, tmp_path / "table.xlsx")
