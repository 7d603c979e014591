"""The sample cine, an echocardiogram that pydicom ships, and the marks on two of its frames, polygons in a text file.

The demo, the panel and the page open it, and tests measure on it; nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rabengine.errors import InputError
from rabengine.optional import require

CINE_NAME = "examples_ybr_color.dcm"
CINE_SIZE = (240, 320)  # rows, columns
MARKS_FILE = Path(__file__).with_name("left_ventricle_marks.txt")

FEWEST_VERTICES = 3

Polygons = Mapping[int, np.ndarray]


def sample_cine_path() -> Path:
    """The 30-frame apical echocardiogram in pydicom's own test data.

    Raises:
        InputError: pydicom is not installed, or its copy lacks the file.
    """
    found = require("pydicom.data", "The sample cine").get_testdata_file(CINE_NAME, download=False)
    if found is None:
        raise InputError(f"The installed pydicom does not ship the sample cine {CINE_NAME}.", "Install pydicom again.")
    return Path(str(found))


def sample_marks(size: tuple[int, int] = CINE_SIZE) -> dict[int, np.ndarray]:
    """{frame: labels (rows, columns) uint8} of the left ventricle, 1, on the two marked frames of the sample cine."""
    return polygon_marks(read_polygons(MARKS_FILE), size)


def polygon_marks(polygons: Polygons, size: tuple[int, int], segment: int = 1) -> dict[int, np.ndarray]:
    """Label images of the given (rows, columns), one per frame: `segment` inside the polygon, 0 outside."""
    return {frame: rasterise(polygon, size).astype(np.uint8) * segment for frame, polygon in polygons.items()}


def read_polygons(path: Path) -> dict[int, np.ndarray]:
    """Read one polygon per frame.

    Args:
        path: text file; `frame N` opens a frame, then follows one `x y` vertex a line, in pixels with (0, 0)
            the centre of the top-left pixel. Empty lines and lines that begin with `#` are skipped.

    Returns:
        {frame: (vertices, 2) float64 of x, y}.

    Raises:
        InputError: the file cannot be read, or a line or a polygon in it makes no sense.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The polygon file {path} cannot be read: {error}.") from error
    vertices: dict[int, list[tuple[float, float]]] = {}
    frame: int | None = None
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "frame":
                frame = _parse_frame(words, vertices)
                vertices[frame] = []
            elif frame is None:
                raise ValueError("a vertex comes before the first frame")
            else:
                vertices[frame].append(_parse_vertex(words))
        except ValueError as error:
            raise InputError(f"Line {number} of the polygon file {path} is wrong: {error}.") from error
    for index, points in vertices.items():
        if len(points) < FEWEST_VERTICES:
            raise InputError(f"Frame {index} of the polygon file {path} has fewer than three vertices.")
    return {index: np.array(points, dtype=np.float64) for index, points in vertices.items()}


def rasterise(polygon: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Fill a polygon by the even-odd rule: a pixel is in when its centre is.

    Args:
        polygon: (vertices, 2) of x, y in pixels, (0, 0) the top-left pixel's centre; it closes by itself.
        size: (rows, columns) of the result. What lies outside is cut off.

    Returns:
        (rows, columns) bool.
    """
    rows, columns = size
    centre_x = np.arange(columns, dtype=np.float64)[None, :]
    centre_y = np.arange(rows, dtype=np.float64)[:, None]
    inside = np.zeros(size, dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        # Half-open in y, so that a ray through a vertex crosses exactly one of the two edges that meet there.
        spans_row = (y0 <= centre_y) != (y1 <= centre_y)
        if not spans_row.any():
            continue
        crossing_x = x0 + (centre_y - y0) * (x1 - x0) / (y1 - y0)
        inside ^= spans_row & (centre_x < crossing_x)
    return inside


def _parse_frame(words: list[str], seen: Mapping[int, object]) -> int:
    if len(words) != 2 or not words[1].isdecimal():
        raise ValueError("a frame line reads 'frame N' with N counted from 0")
    frame = int(words[1])
    if frame in seen:
        raise ValueError(f"frame {frame} is there twice")
    return frame


def _parse_vertex(words: list[str]) -> tuple[float, float]:
    if len(words) != 2:
        raise ValueError("a vertex is two numbers, 'x y'")
    x, y = float(words[0]), float(words[1])
    if not np.isfinite([x, y]).all():
        raise ValueError("a vertex is not finite")
    return x, y
