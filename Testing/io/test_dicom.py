"""Single DICOM files: the right frames in the right order with pixel size and times, or a sentence why not."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from helpers.cine_files import in_colour, moving_square, refusal, write_video
from helpers.dicom_files import ENHANCED_MR, compressed, dicom, item, per_frame, save, write_dicom
from rabengine.errors import InputError
from rabengine.io.read import ReadOptions, read_cine

FRAMES = moving_square()
COUNT = len(FRAMES)
SHUFFLED = [3, 0, 5, 1, 4, 2]  # the file's frame n is frame SHUFFLED[n] in time


def smooth_colours() -> np.ndarray:
    """(T, H, W, 3): what JPEG keeps nearly as it is."""
    rows, columns = np.mgrid[0:32, 0:40]
    frames = [np.stack([rows * 6, columns * 6, 200 - rows * 4 + frame], axis=-1) for frame in range(COUNT)]
    return np.array(frames).astype(np.uint8)


def at_one_position(order: list[int], **more: Any) -> dict[str, Any]:
    """Functional groups of an enhanced cine whose frames lie in the file in this order of time."""
    plane = {"PlanePositionSequence": {"ImagePositionPatient": [1.0, 2.0, 3.0]}}
    parts = [{"FrameContentSequence": {"TemporalPositionIndex": time + 1}, **plane, **more} for time in order]
    return {"PerFrameFunctionalGroupsSequence": per_frame(parts)}


def test_an_enhanced_cine_at_one_position_is_ordered_by_its_temporal_index(tmp_path):
    path = write_dicom(tmp_path / "mr.dcm", FRAMES[SHUFFLED], ENHANCED_MR, **at_one_position(SHUFFLED))
    cine = read_cine(path)
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.origin == (1.0, 2.0, 3.0)


def test_the_dimension_that_the_file_declares_as_time_orders_frames_too(tmp_path):
    groups = per_frame([{"FrameContentSequence": {"DimensionIndexValues": [1, time + 1]}} for time in SHUFFLED])
    pointers = [item(DimensionIndexPointer=0x00209057), item(DimensionIndexPointer=0x00209153)]
    values = {"PerFrameFunctionalGroupsSequence": groups, "DimensionIndexSequence": pointers}
    path = write_dicom(tmp_path / "mr.dcm", FRAMES[SHUFFLED], ENHANCED_MR, **values)
    assert np.array_equal(read_cine(path).frames, FRAMES)


def test_trigger_delays_order_frames_and_time_them(tmp_path):
    delays = [{"CardiacSynchronizationSequence": {"NominalCardiacTriggerDelayTime": 30.0 * time}} for time in SHUFFLED]
    path = write_dicom(
        tmp_path / "mr.dcm", FRAMES[SHUFFLED], ENHANCED_MR, PerFrameFunctionalGroupsSequence=per_frame(delays)
    )
    cine = read_cine(path)
    assert np.array_equal(cine.frames, FRAMES)
    assert cine.index_values == pytest.approx(np.arange(COUNT) * 0.03) and cine.index_unit == "s"


def test_several_slices_in_one_file_are_listed_and_one_is_chosen(tmp_path):
    parts = [
        {
            "FrameContentSequence": {"TemporalPositionIndex": number // 2 + 1},
            "PlanePositionSequence": {"ImagePositionPatient": [0.0, 0.0, 8.0 * (number % 2)]},
        }
        for number in range(COUNT)
    ]
    path = write_dicom(tmp_path / "mr.dcm", FRAMES, ENHANCED_MR, PerFrameFunctionalGroupsSequence=per_frame(parts))
    assert "2 slice positions" in refusal(path)
    assert np.array_equal(read_cine(path, options=ReadOptions(series="2")).frames, FRAMES[1::2])
    with pytest.raises(InputError, match="holds no 7"):
        read_cine(path, options=ReadOptions(series="7"))


def test_magnitude_and_phase_are_two_cines(tmp_path):
    kinds = ["MAGNITUDE", "PHASE"]
    parts = [
        {
            "FrameContentSequence": {"TemporalPositionIndex": number // 2 + 1},
            "MRImageFrameTypeSequence": {"ComplexImageComponent": kinds[number % 2]},
        }
        for number in range(COUNT)
    ]
    path = write_dicom(tmp_path / "mr.dcm", FRAMES, ENHANCED_MR, PerFrameFunctionalGroupsSequence=per_frame(parts))
    assert "MAGNITUDE" in refusal(path)
    assert np.array_equal(read_cine(path, options=ReadOptions(series="2")).frames, FRAMES[1::2])


def jpegs(frames: np.ndarray, mode: str, **how: Any) -> list[bytes]:
    pillow = pytest.importorskip("PIL.Image")
    coded = []
    for frame in frames:
        stream = io.BytesIO()
        pillow.fromarray(frame, mode).save(stream, "JPEG", quality=95, **how)
        coded.append(stream.getvalue() + b"\0" * (len(stream.getvalue()) % 2))
    return coded


def difference(path: Path, frames: np.ndarray) -> float:
    return float(np.abs(read_cine(path).frames.astype(int) - frames).mean())


def test_the_stream_decides_about_the_colours_of_jpeg(tmp_path):
    colours = smooth_colours()
    says_rgb = compressed(dicom(colours), jpegs(colours, "RGB"), JPEGBaseline8Bit, "RGB")  # JFIF: it is YCbCr
    assert difference(save(says_rgb, tmp_path / "rgb.dcm"), colours) < 2
    is_rgb = jpegs(colours, "RGB", keep_rgb=True)  # an Adobe marker without a transform
    says_ybr = compressed(dicom(colours), is_rgb, JPEGBaseline8Bit, "YBR_FULL_422")
    assert difference(save(says_ybr, tmp_path / "ybr.dcm"), colours) < 2


@pytest.mark.parametrize("extended", [True, False])
def test_offset_tables_of_both_kinds(tmp_path, extended):
    colours = smooth_colours()
    data = compressed(dicom(colours), jpegs(colours, "RGB"), JPEGBaseline8Bit, "YBR_FULL_422", extended)
    assert difference(save(data, tmp_path / "a.dcm"), colours) < 2


def rle(frame: np.ndarray) -> bytes:
    """A frame as RLE of literal runs: one segment for each byte of each sample, the highest byte first."""
    planes = frame.reshape(*frame.shape, 1) if frame.ndim == 2 else frame
    segments = []
    for sample in range(planes.shape[2]):
        octets = planes[:, :, sample].astype(planes.dtype.newbyteorder(">")).ravel().view(np.uint8)
        for place in range(frame.dtype.itemsize):
            row = octets[place :: frame.dtype.itemsize].tobytes()
            runs = [row[at : at + 128] for at in range(0, len(row), 128)]
            segment = b"".join(bytes([len(run) - 1]) + run for run in runs)
            segments.append(segment + b"\x80" * (len(segment) % 2))
    offsets = np.cumsum([64, *map(len, segments)])[:-1]
    header = np.zeros(16, "<u4")
    header[0], header[1 : len(segments) + 1] = len(segments), offsets
    return header.tobytes() + b"".join(segments)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
@pytest.mark.parametrize("colour", [True, False])
def test_rle_of_every_depth_is_lossless(tmp_path, dtype, colour):
    frames = moving_square(dtype=dtype, scale={"uint8": 1, "uint16": 300, "uint32": 20_000_000}[dtype])
    frames = in_colour(frames) if colour else frames
    kind = "RGB" if colour else "MONOCHROME2"
    data = compressed(dicom(frames), [rle(frame) for frame in frames], RLELossless, kind)
    cine = read_cine(save(data, tmp_path / "a.dcm"))
    assert np.array_equal(cine.frames, frames) and cine.frames.dtype == dtype


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_big_endian(tmp_path, dtype):
    frames = moving_square(dtype=dtype, scale=1 if dtype == "uint8" else 300)
    data = dicom(frames)
    data.PixelData = frames.astype(frames.dtype.newbyteorder(">")).tobytes()
    data["PixelData"].VR = "OB" if dtype == "uint8" else "OW"
    data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    data.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    assert np.array_equal(read_cine(tmp_path / "a.dcm").frames, frames)


def test_deflated_files_are_read_and_cut_ones_refused(tmp_path):
    data = dicom(FRAMES, FrameTime=40)
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = save(data, tmp_path / "a.dcm")
    cine = read_cine(path)
    assert np.array_equal(cine.frames, FRAMES) and cine.source == str(path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "cut off" in refusal(path)


def test_a_file_without_preamble_is_known(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", FRAMES, FrameTime=40)
    (tmp_path / "IM1").write_bytes(path.read_bytes()[132:])
    assert np.array_equal(read_cine(tmp_path / "IM1").frames, FRAMES)
    bare = dcmread(path)
    bare.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    bare.save_as(tmp_path / "IM2", implicit_vr=True, little_endian=True)
    content = (tmp_path / "IM2").read_bytes()
    (tmp_path / "IM2").write_bytes(content[content.index(b"\x08\x00\x16\x00") :])
    assert np.array_equal(read_cine(tmp_path / "IM2").frames, FRAMES)


def test_reports_and_directories_are_refused_for_what_they_are(tmp_path):
    report = dicom(FRAMES, "1.2.840.10008.5.1.4.1.1.88.33")
    for name in ("PixelData", "Rows", "Columns"):
        delattr(report, name)
    report.save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    assert "no image" in refusal(tmp_path / "sr.dcm") and "SR" in refusal(tmp_path / "sr.dcm")
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    report.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    assert "table of contents" in refusal(tmp_path / "DICOMDIR")


@pytest.mark.parametrize("declared", ["99", "1e20", "2147483647", "99999999999999999999"])
@pytest.mark.parametrize("rle", [True, False])
def test_more_frames_declared_than_held(tmp_path, declared, rle):
    data = dicom(FRAMES)
    if rle:
        data.compress(RLELossless)
    path = save(data, tmp_path / "a.dcm")
    whole = path.read_bytes()
    at = whole.index(b"\x28\x00\x08\x00IS")
    text = declared.encode() + b" " * (len(declared) % 2)
    path.write_bytes(whole[: at + 6] + len(text).to_bytes(2, "little") + text + whole[at + 10 :])
    message = refusal(path)
    assert f"holds {COUNT}" in message or "no number" in message


def test_frames_too_large_for_any_memory_are_refused_before_it_is_taken(tmp_path):
    data = dicom(FRAMES)
    data.compress(RLELossless)
    data.Rows = data.Columns = 65535
    assert "more than can be read" in refusal(save(data, tmp_path / "a.dcm"))


SPACINGS = {
    "per frame": {
        "PerFrameFunctionalGroupsSequence": per_frame([{"PixelMeasuresSequence": {"PixelSpacing": [0.3, 0.2]}}] * COUNT)
    },
    "shared": {"SharedFunctionalGroupsSequence": per_frame([{"PixelMeasuresSequence": {"PixelSpacing": [0.3, 0.2]}}])},
    "of the file": {"PixelSpacing": [0.3, 0.2]},
    "at the detector": {"ImagerPixelSpacing": [0.3, 0.2]},
    "of the file, as at the detector": {"PixelSpacing": [0.3, 0.2], "ImagerPixelSpacing": [0.3, 0.2]},
    "in the beam": {"ImagerPixelSpacing": [0.6, 0.4], "EstimatedRadiographicMagnificationFactor": 2},
    "scanned": {"NominalScannedPixelSpacing": [0.3, 0.2]},
}


@pytest.mark.parametrize("where", list(SPACINGS))
def test_pixel_size_wherever_it_is_kept(tmp_path, where):
    cine = read_cine(write_dicom(tmp_path / "a.dcm", FRAMES, **SPACINGS[where]))
    assert cine.spacing == pytest.approx((0.2, 0.3))
    assert bool(cine.warnings) == ("Imager" in str(SPACINGS[where]))  # magnified: it is said
    assert read_cine(tmp_path / "a.dcm", options=ReadOptions(spacing=(0.3, 0.2))).warnings == ()


@pytest.mark.parametrize("said", [{"PixelSpacingCalibrationType": "FIDUCIAL"}, {"ImagerPixelSpacing": [0.4, 0.25]}])
def test_a_spacing_that_was_calibrated_is_not_in_doubt(tmp_path, said):
    values = {"PixelSpacing": [0.3, 0.2], "ImagerPixelSpacing": [0.3, 0.2], **said}
    cine = read_cine(write_dicom(tmp_path / "a.dcm", FRAMES, **values))
    assert cine.spacing == pytest.approx((0.2, 0.3)) and cine.warnings == ()


def test_frames_of_two_pixel_sizes_have_none(tmp_path):
    sizes = [{"PixelMeasuresSequence": {"PixelSpacing": [0.3, 0.2 + 0.1 * (n % 2)]}} for n in range(COUNT)]
    cine = read_cine(write_dicom(tmp_path / "a.dcm", FRAMES, PerFrameFunctionalGroupsSequence=per_frame(sizes)))
    assert cine.spacing is None and "differ" in cine.warnings[0]


def test_regions_that_differ_in_the_last_digit_agree(tmp_path):
    def region(delta: float):
        units = {"PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3}
        place = {"RegionLocationMinX0": 0, "RegionLocationMinY0": 0, "RegionLocationMaxX1": 9, "RegionLocationMaxY1": 9}
        return item(RegionSpatialFormat=1, PhysicalDeltaX=delta, PhysicalDeltaY=delta, **units, **place)

    path = write_dicom(tmp_path / "a.dcm", FRAMES, SequenceOfUltrasoundRegions=[region(0.04), region(0.04000001)])
    assert read_cine(path).spacing == pytest.approx((0.4, 0.4)) and not read_cine(path).warnings


STEPS = [20, 30, 20, 50, 20]
TIMES = {
    "recommended rate": ({"RecommendedDisplayFrameRate": 25}, np.arange(COUNT) * 0.04),
    "actual duration": ({"ActualFrameDuration": 50, "CineRate": 10}, np.arange(COUNT) * 0.05),
    "vector": ({"FrameTimeVector": [0, *STEPS]}, np.cumsum([0, *STEPS]) / 1000),
    "vector of one fewer": ({"FrameTimeVector": STEPS}, np.cumsum([0, *STEPS]) / 1000),
    "pointer to the time": (
        {"FrameTime": 40, "FrameTimeVector": [0, *STEPS], "FrameIncrementPointer": 0x00181063},
        np.arange(COUNT) * 0.04,
    ),
    "pointer to the vector": (
        {"FrameTime": 40, "FrameTimeVector": [0, *STEPS], "FrameIncrementPointer": 0x00181065},
        np.cumsum([0, *STEPS]) / 1000,
    ),
    "moments": (
        {
            "PerFrameFunctionalGroupsSequence": per_frame(
                [
                    {"FrameContentSequence": {"FrameAcquisitionDateTime": f"202001012359{59 + n * 0.05:09.6f}"}}
                    for n in range(6)
                ]
            )
        },
        np.arange(COUNT) * 0.05,
    ),
    "offsets": (
        {
            "PerFrameFunctionalGroupsSequence": per_frame(
                [{"TemporalPositionSequence": {"TemporalPositionTimeOffset": 0.5 * n}} for n in range(6)]
            )
        },
        np.arange(COUNT) * 0.5,
    ),
}


@pytest.mark.parametrize("where", list(TIMES))
def test_times_wherever_they_are_kept(tmp_path, where):
    values, expected = TIMES[where]
    cine = read_cine(write_dicom(tmp_path / "a.dcm", FRAMES, **values))
    assert (cine.index_name, cine.index_unit) == ("time", "s")
    assert cine.index_values == pytest.approx(expected)


def test_what_the_user_says_of_size_and_time_counts(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", FRAMES, PixelSpacing=[9, 9], FrameTime=40)
    cine = read_cine(path, options=ReadOptions(spacing=(0.5, 0.4), frame_time=0.1))
    assert cine.spacing == (0.4, 0.5) and cine.index_values == pytest.approx(np.arange(COUNT) * 0.1)
    for wrong in ({"spacing": (0.0, 1.0)}, {"spacing": (1.0, float("nan"))}, {"frame_time": -1.0}):
        with pytest.raises(InputError):
            ReadOptions(**wrong)


def test_slopes_and_intercepts_give_the_measured_values(tmp_path):
    cine = read_cine(write_dicom(tmp_path / "ct.dcm", FRAMES, RescaleSlope=1, RescaleIntercept=-1024))
    assert np.array_equal(cine.frames, FRAMES.astype(int) - 1024) and cine.frames.dtype == np.int16
    slopes = [{"PixelValueTransformationSequence": {"RescaleSlope": n + 1, "RescaleIntercept": 0}} for n in range(6)]
    cine = read_cine(write_dicom(tmp_path / "pt.dcm", FRAMES, PerFrameFunctionalGroupsSequence=per_frame(slopes)))
    assert np.array_equal(cine.frames, FRAMES * (np.arange(6)[:, None, None] + 1.0))


def test_palettes_become_colours(tmp_path):
    table = np.arange(256, dtype=np.uint16) * 256
    values = {}
    for name, column in (("Red", table), ("Green", table[::-1]), ("Blue", table * 0)):
        values[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        values[f"{name}PaletteColorLookupTableData"] = column.tobytes()
    data = dicom(FRAMES, **values)
    data.PhotometricInterpretation = "PALETTE COLOR"
    expected = np.stack([FRAMES, 255 - FRAMES, FRAMES * 0], axis=-1)
    assert np.array_equal(read_cine(save(data, tmp_path / "a.dcm")).frames, expected)


@pytest.mark.parametrize(
    ("name", "codec", "syntax"),
    [
        ("a.mpg", "mpeg2video", "1.2.840.10008.1.2.4.100"),
        ("a.ts", "libx264", "1.2.840.10008.1.2.4.102"),
        ("a.h264", "libx264", "1.2.840.10008.1.2.4.102"),
        ("a.hevc", "libx265", "1.2.840.10008.1.2.4.107"),
    ],
)
def test_video_inside_dicom(tmp_path, name, codec, syntax):
    av = pytest.importorskip("av")
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV cannot write {codec}")
    video = tmp_path / name
    frames = write_video(video, codec, "yuv420p", 20)
    data = compressed(dicom(frames, FrameTime=40), [video.read_bytes()], syntax, "YBR_PARTIAL_420")
    cine = read_cine(save(data, tmp_path / "a.dcm"))
    assert cine.frames.shape == frames.shape and np.abs(cine.frames.astype(int) - frames).mean() < 8
    assert cine.index_values[:3] == pytest.approx([0, 0.04, 0.08])


def test_a_deflated_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("rabengine.io.dicom.files._MOST_INFLATED", 2**20)
    data = dicom(FRAMES)
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = save(data, tmp_path / "a.dcm")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = path.read_bytes()[: 132 + 12 + int(dcmread(path).file_meta.FileMetaInformationGroupLength)]
    path.write_bytes(start + packer.compress(bytes(2**22)) + packer.flush())
    assert "unpacks to more" in refusal(path)


@pytest.mark.parametrize("extended", [True, False])
def test_simpleitk_decodes_where_no_decoder_is_installed(tmp_path, monkeypatch, extended):
    colours = smooth_colours()
    data = compressed(dicom(colours), jpegs(colours, "RGB"), JPEGBaseline8Bit, "YBR_FULL_422", extended)
    path = save(data, tmp_path / "a.dcm")
    monkeypatch.setattr("rabengine.io.dicom.pixels._decoders", lambda _header: [])
    assert difference(path, colours) < 2
    data = compressed(dicom(colours), [b"nothing."] * COUNT, JPEGBaseline8Bit, "YBR_FULL_422", extended)
    assert "python-gdcm" in refusal(save(data, path))
