"""What the demo works on: a cine that pydicom ships, and our marks of its left ventricle."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.demo.polygon_marks import polygon_marks, read_polygons
from rabengine.errors import InputError

CINE_NAME = "examples_ybr_color.dcm"
CINE_SIZE = (240, 320)  # rows, columns
MARKS_FILE = Path(__file__).with_name("left_ventricle_marks.txt")
INSTALL_HINT = 'Run: pip install "rabsegment[demo]"'


def demo_cine_path() -> Path:
    """The 30-frame apical echocardiogram in pydicom's own test data.

    Raises:
        InputError: pydicom is not installed, or its copy lacks the file.
    """
    try:
        from pydicom.data import get_testdata_file
    except ImportError as error:
        raise InputError("The demo's cine comes with the Python package pydicom.", INSTALL_HINT) from error
    found = get_testdata_file(CINE_NAME, download=False)
    if found is None:
        raise InputError(f"The installed pydicom does not ship the demo's cine {CINE_NAME}.", INSTALL_HINT)
    return Path(str(found))


def demo_marks(size: tuple[int, int] = CINE_SIZE) -> dict[int, np.ndarray]:
    """{frame: labels (rows, columns) uint8} of the left ventricle, 1, on the demo's two marked frames."""
    return polygon_marks(read_polygons(MARKS_FILE), size)
