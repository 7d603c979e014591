"""Damaged cines for all readers, as fuzz.py runs it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import SimpleITK
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from helpers.cine_files import in_colour, moving_square, write_video
from helpers.dicom_files import ENHANCED_MR, compressed, dicom, per_frame, save
from helpers.fuzz import Fuzz
from rabengine.io.read import load_frames

FRAMES = moving_square(4)[:, :24, :28].copy()
COLOURS = in_colour(FRAMES)


def seeds(folder: Path) -> dict[str, bytes]:
    """Small valid files by name; the name tells the reader."""
    made: dict[str, bytes] = {}
    for maker in (_dicom, _volumes, _tiffs, _pictures, _videos):
        maker(folder, made)
    return made


def _dicom(folder: Path, made: dict[str, bytes]) -> None:
    def keep(name: str, data: object) -> None:
        made[f"{name}.dcm"] = save(data, folder / "seed.dcm").read_bytes()

    times = {"FrameTime": 40, "PixelSpacing": [0.5, 0.4], "FrameIncrementPointer": 0x00181063}
    keep("plain", dicom(FRAMES, **times))
    keep("colour", dicom(COLOURS, **times))
    parts = [
        {
            "FrameContentSequence": {"TemporalPositionIndex": n + 1, "FrameAcquisitionDateTime": f"2020010112000{n}.5"},
            "PlanePositionSequence": {"ImagePositionPatient": [0.0, 0.0, 1.0]},
        }
        for n in range(4)
    ]
    keep("enhanced", dicom(FRAMES, ENHANCED_MR, PerFrameFunctionalGroupsSequence=per_frame(parts)))
    rle = dicom(COLOURS, **times)
    rle.compress(RLELossless)
    keep("rle", rle)
    deflated = dicom(FRAMES, **times)
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    keep("deflated", deflated)
    keep("jpeg", compressed(dicom(COLOURS), _jpegs(), JPEGBaseline8Bit, "YBR_FULL_422"))
    keep("offsets", compressed(dicom(COLOURS), _jpegs(), JPEGBaseline8Bit, "YBR_FULL_422", extended=True))
    made["bare"] = made["plain.dcm"][132:]


def _jpegs() -> list[bytes]:
    from PIL import Image

    coded = []
    for frame in COLOURS:
        stream = io.BytesIO()
        Image.fromarray(frame).save(stream, "JPEG")
        coded.append(stream.getvalue() + b"\0" * (len(stream.getvalue()) % 2))
    return coded


def _volumes(folder: Path, made: dict[str, bytes]) -> None:
    for name, pixels, packed in (
        ("raw.nrrd", FRAMES, False),
        ("gzip.nrrd", COLOURS, True),
        ("raw.mha", FRAMES, False),
        ("zlib.mha", COLOURS, True),
        ("raw.nii", FRAMES, False),
        ("gzip.nii.gz", FRAMES, True),
    ):
        image = SimpleITK.GetImageFromArray(pixels, isVector=pixels.ndim == 4)
        SimpleITK.WriteImage(image, str(folder / name), useCompression=packed)
        made[name] = (folder / name).read_bytes()
    header = (
        "NRRD0004\ntype: uint8\ndimension: 4\nspace: right-anterior-superior\nsizes: 4 28 24 1\n"
        "space directions: none (-0.4,0,0) (0,-0.6,0) (0,0,1)\nkinds: list domain domain domain\n"
        'labels: "TriggerTime" "" "" ""\nunits: "ms" "" "" ""\nencoding: gzip\n'
        "axis 0 index type:=numeric\naxis 0 index values:=0 40 80 120\n\n"
    )
    made["old.seq.nrrd"] = header.encode() + gzip.compress(np.moveaxis(FRAMES, 0, -1).tobytes(), mtime=0)


def _tiffs(folder: Path, made: dict[str, bytes]) -> None:
    import tifffile

    ways: dict[str, dict] = {
        "plain": {"photometric": "minisblack"},
        "imagej": {"imagej": True, "metadata": {"axes": "TYX"}},
        "zlib": {"compression": "zlib", "photometric": "minisblack"},
        "big": {"bigtiff": True, "photometric": "minisblack"},
        "tiled": {"tile": (16, 16), "photometric": "minisblack"},
    }
    for name, how in ways.items():
        tifffile.imwrite(folder / "seed.tif", FRAMES, **how)
        made[f"{name}.tif"] = (folder / "seed.tif").read_bytes()


def _pictures(folder: Path, made: dict[str, bytes]) -> None:
    from PIL import Image

    pictures = [Image.fromarray(frame).quantize(16) for frame in COLOURS]
    pictures[0].save(folder / "seed.gif", save_all=True, append_images=pictures[1:], duration=50)
    made["loop.gif"] = (folder / "seed.gif").read_bytes()
    pictures = [Image.fromarray(frame) for frame in COLOURS]
    for suffix in ("png", "webp", "avif"):
        pictures[0].save(folder / f"loop.{suffix}", save_all=True, append_images=pictures[1:], duration=50)
        made[f"loop.{suffix}"] = (folder / f"loop.{suffix}").read_bytes()
    for suffix in ("png", "jpg", "bmp", "tif", "webp"):  # read as the second frame of a folder
        Image.fromarray(FRAMES[0]).save(folder / f"seed.{suffix}")
        made[f"folder.{suffix}"] = (folder / f"seed.{suffix}").read_bytes()


def _videos(folder: Path, made: dict[str, bytes]) -> None:
    for name, codec, form in (
        ("a.mp4", "mpeg4", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.mkv", "ffv1", "gray"),
        ("a.mpg", "mpeg2video", "yuv420p"),
    ):
        write_video(folder / name, codec, form, 6)
        made[name] = (folder / name).read_bytes()


def _read(path: Path) -> str:
    return f"{load_frames(path).frames.shape}"


FUZZ = Fuzz(seeds, _read, damaged="1")

if __name__ == "__main__":
    FUZZ.main()
