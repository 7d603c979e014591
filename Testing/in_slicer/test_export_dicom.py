"""Cines that were opened from DICOM: exported as DICOM segmentations, and as nothing else that names the patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.sr import srread
from pydicom import dcmread

from helpers.dicom_cines import COLUMNS, COUNT, IDENTITY, ROWS, frames, write_cine
from helpers.privacy import traces_in
from helpers.scene_files import exportScene
from helpers.slicer_scenes import SlicerScene, slicer, square, volumesOverTime
from rabengine.errors import InputError
from rabengine.io.marks.dicom_segmentation import read_dicom_segmentation
from RABSegmentLib.Export.Dicom import exportDicom
from RABSegmentLib.Export.Kinds import exportKinds
from RABSegmentLib.Export.Report import exportReport
from RABSegmentLib.Results.LineNode import putLine
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.CineLoading import cineFromSlice, cineFromVolume, loadCine
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


class Database:
    """What Slicer's DICOM database says of files."""

    def __init__(self, *files: Path) -> None:
        self._files = {str(dcmread(file, stop_before_pixels=True).SOPInstanceUID): str(file) for file in files}

    def fileForInstance(self, instance: str) -> str:
        return self._files.get(instance, "")


def loaded(
    scene: SlicerScene, files: list[Path], monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray | None = None
) -> Any:
    """The browser of a cine as Slicer's own DICOM module leaves it, of one file of frames or of one a frame."""
    monkeypatch.setattr(slicer, "dicomDatabase", Database(*files), raising=False)
    pixels = frames() if pixels is None else pixels
    browser = scene.cine(pixels, "3: US")
    for frame in range(len(pixels)):
        header = dcmread(files[frame % len(files)], stop_before_pixels=True)
        item = browser.GetMasterSequenceNode().GetNthDataNode(frame)
        item.SetAttribute("DICOM.instanceUIDs", header.SOPInstanceUID)
    return browser


def filesOf(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.iterdir())


@pytest.mark.parametrize("kind", ["ultrasound", "series"])
def test_a_cine_that_slicers_dicom_module_loaded_refers_to_its_files_also_after_they_were_moved(
    scene, tmp_path, monkeypatch, kind
):
    files = filesOf(write_cine(kind, tmp_path))
    segmentation = createSegmentation(loaded(scene, files, monkeypatch))
    (first,) = segmentation.segmentIds()
    segmentation.setMasks(3, {first: square(2, 3, 8, SIZE)})
    before = engineCine(segmentation.cine).dicom_frames
    exportDicom(segmentation, tmp_path / "heart.dcm")
    (group,) = dcmread(tmp_path / "heart.dcm").PerFrameFunctionalGroupsSequence
    (source,) = group.DerivationImageSequence[0].SourceImageSequence
    instances = [str(dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in files]
    assert source.ReferencedSOPInstanceUID == instances[3 % len(instances)]
    assert source.get("ReferencedFrameNumber") == (4 if kind == "ultrasound" else None)
    moved = [file.rename(tmp_path / f"moved {number}.dcm") for number, file in enumerate(files)]
    monkeypatch.setattr(slicer, "dicomDatabase", Database(*moved))
    again = createSegmentation(segmentation.browserNode)
    assert engineCine(again.cine).dicom_frames == tuple(
        one._replace(file=str(moved[number % len(moved)])) for number, one in enumerate(before)
    )
    exportDicom(again, tmp_path / "again.dcm")


@pytest.mark.parametrize("kind", ["ultrasound", "series"])
def test_a_scene_that_was_saved_before_knows_the_files_by_its_tree(scene, tmp_path, monkeypatch, kind):
    files = filesOf(write_cine(kind, tmp_path))
    browser = loaded(scene, files, monkeypatch)
    items = [browser.GetMasterSequenceNode().GetNthDataNode(frame) for frame in range(COUNT)]
    instances = dict.fromkeys(item.GetAttribute("DICOM.instanceUIDs") for item in items)
    for item in items:
        item.RemoveAttribute("DICOM.instanceUIDs")  # as in a file of a sequence
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene.scene)
    shown = browser.GetProxyNode(browser.GetMasterSequenceNode())
    tree.SetItemUID(tree.CreateItem(tree.GetSceneItemID(), shown), "DICOMInstanceUID", " ".join(instances))
    told = createSegmentation(browser).cine.dicomFrames
    numbers = range(1, COUNT + 1) if kind == "ultrasound" else [1] * COUNT
    assert [one.number for one in told] == list(numbers)
    assert [one.instance for one in told] == (list(instances) * COUNT)[:COUNT]


def test_no_file_is_named_for_frames_that_are_a_part_of_it_or_not_as_they_are_in_it(scene, tmp_path, monkeypatch):
    files = filesOf(write_cine("ultrasound", tmp_path))
    assert createSegmentation(loaded(scene, files, monkeypatch, pixels=frames()[1:])).cine.dicomFrames == ()
    cropped = createSegmentation(loaded(scene, files, monkeypatch, pixels=frames()[:, 1:]))
    (first,) = cropped.segmentIds()
    cropped.setMasks(0, {first: square(2, 3, 8, (ROWS - 1, COLUMNS))})
    with pytest.raises(InputError, match=r"are of 27 x 20, those of us.dcm of 27 x 21\. Open the cine as it is"):
        exportDicom(cropped, tmp_path / "heart.dcm")
    unknown = loaded(scene, files, monkeypatch)
    monkeypatch.setattr(slicer, "dicomDatabase", Database())
    assert createSegmentation(unknown).cine.dicomFrames == ()


def test_a_slice_of_a_volume_knows_its_file(scene, tmp_path, monkeypatch):
    files = filesOf(write_cine("series", tmp_path))
    database = Database(*files)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    instances = [str(dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in files]
    four_d = volumesOverTime(scene.scene, np.stack([frames()[:2], frames()[2:4]]), ("0", "40"))
    for number in (0, 1):  # of two slices each
        item = four_d.GetMasterSequenceNode().GetNthDataNode(number)
        item.SetAttribute("DICOM.instanceUIDs", " ".join(instances[2 * number : 2 * number + 2]))
    told = createSegmentation(cineFromSlice(four_d, 1)).cine.dicomFrames
    assert [one.instance for one in told] == [instances[1], instances[3]]
    stack = four_d.GetProxyNode(four_d.GetMasterSequenceNode())
    stack.SetAttribute("DICOM.instanceUIDs", " ".join(instances[:2]))
    told = createSegmentation(cineFromVolume(stack)).cine.dicomFrames
    assert [one.instance for one in told] == instances[:2]


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
    segmentation.cine.node.SetAttribute("MultiVolume.FrameFileList", str(tmp_path / "us.dcm"))  # as Slicer's readers
    segmentation.cineProxyNode.SetAttribute("DICOM.instanceUIDs", secrets[0])
    exportScene(segmentation, tmp_path / "scene.mrb")
    assert traces_in(tmp_path / "scene.mrb", *secrets) == set()
    assert named == {"dicom-seg", "dicom-labelmap", "dicom-sr"}
