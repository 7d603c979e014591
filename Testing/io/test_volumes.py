"""Stacks with axes, sizes and times of their own: TIFF of ImageJ and others, NRRD, MetaImage, NIfTI."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.cine_files import in_colour, moving_square, refusal
from rabengine.cine import Cine
from rabengine.errors import ChoiceError, InputError
from rabengine.io.labels.write import write_labels
from rabengine.io.read import ReadOptions, load_frames, read_cine

tifffile = pytest.importorskip("tifffile")

FRAMES = moving_square()
COUNT = len(FRAMES)
TWO = np.stack([FRAMES, 255 - FRAMES], axis=1)  # (T, 2, H, W)


@pytest.mark.parametrize(("axes", "label"), [("TCYX", "c"), ("TZYX", "z")])
def test_an_imagej_stack_of_two_axes_is_a_choice(tmp_path, axes, label):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, TWO, imagej=True, metadata={"axes": axes})
    assert f"{label}1" in refusal(path) and f"{label}2" in refusal(path)
    assert np.array_equal(read_cine(path, options=ReadOptions(series=f"{label}2")).frames, 255 - FRAMES)


def test_channels_and_slices_of_imagej_are_chosen_together(tmp_path):
    stack = np.stack([TWO, TWO // 2, TWO // 3], axis=1)  # (T, Z, C, H, W)
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "TZCYX"})
    assert "z3c2" in refusal(tmp_path / "a.tif")
    assert np.array_equal(read_cine(tmp_path / "a.tif", options=ReadOptions(series="z3c2")).frames, (255 - FRAMES) // 3)


@pytest.mark.parametrize("axes", ["TYX", "ZYX"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_an_imagej_stack_of_one_axis_is_a_cine(tmp_path, axes, dtype):
    frames = moving_square(dtype=dtype)
    tifffile.imwrite(tmp_path / "a.tif", frames, imagej=True, metadata={"axes": axes, "finterval": 0.05})
    cine = read_cine(tmp_path / "a.tif")
    assert np.array_equal(cine.frames, frames) and cine.frames.dtype == dtype
    assert cine.index_values == pytest.approx(np.arange(COUNT) * 0.05)


def test_an_imagej_stack_of_one_directory_holds_all_its_frames(tmp_path):
    """As ImageJ writes what is larger than 4 GB."""
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, byteorder=">", imagej=True) as writer:
        writer.write(FRAMES, metadata={"axes": "TYX"})
    with tifffile.TiffFile(path) as tiff:
        at, following = tiff.pages[0].offset, tiff.pages[1].offset
    whole = bytearray(path.read_bytes())
    tags = struct.unpack_from(">H", whole, at)[0]
    assert struct.unpack_from(">I", whole, at + 2 + 12 * tags)[0] == following
    struct.pack_into(">I", whole, at + 2 + 12 * tags, 0)
    path.write_bytes(whole)
    assert np.array_equal(read_cine(path).frames, FRAMES)


def test_axes_that_do_not_say_which_is_time_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", TWO)
    assert "time" in refusal(tmp_path / "a.tif")


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_planar_and_tiled_pages(tmp_path, planar, tile, compression):
    colours = in_colour(FRAMES)
    pixels = colours if planar == "contig" else np.moveaxis(colours, -1, 1)
    how = {"photometric": "rgb", "planarconfig": planar, "tile": tile, "compression": compression}
    tifffile.imwrite(tmp_path / "a.tif", pixels, **how)
    assert np.array_equal(read_cine(tmp_path / "a.tif").frames, colours)


def test_half_precision_becomes_single(tmp_path):
    frames = moving_square(dtype="float16")
    tifffile.imwrite(tmp_path / "a.tif", frames, photometric="minisblack")
    cine = read_cine(tmp_path / "a.tif")
    assert np.array_equal(cine.frames, frames) and cine.frames.dtype == np.float32


def test_thumbnails_and_masks_are_left_out_and_said(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(FRAMES[0, ::4, ::4], subfiletype=1, metadata=None)
        for frame in FRAMES:
            writer.write(frame, metadata=None)
        writer.write(FRAMES[0] > 0, subfiletype=4, metadata=None)
    cine = read_cine(tmp_path / "a.tif")
    assert np.array_equal(cine.frames, FRAMES)
    assert "2 pages" in cine.warnings[0]


def test_palettes_become_colours_and_labels_their_numbers(tmp_path):
    labels = (FRAMES > 0).astype(np.uint8) * 3
    table = np.zeros((3, 256), np.uint16)
    table[:, 3] = 256 * 200, 256 * 100, 0
    tifffile.imwrite(tmp_path / "a.tif", labels, photometric="palette", colormap=table)
    frames = read_cine(tmp_path / "a.tif").frames
    assert frames.shape == (*FRAMES.shape, 3) and frames[labels == 3].tolist()[0] == [200, 100, 0]
    assert np.array_equal(load_frames(tmp_path / "a.tif", options=ReadOptions(are_labels=True)).frames, labels)


def test_white_is_the_largest_value_whatever_the_file_counts_from(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", 255 - FRAMES, photometric="miniswhite")
    assert np.array_equal(read_cine(tmp_path / "a.tif").frames, FRAMES)


def test_pages_that_lead_in_a_circle_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, FRAMES, photometric="minisblack", metadata=None)
    with tifffile.TiffFile(path) as tiff:
        first, last = tiff.pages[0].offset, tiff.pages[-1].offset
    whole = bytearray(path.read_bytes())
    tags = struct.unpack_from("<H", whole, last)[0]
    struct.pack_into("<I", whole, last + 2 + 12 * tags, first)
    path.write_bytes(whole)
    assert "damaged" in refusal(path)


def four_axes(path: Path, step: float = 0.04) -> None:
    """As SimpleITK writes (X, Y, 1, T)."""
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(frame[np.newaxis]) for frame in FRAMES])
    image.SetSpacing((0.5, 0.4, 1.0, step))
    SimpleITK.WriteImage(image, str(path))


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii.gz"])
def test_the_fourth_axis_of_simpleitk_keeps_the_pixel_size(tmp_path, name):
    four_axes(tmp_path / name)
    assert read_cine(tmp_path / name).spacing == pytest.approx((0.5, 0.4))


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii.gz", "a.nii"])
def test_of_several_slices_in_every_frame_one_is_chosen(tmp_path, name):
    volumes = np.random.default_rng(0).integers(0, 200, (5, 3, 20, 30), np.uint8)  # frames, slices, rows, columns
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(volume) for volume in volumes])
    image.SetSpacing((1.5, 1.25, 8.0, 0.04))
    image.SetOrigin((10.0, 20.0, 30.0, 0.0))
    SimpleITK.WriteImage(image, str(tmp_path / name))
    with pytest.raises(ChoiceError, match=r"3 slices: 0 \(slice 0, 5 frames\); 1 .*such as with --series 0") as refused:
        read_cine(tmp_path / name)
    for number, wanted in enumerate((*"012", *refused.value.choices)):
        cine = read_cine(tmp_path / name, options=ReadOptions(series=wanted))
        assert np.array_equal(cine.frames, volumes[:, number % 3])
        assert cine.origin == pytest.approx((10, 20, 30 + 8 * (number % 3))) and cine.spacing == (1.5, 1.25)
    with pytest.raises(ChoiceError, match="holds no 3"):
        read_cine(tmp_path / name, options=ReadOptions(series="3"))
    with pytest.raises(InputError, match="labels are those of one slice"):
        load_frames(tmp_path / name, options=ReadOptions(are_labels=True))


@pytest.mark.parametrize(
    ("unit", "step", "expected", "said"),
    [
        (8, 0.04, 0.04, ""),
        (8, 1.0, 1.0, "1 s apart, as files without times"),
        (8, 40.0, 40.0, "40 s apart, as files that mean milliseconds"),
        (16, 40.0, 0.04, ""),
        (24, 500.0, 0.0005, ""),
        (0, 1.0, None, ""),
        (0, 40.0, None, "40 apart, but not in which unit"),
    ],
)
def test_steps_of_nifti_have_the_unit_that_it_says(tmp_path, unit, step, expected, said):
    four_axes(tmp_path / "a.nii")
    whole = bytearray((tmp_path / "a.nii").read_bytes())
    whole[123] = 2 | unit
    struct.pack_into("<f", whole, 76 + 4 * 4, step)
    (tmp_path / "b.nii").write_bytes(whole)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(bytes(whole)))
    for name in ("b.nii", "b.nii.gz"):
        cine = read_cine(tmp_path / name)
        if expected is None:
            assert cine.index_name == "frame"
        else:
            assert cine.index_values == pytest.approx(np.arange(COUNT) * expected) and cine.index_unit == "s"
        assert said in " ".join(cine.warnings) and bool(said) == bool(cine.warnings)
        given = read_cine(tmp_path / name, options=ReadOptions(frame_time=0.05))
        assert given.index_values[1] == 0.05 and given.warnings == (), "what the user says is not in doubt"


def test_times_of_plus(tmp_path):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(tmp_path / "a.mha"))
    whole = (tmp_path / "a.mha").read_bytes()
    stamps = "".join(f"Seq_Frame{n:04d}_Timestamp = {10 + 0.04 * n:.4f}\n" for n in range(COUNT))
    (tmp_path / "a.igs.mha").write_bytes(whole.replace(b"ElementDataFile", stamps.encode() + b"ElementDataFile"))
    cine = read_cine(tmp_path / "a.igs.mha")
    assert cine.index_values == pytest.approx(np.arange(COUNT) * 0.04) and cine.index_unit == "s"
    assert np.array_equal(cine.frames, FRAMES)


def sequence(path: Path, name: str, unit: str, values: str, extra: str = "") -> Path:
    header = (
        "NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 40 32 1 6\n"
        "space directions: (0.5,0,0) (0,0.4,0) (0,0,1) none\nkinds: domain domain domain list\n"
        f'labels: "" "" "" "{name}"\nunits: "" "" "" "{unit}"\nencoding: raw\n{extra}'
        f"axis 3 index type:=numeric\naxis 3 index values:={values}\n\n"
    )
    path.write_bytes(header.encode() + FRAMES.tobytes())
    return path


def test_slicers_trigger_times_are_seconds(tmp_path):
    cine = read_cine(sequence(tmp_path / "a.seq.nrrd", "TriggerTime", "ms", "0 40 80 120 160 200"))
    assert (cine.index_name, cine.index_unit) == ("time", "s")
    assert cine.index_values == pytest.approx(np.arange(COUNT) * 0.04)
    echo = read_cine(sequence(tmp_path / "b.seq.nrrd", "EchoTime", "ms", "1 2 3 4 5 6"))
    assert (echo.index_name, echo.index_unit) == ("EchoTime", "ms")  # no time of a frame


@pytest.mark.parametrize(
    ("tag", "index"),
    [("TriggerTime", ("time", "s")), ("AcquisitionTime", ("time", "s")), ("EchoTime", ("EchoTime", "ms"))],
)
def test_frame_labels_of_slicers_multi_volumes_are_their_times(tmp_path, tag, index):
    header = (
        "NRRD0005\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 6 40 32 1\n"
        "space directions: none (0.5,0,0) (0,0.4,0) (0,0,1)\nkinds: list domain domain domain\nencoding: raw\n"
        f"MultiVolume.FrameIdentifyingDICOMTagName:={tag}\nMultiVolume.FrameIdentifyingDICOMTagUnits:=ms\n"
        "MultiVolume.FrameLabels:=0,40,80,125.5,160,200\nMultiVolume.NumberOfFrames:=6\n\n"
    )
    (tmp_path / "a.nrrd").write_bytes(header.encode() + np.moveaxis(FRAMES, 0, -1).tobytes())
    cine = read_cine(tmp_path / "a.nrrd")
    assert np.array_equal(cine.frames, FRAMES) and (cine.index_name, cine.index_unit) == index
    milliseconds = np.array([0, 40, 80, 125.5, 160, 200])
    assert cine.index_values == pytest.approx(milliseconds / 1000 if index[0] == "time" else milliseconds)


def test_times_that_do_not_rise_are_counted_and_said(tmp_path):
    path = sequence(tmp_path / "a.seq.nrrd", "time", "s", "0.2 0.16 0.12 0.08 0.04 0")
    cine = read_cine(path)
    assert (cine.index_name, cine.index_values) == ("frame", tuple(map(float, range(COUNT))))
    assert "time does not rise" in cine.warnings[0]
    assert read_cine(path, options=ReadOptions(frame_time=0.04)).warnings == ()


@pytest.mark.parametrize("order", ["<", ">"], ids=["little endian", "big endian"])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_2_is_refused_by_its_name(tmp_path, name, order):
    header = bytearray(544)
    struct.pack_into(order + "i8s2h8q", header, 0, 540, b"n+2\0\r\n\x1a\n", 2, 8, 3, 24, 20, 5, 1, 1, 1, 1)
    whole = bytes(header) + bytes(range(240)) * 10
    (tmp_path / name).write_bytes(gzip.compress(whole) if name.endswith(".gz") else whole)
    with pytest.raises(InputError, match="is NIfTI-2, which cannot be read") as refused:
        read_cine(tmp_path / name)
    assert "NIfTI-1" in refused.value.hint


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii"])
def test_an_exact_millimetre_counts_and_is_said(tmp_path, name):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(tmp_path / name))
    cine = read_cine(tmp_path / name)
    assert cine.spacing == (1.0, 1.0) and "1 mm" in cine.warnings[0]
    assert read_cine(tmp_path / name, options=ReadOptions(spacing=(1.0, 1.0))).warnings == (), "now its user said so"


@pytest.mark.parametrize("name", ["a.seq.nrrd", "a.nrrd", "a.mha", "a.nii.gz"])
@pytest.mark.parametrize("spacing", [None, (1.0, 1.0), (0.5, 0.4)])
def test_what_we_write_says_whether_it_is_calibrated(tmp_path, name, spacing):
    cine = Cine(FRAMES, spacing=spacing, index_values=tuple(map(float, range(COUNT))), source="a")
    write_labels(tmp_path / name, FRAMES, cine, (1,))
    again = load_frames(tmp_path / name).spacing
    assert again is None if spacing is None else again == pytest.approx(spacing)


def test_a_file_that_says_nothing_of_size_has_none(tmp_path):
    header = "NRRD0005\ntype: uint8\ndimension: 3\nsizes: 40 32 6\nencoding: raw\n"
    (tmp_path / "a.nrrd").write_bytes(f"{header}\n".encode() + FRAMES.tobytes())
    assert read_cine(tmp_path / "a.nrrd").spacing is None
    (tmp_path / "b.nrrd").write_bytes(f"{header}spacings: NaN NaN 1\n\n".encode() + FRAMES.tobytes())
    assert read_cine(tmp_path / "b.nrrd").spacing is None


def test_several_data_files_of_nrrd_are_named_as_the_reason(tmp_path):
    header = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 40 32 6\nencoding: raw\n"
    for number, data in enumerate(("LIST 2\na.raw\nb.raw", "frame%03d.raw 1 6 1")):
        path = tmp_path / f"{number}.nhdr"
        path.write_text(f"{header}data file: {data}\n")
        assert "several data files" in refusal(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NDims = 3", "NDims = 128 128"),
        ("NDims = 3", "NDims = -3"),
        ("DimSize = 40 32 6", "DimSize = 40 32"),
        ("DimSize = 40 32 6", "DimSize = 40 -32 6"),
        ("DimSize = 40 32 6", "DimSize = 40 32 99999999999"),
        ("DimSize = 40 32 6", f"DimSize = 40 32 {'9' * 5000}"),
        ("DimSize = 40 32 6", "DimSize = 400000 320000 6"),
        ("ElementType = MET_UCHAR", "ElementType = MET_OTHER"),
        ("Offset = 0 0 0", "Offset = 0 nan 0"),
        ("TransformMatrix = 1 0 0 0 1 0 0 0 1", "TransformMatrix = 1 0"),
        ("DimSize", "ElementNumberOfChannels = 100000\nDimSize"),
        ("ElementDataFile = LOCAL", "ElementDataFile = "),
    ],
)
def test_metaimage_headers_that_make_no_sense(tmp_path, old, new):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(tmp_path / "a.mha"))
    whole = (tmp_path / "a.mha").read_bytes()
    assert old.encode() in whole
    (tmp_path / "a.mha").write_bytes(whole.replace(old.encode(), new.encode()))
    refusal(tmp_path / "a.mha")


@pytest.mark.parametrize(
    "change",
    [
        "sizes: 40 -32 6",
        "sizes: 40 32 0",
        f"sizes: 40 32 {'9' * 5000}",
        "sizes: 4000000 3200000 6",
        "byte skip: x",
        "dimension: x",
        "sizes: 40 32 2147483648",
        "data file: a\0b",
    ],
)
def test_nrrd_headers_that_make_no_sense(tmp_path, change):
    fields = {"type": "uint8", "dimension": "3", "sizes": "40 32 6", "encoding": "raw"}
    name, _colon, value = change.partition(": ")
    header = "".join(f"{key}: {text}\n" for key, text in {**fields, name: value}.items())
    (tmp_path / "a.nrrd").write_bytes(f"NRRD0004\n{header}\n".encode() + FRAMES.tobytes())
    refusal(tmp_path / "a.nrrd")
    with pytest.raises(InputError):
        read_cine(tmp_path / "a.nrrd", within=tmp_path)
