"""No damaged mask of any kind costs more than one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers import mask_fuzz, reader_fuzz
from helpers.processes import PATIENCE_SECONDS, environment
from rabengine.errors import InputError
from rabengine.io.marks.isolated import read_label_sequence_isolated, read_marks_isolated
from rabengine.io.marks.types import Marks

pytest.importorskip("tifffile")


def isolated(path: Path) -> Marks:
    """The marks of a file or folder as the command reads them."""
    if path.is_dir():
        return read_label_sequence_isolated(path, mask_fuzz.CINE)
    return read_marks_isolated([f"0={path}"], mask_fuzz.CINE)


def run_cases(folder: Path, first: int, count: int) -> None:
    """Read cases in processes that may die of them; those that did must cost one sentence from a child."""
    results = folder / "results.jsonl"
    files = folder / "files"
    files.mkdir()
    lines: list[dict] = []
    at = first
    while at < first + count:
        command = [sys.executable, mask_fuzz.__file__, files, at, first + count - at, results]
        subprocess.run(
            list(map(str, command)),
            check=False,
            env=environment(Path(__file__).parents[1]),
            capture_output=True,
            timeout=10 * PATIENCE_SECONDS,
        )
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        last = lines[-1]
        if "path" in last:  # the reader ended the process
            with pytest.raises(InputError, match="reader"):
                isolated(Path(last["path"]))
        at = last["case"] + 1
    outcomes = [line for line in lines if "kind" in line]
    assert {line["case"] for line in lines} == set(range(first, first + count))
    assert [line for line in outcomes if line["kind"] == "failed"] == []
    for line in outcomes:
        assert line["bytes"] < reader_fuzz.MOST_BYTES, line
        if line["kind"] == "refused":
            assert line["said"] and line["hint"] and "\n" not in line["said"] + line["hint"], line
    assert any(line["kind"] == "read" for line in outcomes) and any(line["kind"] == "refused" for line in outcomes)


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
        read_label_sequence_isolated(copy, mask_fuzz.CINE)


def test_a_mask_that_ends_its_reader_costs_one_sentence(tmp_path: Path) -> None:
    path = mask_fuzz.write_case(874, mask_fuzz.seeds(tmp_path), tmp_path)  # ended the process that read it
    with pytest.raises(InputError) as caught:
        isolated(path)
    assert path.name in caught.value.message and "\n" not in str(caught.value)


def test_a_hundred_damaged_masks(tmp_path: Path) -> None:
    run_cases(tmp_path, 0, 100)


@pytest.mark.slow
def test_a_thousand_damaged_masks(tmp_path: Path) -> None:
    run_cases(tmp_path, 100, 1000)
