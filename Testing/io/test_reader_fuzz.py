"""No damaged file of any kind costs more than one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import reader_fuzz
from helpers.processes import PATIENCE_SECONDS, environment
from rabengine.errors import InputError
from rabengine.io.isolated import load_frames_isolated

pytest.importorskip("av")
pytest.importorskip("tifffile")


def run_cases(folder: Path, first: int, count: int) -> None:
    """Read cases in processes that may die of them; those that did must cost one sentence from a child."""
    results = folder / "results.jsonl"
    files = folder / "files"
    files.mkdir()
    at = first
    while at < first + count:
        command = [sys.executable, reader_fuzz.__file__, files, at, first + count - at, results]
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
                load_frames_isolated(last["path"])
        at = last["case"] + 1
    outcomes = [line for line in lines if "kind" in line]
    assert {line["case"] for line in lines} == set(range(first, first + count))
    assert [line for line in outcomes if line["kind"] == "failed"] == []
    for line in outcomes:
        assert line["bytes"] < reader_fuzz.MOST_BYTES, line
        if line["kind"] == "refused":
            assert line["said"] and line["hint"] and "\n" not in line["said"] + line["hint"], line
    assert any(line["kind"] == "read" for line in outcomes) and any(line["kind"] == "refused" for line in outcomes)


def test_every_seed_is_read_as_it_is(tmp_path):
    for name, content in reader_fuzz.seeds(tmp_path).items():
        if name.startswith("folder"):
            continue
        path = tmp_path / f"whole {name}"
        path.write_bytes(content)
        assert load_frames_isolated(path).frame_count in (4, 6), name


def test_a_hundred_damaged_files(tmp_path):
    run_cases(tmp_path, 0, 100)


@pytest.mark.slow
def test_two_thousand_damaged_files(tmp_path):
    run_cases(tmp_path, 100, 2000)
