"""Write the frames of a cine as a Slicer sequence, with nothing in it but pixels, their size and times."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from rabengine.cine import Cine

from .nrrd_header import UNCALIBRATED_KEY

_TYPES = {
    "u1": "unsigned char", "i1": "signed char", "u2": "unsigned short", "i2": "short",
    "u4": "unsigned int", "i4": "int", "u8": "unsigned long long", "i8": "long long", "f4": "float", "f8": "double",
}  # fmt: skip
_GZIP_LEVEL = 6


def write_cine_sequence(path: Path, cine: Cine) -> None:
    """Write (T, H, W) or (T, H, W, 3) frames as `.seq.nrrd`; where the cine lay in the patient is left out.

    Raises:
        OSError: it cannot be written.
    """
    frames = cine.frames
    if frames.dtype.kind == "b":
        frames = frames.astype(np.uint8)
    elif frames.dtype.kind == "f" and frames.dtype.itemsize not in (4, 8):
        frames = frames.astype(np.float32)
    frames = frames.astype(frames.dtype.newbyteorder("<"), copy=False)
    with path.open("wb") as plain:
        plain.write(_header(frames, cine))
        with gzip.GzipFile(filename="", mode="wb", fileobj=plain, compresslevel=_GZIP_LEVEL, mtime=0) as stream:
            for frame in frames:
                stream.write(np.ascontiguousarray(frame).tobytes())


def _header(frames: np.ndarray, cine: Cine) -> bytes:
    count, rows, columns = frames.shape[:3]
    x, y = cine.spacing or (1.0, 1.0)
    is_colour = frames.ndim == 4
    values = " ".join(f"{value:.9g}" for value in cine.index_values)
    lines = [
        "NRRD0004",
        f"type: {_TYPES[frames.dtype.str[1:]]}",
        f"dimension: {5 if is_colour else 4}",
        "space: left-posterior-superior",
        f"sizes: {'3 ' if is_colour else ''}{columns} {rows} 1 {count}",
        f"space directions: {'none ' if is_colour else ''}({x:.9g},0,0) (0,{y:.9g},0) (0,0,1) none",
        f"kinds: {'RGB-color ' if is_colour else ''}domain domain domain list",
        f'labels: {chr(34) * 2 + " " if is_colour else ""}"" "" "" "{cine.index_name}"',
        f'units: {chr(34) * 2 + " " if is_colour else ""}"" "" "" "{cine.index_unit}"',
        "endian: little",
        "encoding: gzip",
        "space origin: (0,0,0)",
        *([f"{UNCALIBRATED_KEY}:=1"] if cine.spacing is None else []),
        "axis 3 index type:=numeric",  # Slicer counts no axis of colours
        f"axis 3 index values:={values}",
    ]
    return ("\n".join(lines) + "\n\n").encode()
