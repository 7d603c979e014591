"""No damaged file of any kind costs more than one sentence."""

from __future__ import annotations

import pytest

from helpers import reader_fuzz
from helpers.fuzz import check_cases
from rabengine.io.isolated import load_frames_isolated

pytest.importorskip("av")
pytest.importorskip("tifffile")


def test_every_seed_is_read_as_it_is(tmp_path):
    for name, content in reader_fuzz.seeds(tmp_path).items():
        if name.startswith("folder"):
            continue
        path = tmp_path / f"whole {name}"
        path.write_bytes(content)
        assert load_frames_isolated(path).frame_count in (4, 6), name


def test_a_hundred_damaged_files(tmp_path):
    check_cases(reader_fuzz, load_frames_isolated, tmp_path, 0, 100)


@pytest.mark.slow
def test_two_thousand_damaged_files(tmp_path):
    check_cases(reader_fuzz, load_frames_isolated, tmp_path, 100, 2000)
