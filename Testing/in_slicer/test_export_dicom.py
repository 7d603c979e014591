"""Cines that were opened from DICOM: exported as DICOM segmentations, and as nothing else that names the patient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import srread
from pydicom import dcmread

from helpers.dicom_cines import COLUMNS, COUNT, IDENTITY, ROWS, write_cine
from helpers.privacy import traces_in
from helpers.scene_files import exportScene
from helpers.slicer_scenes import SlicerScene, slicer, square
from rabengine.errors import InputError
from rabengine.io.marks.dicom_segmentation import read_dicom_segmentation
from RABSegmentLib.Export.Dicom import exportDicom
from RABSegmentLib.Export.Kinds import exportKinds
from RABSegmentLib.Export.Report import exportReport
from RABSegmentLib.Results.LineNode import putLine
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.CineLoading import loadCine
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation

SIZE = (ROWS, COLUMNS)
RIGHT_ATRIUM = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure~"
    "SCT^73829009^Right atrium~^^~Anatomic codes - DICOM master list~^^~^^"
)


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def segmented(
    scene: SlicerScene, path: Path, corner: int = 6
) -> tuple[SegmentationSequence, dict[int, dict[str, np.ndarray]]]:
    """Two segments on frames 0 and 1, which overlap where the second has its corner at 6.

    Frame 2 was looked at and is empty; nobody looked at the others.
    """
    segmentation = createSegmentation(loadCine(scene.scene, path).browserNode)
    (first,) = segmentation.segmentIds()
    segmentation.renameSegment(first, "Left ventricle")
    second = segmentation.addSegment("Blob", (0.2, 0.4, 0.6))
    drawn = {frame: {first: square(2 + frame, 3, 8, SIZE), second: square(corner, corner, 8, SIZE)} for frame in (0, 1)}
    for frame, masks in drawn.items():
        segmentation.setMasks(frame, masks)
    seen = FrameRecord(FrameStatus.MARKED, known=(first, second))
    segmentation.setRecords(dict.fromkeys(range(3), seen))
    return segmentation, drawn


@pytest.mark.parametrize("kind", ["ultrasound", "series"])
def test_overlapping_segments_are_in_one_file_frame_by_frame(scene, tmp_path, kind):
    segmentation, drawn = segmented(scene, write_cine(kind, tmp_path))
    path = tmp_path / "heart.dcm"
    assert exportDicom(segmentation, path) == [path]
    made = dcmread(path)
    assert made.SegmentsOverlap == "YES"
    assert [item.SegmentLabel for item in made.SegmentSequence] == ["Left ventricle", "Blob"]
    assert [item.SegmentedPropertyTypeCodeSequence[0].CodeMeaning for item in made.SegmentSequence] == [
        "Left ventricle",
        "Tissue",
    ]
    marks = read_dicom_segmentation(path, engineCine(segmentation.cine))
    assert sorted(marks) == [0, 1, 2]
    assert not marks[2].any()
    for frame, masks in drawn.items():
        first, second = masks.values()
        assert np.array_equal(marks[frame], np.where(second, 2, first.astype(np.uint8)))


def test_codes_chosen_in_slicer_are_in_the_file(scene, tmp_path):
    segmentation, _drawn = segmented(scene, write_cine("ultrasound", tmp_path))
    (first, _second) = segmentation.segmentIds()
    for frame in range(COUNT):
        item = segmentation.item(frame)
        if item is not None:
            item.GetSegmentation().GetSegment(first).SetTag(
                slicer.vtkSegment.GetTerminologyEntryTagName(), RIGHT_ATRIUM
            )
    exportDicom(segmentation, tmp_path / "heart.dcm")
    first_item = dcmread(tmp_path / "heart.dcm").SegmentSequence[0]
    assert first_item.SegmentedPropertyTypeCodeSequence[0].CodeValue == "73829009"
    assert first_item.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "123037004"


def test_the_scene_knows_the_files_after_it_was_saved_and_opened(scene, tmp_path):
    segmentation, _drawn = segmented(scene, write_cine("series", tmp_path))
    before = engineCine(segmentation.cine).dicom_frames
    assert len(before) == COUNT
    scene.save(tmp_path / "scene.mrb")
    scene.open(tmp_path / "scene.mrb")
    node = scene.scene.GetFirstNodeByName(segmentation.cine.name)
    from RABSegmentLib.Scene.CineSequence import CineSequence

    cine = CineSequence(node)
    assert engineCine(cine).dicom_frames == before
    cine.node.RemoveDataNodeAtValue(cine.indexValues[0])
    assert engineCine(CineSequence(node)).dicom_frames == ()


def test_a_label_map_of_overlapping_segments_costs_one_sentence(scene, tmp_path):
    segmentation, _drawn = segmented(scene, write_cine("series", tmp_path))
    with pytest.raises(InputError, match="A label map cannot hold segments that overlap"):
        exportDicom(segmentation, tmp_path / "heart.labelmap.dcm", "dicom-labelmap")
    assert not list(tmp_path.glob("*.dcm"))


def test_measurements_are_exported_as_a_report(scene, tmp_path):
    segmentation, drawn = segmented(scene, write_cine("series", tmp_path))
    assert exportReport(segmentation, tmp_path / "sr.dcm") == [tmp_path / "sr.dcm"]
    groups = srread(tmp_path / "sr.dcm").content.get_image_measurement_groups()
    areas = {
        (group.tracking_identifier, group.source_images[0].referenced_sop_instance_uid): one.value
        for group in groups
        for one in group.get_measurements()
        if one.name.meaning == "Area"
    }
    frames = engineCine(segmentation.cine).dicom_frames
    names = ("Left ventricle", "Blob")
    assert areas == {
        (name, frames[frame].instance): pytest.approx(mask.sum() * 0.5 * 0.4)
        for frame, masks in drawn.items()
        for name, mask in zip(names, masks.values(), strict=True)
    }


def test_a_cine_that_is_no_dicom_costs_one_sentence(scene, tmp_path):
    segmentation = createSegmentation(scene.cine(np.zeros((3, 48, 64), np.uint8)))
    (first,) = segmentation.segmentIds()
    segmentation.setMasks(0, {first: square(4, 4)})
    with pytest.raises(InputError, match="Heart was not read from DICOM"):
        exportDicom(segmentation, tmp_path / "heart.dcm")
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_dicom_names_the_patient(scene, tmp_path):
    segmentation, _drawn = segmented(scene, write_cine("ultrasound", tmp_path), corner=12)
    secrets = (engineCine(segmentation.cine).dicom_frames[0].instance, str(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    named = set()
    putLine(segmentation, (3.0, 3.0, 20.0, 15.0))
    for kind in exportKinds():
        place = out / kind.name
        place.mkdir()
        kind.write(segmentation, place / f"heart{kind.suffix}" if kind.suffix else place / "pictures")
        if kind.name.startswith("dicom-"):
            named.add(kind.name)
            assert IDENTITY["PatientID"].casefold() in traces_in(place)
        else:
            assert traces_in(place, *secrets) == set(), kind.name
    exportScene(segmentation, tmp_path / "scene.mrb")
    assert traces_in(tmp_path / "scene.mrb", *secrets) == set()
    assert named == {"dicom-seg", "dicom-labelmap", "dicom-sr"}
