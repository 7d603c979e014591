"""No damaged mask of any kind costs more than one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers import mask_fuzz
from helpers.fuzz import check_cases
from rabengine.errors import InputError
from rabengine.exchange.isolated import read_any_marks_isolated
from rabengine.io.marks.isolated import read_marks_isolated
from rabengine.io.marks.types import Marks

pytest.importorskip("tifffile")


def isolated(path: Path) -> Marks:
    """The marks of a file or folder as the command reads them."""
    if path.is_dir():
        return read_any_marks_isolated(path, mask_fuzz.CINE)
    return read_marks_isolated([f"0={path}"], mask_fuzz.CINE)


def test_every_seed_is_read_as_it_is(tmp_path: Path) -> None:
    for name, content in mask_fuzz.seeds(tmp_path).items():
        path = tmp_path / f"whole {name}"
        path.write_bytes(content)
        marks = isolated(path)
        assert list(marks) == [0], name
        assert (marks[0] > 0).sum() == (mask_fuzz.LABELS > 0).sum(), name


def test_a_child_tells_names_warnings_and_that_the_labels_are_the_cine(tmp_path: Path) -> None:
    made = mask_fuzz.seeds(tmp_path)
    for name in ("cut.seg.nrrd", "alpha.png"):
        (tmp_path / name).write_bytes(made[name])
    marks = isolated(tmp_path / "cut.seg.nrrd")
    assert marks.names == {1: "part 0", 2: "part 1"} and np.array_equal(marks[0], mask_fuzz.LABELS)
    assert "transparent" in " ".join(isolated(tmp_path / "alpha.png").warnings)
    header = f"NRRD0004\ntype: uint16\ndimension: 3\nsizes: 28 24 {mask_fuzz.FRAMES}\nendian: little\nencoding: raw\n\n"
    copy = tmp_path / "copy.nrrd"
    copy.write_bytes(header.encode() + mask_fuzz.CINE.frames.tobytes())
    with pytest.raises(InputError, match="are the cine itself"):
        read_any_marks_isolated(copy, mask_fuzz.CINE)


def test_a_mask_that_ends_its_reader_costs_one_sentence(tmp_path: Path) -> None:
    path = mask_fuzz.FUZZ.write_case(874, mask_fuzz.seeds(tmp_path), tmp_path)  # ended the process that read it
    with pytest.raises(InputError) as caught:
        isolated(path)
    assert path.name in caught.value.message and "\n" not in str(caught.value)


def test_a_hundred_damaged_masks(tmp_path: Path) -> None:
    check_cases(mask_fuzz, isolated, tmp_path, 0, 100)


@pytest.mark.slow
def test_a_thousand_damaged_masks(tmp_path: Path) -> None:
    check_cases(mask_fuzz, isolated, tmp_path, 100, 1000)
