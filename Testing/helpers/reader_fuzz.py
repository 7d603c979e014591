"""Damaged files by the thousand for all readers: `python reader_fuzz.py FOLDER FIRST COUNT RESULTS`.

Each case is a small valid file made by code and changed by a random generator that its number seeds. The process reads
one case after the other and writes one JSON line each, before and after, so that whoever started it knows which case
ended it.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from helpers.cine_files import in_colour, moving_square, write_video
from helpers.dicom_files import ENHANCED_MR, compressed, dicom, per_frame, save
from rabengine.errors import InputError
from rabengine.io.read import load_frames

CASE_SECONDS = 60
MOST_BYTES = 2**30
FRAMES = moving_square(4)[:, :24, :28].copy()
COLOURS = in_colour(FRAMES)
_NUMBERS = [b"-1", b"0", b"1e20", b"2147483648", b"4294967295", b"9" * 5000, b"nan", b"65536", b"1" * 30]
_WORDS = [bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\1\0", b"\1\0\0\0", b"\xff\xff\0\0"]


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


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with one to four changes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_CHANGES)(changed, chance)
    return bytes(changed)


def _place(content: bytearray, chance: random.Random) -> int:
    """Somewhere, headers preferred: that is where most readers decide."""
    reach = min(len(content), 600) if chance.random() < 0.7 else len(content)
    return chance.randrange(max(reach, 1))


def _flip(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    content[at : at + 1] = bytes([chance.randrange(256)])


def _word(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    word = chance.choice(_WORDS)
    content[at : at + len(word)] = word


def _number(content: bytearray, chance: random.Random) -> None:
    found = list(re.finditer(rb"\d+", bytes(content[:4096])))
    if found:
        start, end = chance.choice(found).span()
        content[start:end] = chance.choice(_NUMBERS)


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[_place(content, chance) :]


def _remove(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    del content[at : at + chance.randint(1, 64)]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    content[at:at] = content[at : at + chance.randint(1, 200)] * chance.randint(1, 8)


_CHANGES: list[Callable[[bytearray, random.Random], None]] = [_flip, _word, _word, _number, _cut, _remove, _repeat]


def write_case(number: int, made: dict[str, bytes], folder: Path) -> Path:
    """Make the file, or the folder, of a case."""
    chance = random.Random(number)
    name = sorted(made)[number % len(made)]
    content = mutated(made[name], chance)
    if not name.startswith("folder."):
        path = folder / f"{number:05d} {name}"
        path.write_bytes(content)
        return path
    path = folder / f"{number:05d}"
    path.mkdir()
    suffix = name.removeprefix("folder")
    (path / f"0{suffix}").write_bytes(made[name])
    (path / f"1{suffix}").write_bytes(content)
    return path


def main(folder: Path, first: int, count: int, results: Path) -> None:
    """Read the cases from `first` on."""
    with tempfile.TemporaryDirectory() as place:
        made = seeds(Path(place))
    with results.open("a", encoding="utf-8") as stream:
        for number in range(first, first + count):
            path = write_case(number, made, folder)
            print(json.dumps({"case": number, "path": str(path)}), file=stream, flush=True)
            if hasattr(signal, "alarm"):
                signal.alarm(CASE_SECONDS)
            print(json.dumps(_outcome(number, path)), file=stream, flush=True)


def _outcome(number: int, path: Path) -> dict:
    start = time.monotonic()
    try:
        cine = load_frames(path)
        said, hint, kind = f"{cine.frames.shape}", "", "read"
    except InputError as error:
        said, hint, kind = error.message, error.hint, "refused"
    except Exception as error:
        said, hint, kind = repr(error), "", "failed"
    used = {"seconds": round(time.monotonic() - start, 2), "bytes": most_bytes()}
    return {"case": number, "kind": kind, "said": said, "hint": hint, **used}


def most_bytes() -> int:
    """What this process has taken at most; the system's count of that includes what its parent had.

    0 where it cannot be told."""
    status = Path("/proc/self/status")
    if status.is_file():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
