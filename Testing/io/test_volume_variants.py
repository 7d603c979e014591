"""TIFF, NRRD, NIfTI and MetaImage of other programs: their kinds of numbers, units, and files behind files."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.cine_files import moving_square
from rabengine.errors import InputError
from rabengine.io.frame_buffer import LARGEST_VARIABLE
from rabengine.io.options import ReadOptions
from rabengine.io.read import load_frames, read_cine
from rabengine.io.video.decoding import seconds_of_frames
from rabengine.io.video.structure import is_cut_off

tifffile = pytest.importorskip("tifffile")

FRAMES = moving_square(4)[:, :24, :28].copy()


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32", "float64", "int64"])
def test_folders_of_tiff_of_any_number(tmp_path: Path, kind: str) -> None:
    for number, frame in enumerate(FRAMES.astype(kind)):
        tifffile.imwrite(tmp_path / f"{number}.tif", frame, photometric="minisblack", tile=(16, 16))
    frames = read_cine(tmp_path).frames
    assert frames.shape == FRAMES.shape and np.array_equal(frames, FRAMES)


def test_a_folder_of_tiff_where_0_is_white(tmp_path: Path) -> None:
    for number, frame in enumerate(FRAMES):
        tifffile.imwrite(tmp_path / f"{number}.tif", 255 - frame, photometric="miniswhite")
    assert np.array_equal(read_cine(tmp_path).frames, FRAMES)


def test_thumbnails_written_page_by_page(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for frame in FRAMES:
            writer.write(frame, photometric="minisblack")
            writer.write(frame[::4, ::4], photometric="minisblack", subfiletype=1)
    cine = read_cine(tmp_path / "a.tif")
    assert np.array_equal(cine.frames, FRAMES) and "left out" in " ".join(cine.warnings)


def test_sizes_and_times_of_imagej_and_ome(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "imagej.tif",
        FRAMES,
        imagej=True,
        resolution=(2.5, 2.0),
        metadata={"axes": "TYX", "unit": "mm", "finterval": 0.04},
    )
    told = {"PhysicalSizeX": 400, "PhysicalSizeXUnit": "\u00b5m", "PhysicalSizeY": 0.05, "PhysicalSizeYUnit": "cm"}
    times = {"TimeIncrement": 40, "TimeIncrementUnit": "ms"}
    tifffile.imwrite(tmp_path / "a.ome.tif", FRAMES, ome=True, metadata={"axes": "TYX", **told, **times})
    for name in ("imagej.tif", "a.ome.tif"):
        cine = read_cine(tmp_path / name)
        assert cine.spacing == pytest.approx((0.4, 0.5)), name
        assert (cine.index_name, cine.index_unit) == ("time", "s"), name
        assert cine.index_values == pytest.approx((0, 0.04, 0.08, 0.12)), name
    strange = {"axes": "TYX", "finterval": 40, "tunit": "heartbeat"}  # no unit, and no seconds either
    tifffile.imwrite(tmp_path / "strange.tif", FRAMES, imagej=True, metadata=strange)
    assert read_cine(tmp_path / "strange.tif").index_name == "frame"
    tifffile.imwrite(tmp_path / "print.tif", FRAMES, resolution=(72, 72), photometric="minisblack")
    assert read_cine(tmp_path / "print.tif").spacing is None


def test_planes_of_ome_are_at_the_times_at_which_they_were_taken(tmp_path: Path) -> None:
    taken = [[100, 150], [140, 190], [190, 240], [220, 270]]  # of each frame and channel
    planes = {"DeltaT": np.ravel(taken).tolist(), "DeltaTUnit": ["ms"] * 8}
    told = {"axes": "TCYX", "TimeIncrement": 0.04, "Plane": planes}
    tifffile.imwrite(tmp_path / "a.ome.tif", np.stack([FRAMES, 255 - FRAMES], axis=1), ome=True, metadata=told)
    for series, expected in (("c1", FRAMES), ("c2", 255 - FRAMES)):
        cine = read_cine(tmp_path / "a.ome.tif", options=ReadOptions(series=series))
        assert np.array_equal(cine.frames, expected)
        assert cine.index_values == pytest.approx((0, 0.04, 0.09, 0.12)), series
    planes["DeltaT"] = [0.0] * 8  # as programs do that know no times
    tifffile.imwrite(tmp_path / "b.ome.tif", np.stack([FRAMES, FRAMES], axis=1), ome=True, metadata=told)
    cine = read_cine(tmp_path / "b.ome.tif", options=ReadOptions(series="c1"))
    assert cine.index_values == pytest.approx((0, 0.04, 0.08, 0.12))


@pytest.mark.parametrize(
    ("spacings", "units"),
    [("0.4 0.5 0.04", '"mm" "mm" "s"'), ("400 500 40", '"um" "um" "ms"'), ("0.04 0.05 40000", '"cm" "cm" "us"')],
)
def test_units_of_nrrd(tmp_path: Path, spacings: str, units: str) -> None:
    header = f"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 28 24 4\nspacings: {spacings}\nunits: {units}\n"
    (tmp_path / "a.nrrd").write_bytes(f"{header}encoding: raw\n\n".encode() + FRAMES.tobytes())
    cine = read_cine(tmp_path / "a.nrrd")
    assert cine.spacing == pytest.approx((0.4, 0.5))
    assert cine.index_unit == "s" and cine.index_values == pytest.approx((0, 0.04, 0.08, 0.12))


def test_hertz_of_nifti_are_no_times(tmp_path: Path) -> None:
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(frame[np.newaxis]) for frame in FRAMES])
    image.SetSpacing((0.4, 0.5, 1.0, 25.0))
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii"))
    content = bytearray((tmp_path / "a.nii").read_bytes())
    for unit, name in ((8, "time"), (16, "time"), (32, "frame"), (48, "frame")):
        content[123] = 2 | unit
        (tmp_path / "a.nii").write_bytes(content)
        assert read_cine(tmp_path / "a.nii").index_name == name, unit


@pytest.mark.parametrize("named", ["LIST\na.raw", "a%d.raw 0 3 1"])
def test_several_data_files_of_metaimage_are_refused(tmp_path: Path, named: str) -> None:
    header = "ObjectType = Image\nNDims = 3\nDimSize = 28 24 4\nElementType = MET_UCHAR\nElementDataFile = "
    (tmp_path / "a.raw").write_bytes(FRAMES.tobytes())
    (tmp_path / "a.mhd").write_text(f"{header}{named}\n")
    with pytest.raises(InputError, match=r"a\.mhd names several data files"):
        read_cine(tmp_path / "a.mhd")


def test_flash_video_that_ends_in_the_head_of_a_tag() -> None:
    tag = struct.pack(">B3s7x", 9, (20).to_bytes(3, "big")) + bytes(20) + bytes(4)
    whole = b"FLV\1\1" + struct.pack(">II", 9, 0) + tag * 3
    assert not is_cut_off(whole)
    for end in range(1, len(tag) - 4):
        assert is_cut_off(whole[: len(whole) - len(tag) + end]), end


def test_the_last_frames_of_avi_come_as_far_apart_as_the_others() -> None:
    stamps = [(None, Fraction(number, 25)) for number in range(8)] + [(None, None)] * 2
    times, warnings = seconds_of_frames(stamps, Fraction(1000))
    assert times == pytest.approx([number / 25 for number in range(10)]) and not warnings


def test_what_is_wrong_with_frames_names_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(tmp_path / "a.tif", FRAMES, photometric="minisblack")
    monkeypatch.setenv(LARGEST_VARIABLE, "1000")
    with pytest.raises(InputError, match=r"a\.tif cannot be read: the frames take"):
        load_frames(tmp_path / "a.tif")
