"""Scenes that Slicer saved itself are opened without its reader: the cine, and the segmentation of each frame."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from helpers.scene_files import exportScene
from helpers.slicer_scenes import SlicerScene, square
from rabengine.errors import InputError
from rabengine.io.read import read_cine
from rabengine.measurement.landmarks import GivenLandmarks
from RABSegmentLib.Results.LineNode import lineOf, makeLine, putLine
from RABSegmentLib.Results.MovedPoints import keepMovedPoints, movedPoints
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.MRMLNodes import nodesOfClass
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation
from RABSegmentLib.Session.KeptMarks import putKept
from RABSegmentLib.Session.SceneFile import SceneContent, unpackScene

FRAMES = np.random.default_rng(0).integers(0, 255, (5, 48, 64), np.uint8)


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def opened(path: Path) -> tuple[SceneContent, SegmentationSequence]:
    """The cine in another scene, with the marks that came with it."""
    content = unpackScene(path, path.with_suffix(".unpacked"), 2**30)
    cine, fresh = read_cine(content.cine), SlicerScene()
    found = createSegmentation(fresh.cine(cine.frames, name=content.name))
    marks = content.marks(cine, path.name)
    if marks is not None:
        putKept(found, marks)
    fresh.keep = found  # type: ignore[attr-defined]  # the scene lives as long as what is in it
    return content, found


def test_a_segmentation_by_slicers_own_sequences_module_is_marks(scene: SlicerScene, tmp_path: Path) -> None:
    """Nothing of this program is in it: a browser plays the cine and a sequence of segmentations that overlap."""
    browser = scene.cine(FRAMES, name="Herz & Co")
    segmentation = createSegmentation(browser)
    (first,) = segmentation.segmentIds()
    second = segmentation.addSegment("Wall", (0.25, 0.5, 0.75))
    segmentation.setMasks(1, {first: square(5, 10), second: square(9, 12)})
    segmentation.setMasks(4, {second: square(20, 30)})
    for name in ("RABSegment.Frames", "RABSegment.IsWriting"):
        segmentation.node.RemoveAttribute(name)
    segmentation.node.RemoveNodeReferenceIDs("RABSegment.Cine")
    scene.save(tmp_path / "a.mrb")
    content, found = opened(tmp_path / "a.mrb")
    assert content.name == "Herz & Co" and np.array_equal(found.cine.frames(), FRAMES)
    assert [found.segmentName(one) for one in found.segmentIds()] == ["Segment 1", "Wall"]
    assert found.segmentColor(second) == pytest.approx((0.25, 0.5, 0.75))
    assert [frame for frame in range(5) if found.record(frame).isMark] == [1, 4]
    assert found.record(1).known == (first, second) and found.record(4).known == (second,)
    assert np.array_equal(found.masks(1)[first], square(5, 10)) and np.array_equal(
        found.masks(1)[second], square(9, 12)
    )
    assert np.array_equal(found.masks(4)[second], square(20, 30)) and not found.masks(4)[first].any()


def test_a_cine_alone_and_a_segmentation_of_no_frame(scene: SlicerScene, tmp_path: Path) -> None:
    scene.cine(FRAMES)
    scene.save(tmp_path / "a.mrb")
    content, found = opened(tmp_path / "a.mrb")
    assert not content.warnings and found.record(0).status is FrameStatus.EMPTY
    lone = scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Lone")
    lone.GetSegmentation().AddEmptySegment("", "x")
    scene.save(tmp_path / "b.mrb")
    assert "Lone" in opened(tmp_path / "b.mrb")[0].warnings[0]


def test_scenes_that_hold_no_cine_or_several_are_one_sentence(scene: SlicerScene, tmp_path: Path) -> None:
    scene.save(tmp_path / "none.mrb")
    scene.cine(FRAMES, name="One")
    scene.cine(FRAMES, name="Two")
    scene.save(tmp_path / "two.mrb")
    for name, words in (("none.mrb", "holds no cine"), ("two.mrb", "several cines: One, Two")):
        with pytest.raises(InputError, match=words):
            opened(tmp_path / name)


def test_of_several_cines_the_one_with_a_segmentation_is_meant(scene: SlicerScene, tmp_path: Path) -> None:
    scene.cine(FRAMES[::-1], name="Other")
    segmentation = createSegmentation(scene.cine(FRAMES, name="Meant"))
    (segment,) = segmentation.segmentIds()
    segmentation.setMasks(2, {segment: square(5, 10)})
    makeLine(segmentation)
    putLine(segmentation, (1.0, 2.0, 30.0, 40.0))
    moved = {2: GivenLandmarks(apex=(3.0, 4.0))}
    keepMovedPoints(segmentation, segment, moved)
    scene.save(tmp_path / "a.mrb")
    content, found = opened(tmp_path / "a.mrb")
    assert content.name == "Meant" and np.array_equal(found.cine.frames(), FRAMES)
    assert found.masks(2)[found.segmentIds()[0]].any()
    assert lineOf(found) == (1, 2, 30, 40) and movedPoints(found, segment) == moved
    scene.show(segmentation.browserNode, 0)
    exportScene(segmentation, tmp_path / "b.mrb")  # as the page does
    scene.open(tmp_path / "b.mrb")
    (browser,) = nodesOfClass(scene.scene, "vtkMRMLSequenceBrowserNode")
    slicers = createSegmentation(browser)
    assert lineOf(slicers) == (1, 2, 30, 40) and movedPoints(slicers, segment) == moved


@pytest.mark.parametrize("damage", ["cut", "no text", "entities", "a mask"])
def test_what_is_damaged_is_one_sentence(scene: SlicerScene, tmp_path: Path, damage: str) -> None:
    segmentation = createSegmentation(scene.cine(FRAMES))
    segmentation.setMasks(2, {segmentation.segmentIds()[0]: square(5, 10)})
    scene.save(tmp_path / "whole.mrb")
    path = tmp_path / "a.mrb"
    with zipfile.ZipFile(tmp_path / "whole.mrb") as whole, zipfile.ZipFile(path, "w") as other:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith(".mrml") and damage == "no text":
                continue
            if name.endswith(".mrml") and damage == "entities":
                content = content.replace(b"<MRML", b'<!DOCTYPE a [<!ENTITY b "c">]><MRML', 1)
            if name.endswith(".seq.mrb") and damage == "a mask":
                content = content[: len(content) // 2]
            other.writestr(name, content)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError) as caught:
        opened(path)
    assert caught.value.hint and "a.mrb" in caught.value.message
