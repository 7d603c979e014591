"""Cines of every kind come in with the right pixels, pixel size and times."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread

from helpers.cine_files import ECHO, SPACING_MM, in_colour, moving_square, write_changed_echo, write_image, write_video
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.read import read_cine


def test_echo_has_colours_spacing_and_times() -> None:
    cine = read_cine(ECHO)
    assert np.array_equal(cine.frames, dcmread(ECHO).pixel_array)  # pydicom decodes it on its own way
    assert cine.spacing == pytest.approx((SPACING_MM, SPACING_MM))
    assert (cine.index_name, cine.index_unit) == ("time", "s")
    assert cine.index_values == pytest.approx([frame * 0.033333 for frame in range(30)])
    assert len(cine.warnings) == 1 and "(595, 414)" in cine.warnings[0]  # its region is that of a larger picture


def test_dicom_is_known_without_its_name(tmp_path: Path) -> None:
    nameless = tmp_path / "Écho du cœur 1"
    shutil.copy(ECHO, nameless)
    assert read_cine(nameless).frame_count == 30


def test_implicit_vr_has_its_region_too(tmp_path: Path) -> None:
    write_changed_echo(tmp_path / "implicit.dcm", implicit=True)
    assert read_cine(tmp_path / "implicit.dcm").spacing == pytest.approx((SPACING_MM, SPACING_MM))


def test_regions_that_disagree_give_no_spacing(tmp_path: Path) -> None:
    regions = dcmread(ECHO).SequenceOfUltrasoundRegions
    other = dcmread(ECHO).SequenceOfUltrasoundRegions[0]
    other.PhysicalDeltaX = 0.1
    write_changed_echo(tmp_path / "two.dcm", SequenceOfUltrasoundRegions=[regions[0], other])
    assert read_cine(tmp_path / "two.dcm").spacing is None


def test_region_in_seconds_is_no_calibration(tmp_path: Path) -> None:
    region = dcmread(ECHO).SequenceOfUltrasoundRegions[0]
    region.PhysicalUnitsXDirection = 4
    write_changed_echo(tmp_path / "m-mode.dcm", SequenceOfUltrasoundRegions=[region])
    assert read_cine(tmp_path / "m-mode.dcm").spacing is None


def test_pixel_spacing_and_frame_time_vector(tmp_path: Path) -> None:
    vector = [0.0, *[20.0] * 14, *[40.0] * 15]
    write_changed_echo(
        tmp_path / "mr.dcm",
        SequenceOfUltrasoundRegions=None,
        PixelSpacing=[0.7, 0.4],
        FrameTime=None,
        FrameTimeVector=vector,
    )
    cine = read_cine(tmp_path / "mr.dcm")
    assert cine.spacing == (0.4, 0.7)  # DICOM names the rows' distance first
    assert cine.index_values == pytest.approx(np.cumsum(vector) / 1000)


def test_cine_rate_and_no_time_at_all(tmp_path: Path) -> None:
    write_changed_echo(tmp_path / "rate.dcm", FrameTime=None, CineRate=25)
    assert read_cine(tmp_path / "rate.dcm").index_values[2] == pytest.approx(0.08)
    write_changed_echo(tmp_path / "none.dcm", FrameTime=None)
    assert read_cine(tmp_path / "none.dcm").index_name == "frame"


def test_header_survives_being_cut_anywhere(tmp_path: Path) -> None:
    whole = ECHO.read_bytes()
    for length in range(132, 6000, 97):
        cut = tmp_path / "cut.dcm"
        cut.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.dcm"):
            read_cine(cut)


@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.nii", "a.nii.gz", "a.tif"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_volumes_with_time_last(tmp_path: Path, name: str, dtype: str) -> None:
    frames = moving_square(dtype=dtype, scale=100 if dtype == "uint16" else 0.5 if dtype == "float32" else 1)
    image = SimpleITK.GetImageFromArray(frames)
    image.SetSpacing((0.4, 0.6, 2.0))
    SimpleITK.WriteImage(image, str(tmp_path / name))
    cine = read_cine(tmp_path / name)
    assert np.array_equal(cine.frames, frames) and cine.frames.dtype == dtype
    if name != "a.tif":
        assert cine.spacing == pytest.approx((0.4, 0.6)) and cine.slice_spacing == pytest.approx(2.0)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii.gz", "a.tif"])
def test_colour_volumes(tmp_path: Path, name: str) -> None:
    frames = in_colour(moving_square())
    write_image(frames, tmp_path / name, is_vector=True)
    assert np.array_equal(read_cine(tmp_path / name).frames, frames)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii.gz"])
def test_fourth_axis_is_time_when_there_is_one_slice(tmp_path: Path, name: str) -> None:
    slices = [SimpleITK.GetImageFromArray(frame[np.newaxis]) for frame in moving_square()]
    SimpleITK.WriteImage(SimpleITK.JoinSeries(slices), str(tmp_path / name))
    assert np.array_equal(read_cine(tmp_path / name).frames, moving_square())


@pytest.mark.parametrize("endian", ["little", "big"])
def test_old_sequences_have_time_first(tmp_path: Path, endian: str) -> None:
    frames = moving_square(dtype="uint16", scale=100)
    header = (
        f"NRRD0004\ntype: ushort\ndimension: 4\nspace: right-anterior-superior\nsizes: 6 40 32 1\n"
        f"space directions: none (-0.4,0,0) (0,-0.6,0) (0,0,1)\nkinds: list domain domain domain\n"
        f'labels: "time" "" "" ""\nunits: "s" "" "" ""\nendian: {endian}\nencoding: raw\n'
        "space origin: (1,2,3)\naxis 0 index type:=numeric\naxis 0 index values:=0 0.1 0.2 0.3 0.4 0.5\n\n"
    )
    order = "<u2" if endian == "little" else ">u2"
    pixels = np.moveaxis(frames, 0, -1)[np.newaxis].astype(order)
    (tmp_path / "old.seq.nrrd").write_bytes(header.encode() + pixels.tobytes())
    cine = read_cine(tmp_path / "old.seq.nrrd")
    assert np.array_equal(cine.frames, frames)
    assert cine.spacing == pytest.approx((0.4, 0.6)) and cine.origin == (-1.0, -2.0, 3.0)
    assert np.allclose(cine.direction, np.eye(3).ravel())
    assert (cine.index_name, cine.index_unit, cine.index_values[5]) == ("time", "s", 0.5)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("a.mp4", "mpeg4", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p"), ("a.mov", "mpeg4", "yuv420p")],
)
def test_videos(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    frames = write_video(tmp_path / name, codec, pixel_format)
    cine = read_cine(tmp_path / name)
    assert cine.frames.shape == frames.shape
    assert np.abs(cine.frames.astype(int) - frames).mean() < 6
    assert cine.index_values == pytest.approx(np.arange(20) / 20)


def test_lossless_grey_video_stays_grey(tmp_path: Path) -> None:
    write_video(tmp_path / "grey.avi", "ffv1", "gray")
    assert read_cine(tmp_path / "grey.avi").frames.shape == (20, 64, 80)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.gif", {}),
        ("a.apng", {"format": "PNG"}),
        ("a.png", {"default_image": True}),
        ("a.webp", {"lossless": True}),
        ("a.avif", {"quality": 100}),
        ("no ending", {"format": "WEBP", "lossless": True}),
    ],
)
def test_animated_pictures_are_cines_at_their_times(tmp_path: Path, name: str, how: dict) -> None:
    pillow = pytest.importorskip("PIL.Image")
    frames = in_colour(moving_square())
    pictures = [pillow.fromarray(frame) for frame in frames]
    if name == "a.gif":
        pictures = [picture.quantize(16) for picture in pictures]  # few colours: a palette holds them all
    first = pillow.new("RGB", (40, 32)) if "default_image" in how else pictures.pop(0)
    lasting = [40, 40, 60, 40, 80, 40]
    first.save(tmp_path / name, save_all=True, append_images=pictures, duration=lasting, **how)
    cine = read_cine(tmp_path / name)
    assert cine.index_values == pytest.approx([0, 0.04, 0.08, 0.14, 0.18, 0.26]) and not cine.warnings
    if name == "a.avif":
        assert np.abs(cine.frames.astype(int) - frames).mean() < 6
    else:
        assert np.array_equal(cine.frames, frames)


def test_a_grey_animation_of_16_bits_keeps_them(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    frames = moving_square(dtype="uint16", scale=300)
    pictures = [pillow.fromarray(frame) for frame in frames]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:])
    cine = read_cine(tmp_path / "a.png")
    assert np.array_equal(cine.frames, frames) and cine.index_name == "frame"


def test_folder_sorts_digits_as_numbers_and_skips_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "dossier é ü"
    folder.mkdir()
    frames = moving_square(12)
    for number, frame in enumerate(frames):
        write_image(frame, folder / f"frame{number}.png")
    (folder / ".hidden.png").write_bytes(b"nothing")
    (folder / "notes.txt").write_text("not a frame")
    assert np.array_equal(read_cine(folder).frames, frames)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("f0", "f1", "f2", "f3"), []),
        (("f09", "f10", "f11", "f12"), ["Frames are counted from 0, the names of the pictures from 9"]),
        (("f0", "f1", "f4", "f5"), ["Of the numbers 0 to 5 in the names of the pictures 2 are missing"]),
        (("2024-01-05 1", "2024-01-05 2", "2024-02-01 1", "2024-02-01 2"), []),
        (("f0", "f0_mask", "f1", "f1_mask"), ["names of 2 kinds"]),
        (("t=0.25s", "t=0.5s", "t=0.75s", "t=1.0s"), []),
        (("t=0.00s", "t=0.04s", "t=0.08s", "t=0.12s"), []),
        (("t=0,5s", "t=1s", "t=1,25s", "t=10s"), []),
        (("t=-1.5", "t=-1", "t=1e-3", "t=0.5"), []),
        (("-2", "-1", "0", "1"), ["from -2: frame 0 is number -2"]),
        (("v1.2.9_010", "v1.2.10_001", "v1.2.10_002", "v1.2.10_010"), []),
        (("echo-1.2", "echo-1.9", "echo-1.10", "echo-2.1"), []),
        (("v1.10_t=0.25", "v1.10_t=0.5", "v1.10_t=1.0", "v1.10_t=10.0"), []),
    ],
)
def test_names_of_pictures_that_do_not_count_as_frames_do_are_said(
    tmp_path: Path, names: Sequence[str], said: Sequence[str]
) -> None:
    frames = moving_square(4)
    for name, frame in zip(names, frames, strict=True):
        write_image(frame, tmp_path / f"{name}.png")
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, frames) and len(cine.warnings) == len(said)
    assert all(one in told for one, told in zip(said, cine.warnings, strict=True))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.avif"])
def test_a_single_picture_is_no_cine_and_no_unknown_type(tmp_path: Path, name: str) -> None:
    pillow = pytest.importorskip("PIL.Image")
    pillow.fromarray(in_colour(moving_square())[0]).save(tmp_path / name)
    with pytest.raises(InputError, match="is a picture") as refused:
        read_cine(tmp_path / name)
    assert "the folder of the pictures" in refused.value.hint


def test_folder_of_dicom_slices(tmp_path: Path) -> None:
    frames = read_cine(ECHO).frames
    for number in range(3):
        one = frames[number : number + 1]
        data = dcmread(ECHO)
        data.NumberOfFrames = 1
        data.PixelData = one.tobytes()
        data["PixelData"].is_undefined_length = False
        data.PhotometricInterpretation = "RGB"
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        data.save_as(tmp_path / f"slice{number}", implicit_vr=False, little_endian=True)
    cine = read_cine(tmp_path)
    assert np.array_equal(cine.frames, frames[:3]) and cine.spacing == pytest.approx((SPACING_MM, SPACING_MM))


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA", "I;16", "1"])
def test_folder_of_unusual_pictures(tmp_path: Path, mode: str) -> None:
    pillow = pytest.importorskip("PIL.Image")
    frames = moving_square(3)
    for number, frame in enumerate(frames):
        grey = pillow.fromarray(frame)
        if mode == "I;16":
            picture = pillow.fromarray(frame.astype(np.uint16) * 256)
        elif mode == "P":
            picture = pillow.fromarray(in_colour(frames)[number]).quantize(8)
        else:
            picture = grey.convert("RGB").convert(mode) if mode == "RGBA" else grey.convert(mode)
        picture.save(tmp_path / f"{number}.png")
    expected = {
        "RGBA": np.repeat(frames[..., np.newaxis], 3, axis=-1),
        "P": in_colour(frames),
        "LA": frames,
        "I;16": frames.astype(np.uint16) * 256,
    }
    cine = read_cine(tmp_path)
    if mode == "1":
        assert cine.frames.shape == frames.shape and cine.frames.any()
    else:
        assert np.array_equal(cine.frames, expected[mode]) and cine.frames.dtype == expected[mode].dtype


def test_many_frames_go_to_disk_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    frames = moving_square(40)
    with FrameBuffer(limit=10 * frames[0].nbytes) as buffer:
        for frame in frames:
            buffer.append(frame)
        gathered = buffer.finish()
    assert isinstance(gathered, np.memmap) and np.array_equal(gathered, frames)
    assert not list(tmp_path.iterdir())  # however this process ends
    last = gathered[39]
    del gathered
    gc.collect()
    assert np.array_equal(last, frames[39])  # a view keeps the file
