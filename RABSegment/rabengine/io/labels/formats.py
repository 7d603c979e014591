"""Headers and encodings of the label files.

Written here rather than by SimpleITK, so that frames stream and no error on a full disk is lost.
"""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from rabengine.cine import Cine
from rabengine.io.legend import Legend
from rabengine.io.volume.nrrd_header import MARKED_KEY, UNCALIBRATED_KEY

LABEL_MAP_CLASS = "vtkMRMLLabelMapVolumeNode"

_GREY, _PALETTE = 0, 3  # colour types of PNG
_INDEX_DECIMALS = 9  # so that 3 x 0.033333 is not written as 0.09999899999999999


def sequence_header(
    size: tuple[int, int, int], cine: Cine, legend: Legend, marked: Sequence[int] | None = None
) -> bytes:
    """The NRRD header of a Slicer label map sequence: one slice a frame, time as last axis.

    Args:
        size: frames, rows, columns.
        cine: its geometry and index are those of the labels.
        legend: of the label values that the result is about, also those on no frame.
        marked: frames that a person marked; None where that is not known.
    """
    frames, rows, columns = size
    values = " ".join(_decimal(round(value, _INDEX_DECIMALS)) for value in cine.index_values)
    lines = [
        "NRRD0004",
        "# Complete NRRD file format specification at:",
        "# http://teem.sourceforge.net/nrrd/format.html",
        "type: unsigned char",
        "dimension: 4",
        "space: left-posterior-superior",
        f"sizes: {columns} {rows} 1 {frames}",
        f"space directions: {' '.join(_vector(step) for step in _steps(cine))} none",
        "kinds: domain domain domain list",
        f'labels: "" "" "" "{cine.index_name}"',
        f'units: "" "" "" "{cine.index_unit}"',
        "encoding: gzip",
        f"space origin: {_vector(np.array(cine.origin))}",
        f"DataNodeClassName:={LABEL_MAP_CLASS}",
        *_uncalibrated(cine),
        f"RABSegment.Segments:={' '.join(str(segment) for segment in legend)}",
        *([] if marked is None else [f"{MARKED_KEY}:={' '.join(str(frame) for frame in marked)}"]),
        *_segment_lines(legend),
        "axis 3 index type:=numeric",
        f"axis 3 index values:={values}",
    ]
    return ("\n".join(lines) + "\n\n").encode()


def nrrd_header(size: tuple[int, int, int], cine: Cine, legend: Legend) -> bytes:
    """The NRRD header of a volume whose third axis is time."""
    frames, rows, columns = size
    lines = [
        "NRRD0004",
        "type: unsigned char",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {columns} {rows} {frames}",
        f"space directions: {' '.join(_vector(step) for step in _steps(cine))}",
        "kinds: domain domain domain",
        "encoding: gzip",
        f"space origin: {_vector(np.array(cine.origin))}",
        *_uncalibrated(cine),
        *_segment_lines(legend),
    ]
    return ("\n".join(lines) + "\n\n").encode()


def _segment_lines(legend: Legend) -> list[str]:
    """Names and colours as Slicer writes them into the headers of its segmentations."""
    lines = []
    for number, (value, entry) in enumerate(legend.items()):
        keys = {
            "ID": f"Segment_{value}",
            "Name": entry.name.replace("\\", "\\\\").replace("\n", "\\n"),
            "Color": " ".join(f"{share / 255:.6g}" for share in entry.colour),
            "LabelValue": str(value),
            "Layer": "0",
        }
        lines += [f"Segment{number}_{key}:={text}" for key, text in keys.items()]
    return lines


def _uncalibrated(cine: Cine) -> list[str]:
    """A NRRD key that tells a size of 1 mm that is known from one that only fills its place."""
    return [f"{UNCALIBRATED_KEY}:=1"] if cine.spacing is None else []


def metaimage_header(size: tuple[int, int, int], cine: Cine) -> bytes:
    """The header of an uncompressed .mha volume whose third axis is time."""
    frames, rows, columns = size
    x, y = cine.spacing or (1.0, 1.0)
    cosines = np.array(cine.direction).reshape(3, 3)
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = False",
        f"TransformMatrix = {_row(cosines.T.ravel())}",
        f"Offset = {_row(np.array(cine.origin))}",
        "CenterOfRotation = 0 0 0",
        *([] if cine.spacing is None else [f"ElementSpacing = {_row(np.array([x, y, cine.slice_spacing]))}"]),
        f"DimSize = {columns} {rows} {frames}",
        "ElementType = MET_UCHAR",
        "ElementDataFile = LOCAL",
    ]
    return ("\n".join(lines) + "\n").encode()


def nifti_header(size: tuple[int, int, int], cine: Cine) -> bytes:
    """The 352 bytes before the voxels of a NIfTI-1 volume whose third axis is time."""
    frames, rows, columns = size
    if max(size) > 32767:
        raise ValueError("NIfTI-1 holds at most 32767 frames")
    x, y = cine.spacing or (1.0, 1.0)
    to_ras = np.diag([-1.0, -1.0, 1.0])  # NIfTI's world is RAS, ours LPS
    affine = np.column_stack([to_ras @ _steps(cine).T, to_ras @ np.array(cine.origin)])
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, columns, rows, frames, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)  # unsigned 8 bit
    struct.pack_into("<8f", header, 76, 1.0, x, y, cine.slice_spacing, 1.0, 1.0, 1.0, 1.0)
    struct.pack_into("<3f", header, 108, 352.0, 1.0, 0.0)  # where voxels start, slope, intercept
    header[123] = 0 if cine.spacing is None else 2  # millimetres
    struct.pack_into("<2h", header, 252, 0, 1)  # no quaternion; the matrix is that of the scanner
    struct.pack_into("<12f", header, 280, *affine.ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)


def png_bytes(labels: np.ndarray, legend: Legend | None = None) -> bytes:
    """An 8-bit PNG of (H, W) uint8 labels: grey, or with a legend in its colours, whose indices are the labels."""
    rows, columns = labels.shape
    unfiltered = np.zeros((rows, columns + 1), np.uint8)  # every row starts with its filter: none
    unfiltered[:, 1:] = labels
    kind = _GREY if legend is None else _PALETTE
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, kind, 0, 0, 0)),
            b"" if legend is None else _chunk(b"PLTE", _palette(legend)),
            _chunk(b"IDAT", zlib.compress(unfiltered.tobytes(), 6)),
            _chunk(b"IEND", b""),
        )
    )


def legend_table(legend: Legend) -> str:
    """Names and colours as CSV, in the columns of Slicer's own colour tables."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A"))
    table.writerow((0, "background", 0, 0, 0, 0))
    table.writerows((value, entry.name, *entry.colour, 255) for value, entry in legend.items())
    return text.getvalue()


def _palette(legend: Legend) -> bytes:
    """All 256 entries; black for labels that are not in the legend."""
    colours = np.zeros((256, 3), np.uint8)
    for value, entry in legend.items():
        colours[value] = entry.colour
    return colours.tobytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _steps(cine: Cine) -> np.ndarray:
    """(3, 3): the way from one voxel to the next along columns, rows and slices, a row each, in mm LPS."""
    x, y = cine.spacing or (1.0, 1.0)
    return np.array(cine.direction).reshape(3, 3).T * np.array([[x], [y], [cine.slice_spacing]])


def _vector(values: np.ndarray) -> str:
    return "(" + ",".join(_decimal(value) for value in values) + ")"


def _row(values: np.ndarray) -> str:
    return " ".join(_decimal(value) for value in values)


def _decimal(value: float) -> str:
    """The shortest text that reads back as the same number, whole numbers without a fraction, never "-0"."""
    return repr(float(value) + 0.0).removesuffix(".0")
