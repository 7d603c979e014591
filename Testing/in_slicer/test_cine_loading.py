"""Cines come into the scene from files and from volumes as they are: pixels, place, times, calibration."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.slicer_scenes import SlicerScene, slicer, square
from helpers.volumes import TURNED, ijk_to_ras, ramp, stack
from rabengine.cine import Cine
from rabengine.demo.sample import sample_cine_path
from rabengine.errors import InputError
from rabengine.io.labels.write import write_labels
from rabengine.io.read import read_cine
from RABSegmentLib.Scene.CineLoading import cineFromArray, cineFromVolume, loadCine
from RABSegmentLib.Scene.CineSequence import CineSequence, cineOfBrowser
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation

RABSEGMENT = Path(__file__).parents[2] / "RABSegment"


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def test_a_dicom_cine_comes_with_its_pixels_times_and_calibration(scene):
    path = sample_cine_path()
    truth = read_cine(path)
    loaded = loadCine(scene.scene, path)
    cine = cineOfBrowser(loaded.browserNode)
    assert cine.frameCount == 30
    assert np.array_equal(cine.frames(), truth.frames) and truth.frames.shape[3] == 3
    assert (cine.indexName, cine.indexUnit) == ("time", "s")
    assert cine.times() == pytest.approx(truth.index_values)
    assert cine.spacing == pytest.approx(truth.spacing)
    assert set(truth.warnings) <= set(loaded.warnings)
    assert cine.name == "examples_ybr_color"
    assert loaded.browserNode.GetPlaybackRateFps() == pytest.approx(1 / np.median(np.diff(truth.index_values)))


def test_a_loaded_cine_is_shown_and_can_be_segmented(scene):
    browser = loadCine(scene.scene, sample_cine_path()).browserNode
    segmentation = createSegmentation(browser)
    assert segmentation.frameCount == 30
    proxy = segmentation.cineProxyNode
    assert proxy.GetClassName() == "vtkMRMLVectorVolumeNode" and proxy.GetDisplayNode() is not None
    assert np.array_equal(segmentation.masks(3)[segmentation.segmentIds()[0]], np.zeros(segmentation.cine.frameSize))


def test_every_frame_lies_where_slicer_puts_the_file(scene, tmp_path):
    image = SimpleITK.GetImageFromArray(ramp())
    image.SetSpacing((0.4, 0.6, 2.5))
    image.SetOrigin((10, -20, 33.5))
    image.SetDirection(TURNED)
    SimpleITK.WriteImage(image, str(tmp_path / "askew.nrrd"))
    storage = slicer.vtkMRMLNRRDStorageNode()
    own = scene.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "own")
    scene.scene.AddNode(storage)
    storage.SetFileName(str(tmp_path / "askew.nrrd"))
    assert storage.ReadData(own) == 1
    cine = cineOfBrowser(loadCine(scene.scene, tmp_path / "askew.nrrd").browserNode)
    for frame in range(4):
        assert np.allclose(ijk_to_ras(cine.frameNode(frame)), ijk_to_ras(own))
    assert cine.spacing == pytest.approx((0.4, 0.6))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_pixel_types_stay(scene, tmp_path, dtype):
    frames = ramp(dtype=dtype)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames), str(tmp_path / "cine.mha"))
    found = cineOfBrowser(loadCine(scene.scene, tmp_path / "cine.mha").browserNode).frames()
    assert np.array_equal(found, frames) and found.dtype == frames.dtype


def test_a_video_comes_in_colour_and_without_a_calibration(scene, tmp_path):
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "vidéo 1.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(5):
            picture = np.full((48, 64, 3), (40 * number, 100, 200), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    browser = loadCine(scene.scene, tmp_path / "vidéo 1.avi").browserNode
    cine = cineOfBrowser(browser)
    assert cine.name == "vidéo 1"
    assert cine.frames().shape == (5, 48, 64, 3)
    assert cine.times() == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert browser.GetPlaybackRateFps() == pytest.approx(25)
    assert cine.spacing is None
    assert np.allclose(ijk_to_ras(cine.frameNode(0)), np.diag([-1, -1, 1, 1]))  # as Slicer shows pictures


def test_a_gif_and_a_folder_of_images_come_in_order(scene, tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    frames = ramp(11)
    pictures = [pillow.fromarray(frame) for frame in frames]
    folder = tmp_path / "v1.2"
    folder.mkdir()
    for number, picture in enumerate(pictures):
        picture.save(folder / f"frame{number}.png")  # frame10 comes after frame9
    pictures[0].save(tmp_path / "loop.gif", save_all=True, append_images=pictures[1:], duration=50)
    of_folder = cineOfBrowser(loadCine(scene.scene, folder).browserNode)
    assert np.array_equal(of_folder.frames(), frames)
    assert (of_folder.name, of_folder.indexName, of_folder.indexUnit) == ("v1.2", "frame", "")
    assert of_folder.indexValues == [str(number) for number in range(11)]
    of_gif = cineOfBrowser(loadCine(scene.scene, tmp_path / "loop.gif").browserNode)
    assert np.array_equal(of_gif.frames(), np.repeat(frames[..., np.newaxis], 3, axis=3))
    assert of_gif.times() == pytest.approx(np.arange(11) * 0.05)


def test_a_spacing_of_one_millimetre_that_a_file_states_is_one(scene, tmp_path):
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.dcmread(sample_cine_path())
    for region in dataset.SequenceOfUltrasoundRegions:
        region.PhysicalDeltaX = region.PhysicalDeltaY = 0.1  # cm
    dataset.save_as(tmp_path / "one.dcm")
    cine = cineOfBrowser(loadCine(scene.scene, tmp_path / "one.dcm").browserNode)
    assert cine.spacing == (1.0, 1.0)


def test_a_sequence_of_slicer_comes_back_in_colour(scene, tmp_path):
    colours = np.stack([ramp(), ramp() // 2, 255 - ramp()], axis=-1)
    browser = scene.cine(colours, spacing=0.3)
    write(scene, cineOfBrowser(browser), tmp_path / "heart.seq.nrrd")
    cine = cineOfBrowser(loadCine(scene.scene, tmp_path / "heart.seq.nrrd").browserNode)
    assert cine.name == "heart"
    assert np.array_equal(cine.frames(), colours)
    assert cine.times() == pytest.approx([0, 0.04, 0.08, 0.12])
    assert np.allclose(ijk_to_ras(cine.frameNode(2)), ijk_to_ras(cineOfBrowser(browser).frameNode(2)))


def test_what_was_loaded_can_be_saved_by_slicer_and_read_again(scene, tmp_path):
    loaded = cineOfBrowser(loadCine(scene.scene, sample_cine_path()).browserNode)
    write(scene, loaded, tmp_path / "again.seq.nrrd")
    again = read_cine(tmp_path / "again.seq.nrrd")
    assert np.array_equal(again.frames, loaded.frames())
    assert again.index_values == pytest.approx(loaded.times())
    assert again.spacing == pytest.approx(loaded.spacing)


def test_high_speed_cines_keep_every_frame_through_a_saved_scene(scene, tmp_path):
    times = tuple(number / 4000 for number in range(6))
    write_timed(tmp_path / "fast.seq.nrrd", times)
    loaded = cineOfBrowser(loadCine(scene.scene, tmp_path / "fast.seq.nrrd").browserNode)
    assert loaded.times() == pytest.approx(times)
    segmentation = createSegmentation(loadCine(scene.scene, tmp_path / "fast.seq.nrrd").browserNode)
    segment = segmentation.segmentIds()[0]
    for frame in range(6):
        segmentation.setMasks(frame, {segment: square(frame, frame, 3, (10, 12))})
    for frame in range(6):
        assert np.array_equal(segmentation.masks(frame)[segment], square(frame, frame, 3, (10, 12)))
    assert scene.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    again = SlicerScene()
    again.scene.SetURL(str(tmp_path / "scene.mrb"))
    assert again.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    found = CineSequence(again.scene.GetFirstNodeByName("fast"))
    assert found.times() == pytest.approx(times)
    assert np.array_equal(found.frames(), loaded.frames())


@pytest.mark.parametrize("times", [(0.0, 0.1, 0.1, 0.2), (0.3, 0.2, 0.1, 0.0)])
def test_times_that_do_not_rise_are_replaced_by_frame_numbers_and_said(scene, tmp_path, times):
    write_timed(tmp_path / "odd.seq.nrrd", times)
    loaded = loadCine(scene.scene, tmp_path / "odd.seq.nrrd")
    cine = cineOfBrowser(loaded.browserNode)
    assert np.array_equal(cine.frames(), ramp(len(times)))
    assert (cine.indexName, cine.indexValues) == ("frame", ["0", "1", "2", "3"])
    [warning] = loaded.warnings
    assert "does not rise" in warning


def test_a_black_first_frame_does_not_spoil_the_window(scene, tmp_path):
    frames = ramp(dtype="int16") * 20
    frames[0] = 0
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames), str(tmp_path / "cine.mha"))
    browser = loadCine(scene.scene, tmp_path / "cine.mha").browserNode
    display = browser.GetProxyNode(browser.GetMasterSequenceNode()).GetDisplayNode()
    assert display.GetWindow() == pytest.approx(frames.max(), rel=0.05)
    assert display.GetLevel() == pytest.approx(frames.max() / 2, rel=0.05)


def test_bad_files_are_named_in_one_sentence_and_leave_the_scene_alone(scene, tmp_path):
    (tmp_path / "note.mp4").write_text("not a video")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(ramp(1)), str(tmp_path / "still.nrrd"))
    (tmp_path / "empty").mkdir()
    before = scene.scene.GetNumberOfNodes()
    for name in ("note.mp4", "still.nrrd", "empty", "missing.dcm"):
        with pytest.raises(InputError, match=name) as caught:
            loadCine(scene.scene, tmp_path / name)
        assert caught.value.hint
    assert scene.scene.GetNumberOfNodes() == before


def test_loading_measuring_and_exporting_need_no_pytorch(tmp_path):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(ramp()), str(tmp_path / "cine.nrrd"))
    code = """
import sys
from helpers.slicer_scenes import SlicerScene
from RABSegmentLib.Scene.CineLoading import loadCine
from RABSegmentLib.Export.Labels import exportLabels
from RABSegmentLib.Export.Table import exportTable
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation
from RABSegmentLib.Results.AreaNodes import writeAreaChart, writeAreaTableNode
scene = SlicerScene()
segmentation = createSegmentation(loadCine(scene.scene, "cine.nrrd").browserNode)
writeAreaChart(segmentation, writeAreaTableNode(segmentation))
exportLabels(segmentation, "labels.seq.nrrd")
exportLabels(segmentation, "pictures", "pictures")
exportTable(segmentation, "areas.csv")
assert "torch" not in sys.modules
"""
    places = os.pathsep.join([str(RABSEGMENT), str(Path(__file__).parents[1])])
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": places})
    assert (tmp_path / "labels.seq.nrrd").is_file() and (tmp_path / "pictures" / "0003.png").is_file()


@pytest.mark.parametrize("in_colour", [False, True])
def test_the_slices_of_a_volume_become_frames_in_the_place_of_the_first(scene, in_colour):
    pixels = ramp(5, dtype="int16") if not in_colour else np.stack([ramp(5), ramp(5) // 2, ramp(5) // 3], axis=-1)
    node = stack(scene, pixels)
    cine = cineOfBrowser(cineFromVolume(node))
    assert np.array_equal(cine.frames(), pixels) and cine.frames().dtype == pixels.dtype
    assert (cine.indexName, cine.indexUnit, cine.indexValues) == ("frame", "", ["0", "1", "2", "3", "4"])
    for frame in range(5):
        assert np.allclose(ijk_to_ras(cine.frameNode(frame)), ijk_to_ras(node))
    assert cine.spacing == pytest.approx((0.4, 0.6))
    assert node.GetImageData().GetDimensions() == (12, 10, 5)


def test_volumes_that_are_no_cine_are_refused_with_a_reason(scene):
    single = stack(scene, ramp(1), "Still")
    empty = scene.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Hollow")
    labels = scene.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    before = scene.scene.GetNumberOfNodes()
    for node, reason in ((single, "Still has one slice"), (empty, "no pixels"), (labels, "no volume of images")):
        with pytest.raises(InputError, match=reason):
            cineFromVolume(node)
    with pytest.raises(InputError, match="No volume is selected"):
        cineFromVolume(None)
    assert scene.scene.GetNumberOfNodes() == before


@pytest.mark.parametrize("shape", [(3, 10, 12), (3, 10, 12, 3)])
def test_an_array_becomes_a_cine_without_a_calibration(scene, shape):
    frames = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    cine = cineOfBrowser(cineFromArray(scene.scene, frames, "Phantom"))
    assert np.array_equal(cine.frames(), frames)
    assert (cine.name, cine.spacing, cine.indexValues) == ("Phantom", None, ["0", "1", "2"])


@pytest.mark.parametrize("shape", [(10, 12), (1, 10, 12), (3, 10, 12, 2)])
def test_arrays_that_are_no_cine_are_refused_with_their_shape(scene, shape):
    with pytest.raises(InputError, match="shape"):
        cineFromArray(scene.scene, np.zeros(shape))


def write(scene: SlicerScene, cine: CineSequence, path: Path) -> None:
    """As Slicer saves a sequence."""
    storage = slicer.vtkMRMLVolumeSequenceStorageNode()
    scene.scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.WriteData(cine.node) == 1


def write_timed(path: Path, times: tuple[float, ...]) -> None:
    """A grey cine with these index values in seconds."""
    timed = Cine(ramp(len(times)), spacing=(0.5, 0.5), index_name="time", index_unit="s", index_values=times)
    write_labels(path, timed.frames, replace(timed, source=str(path)), (1,))
