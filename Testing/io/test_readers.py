"""The registry of readers: its protocol, what another package adds, and reading in a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.cine_files import moving_square, write_image
from helpers.dicom_files import write_dicom
from helpers.processes import PATIENCE_SECONDS, WorkerProcess, environment, run_command
from rabengine.cine import Cine
from rabengine.cli.main import build_parser
from rabengine.cli.segment import read_input
from rabengine.errors import Cancelled, InputError
from rabengine.io.isolated import load_frames_isolated, read_cine_isolated
from rabengine.io.read import ReadOptions, read_cine
from rabengine.io.reader import Reader, SuffixReader
from rabengine.io.readers import READERS, all_readers, cine_suffixes, reader_of

FRAMES = moving_square()
_WRONG = ({"spacing": [1]}, {"spacing": ["a", "b"]}, {"frame_time": "x"}, {"series": 4})
OTHER_READER = """
import os, time
import numpy as np
from rabengine.cine import Cine
from rabengine.io.reader import SuffixReader

class OtherReader(SuffixReader):
    name = "other"
    suffixes = (".other",)

    def read(self, path, options):
        content = path.read_bytes()
        if content == b"abort":
            os.abort()
        if content == b"sleep":
            time.sleep(1000)
        if content == b"fail":
            raise KeyError("anything")
        frames = np.arange(4 * 8 * 8, dtype=np.uint8).reshape(4, 8, 8)
        return Cine(frames, index_values=(0.0, 1.0, 2.0, 3.0), source=str(path))
"""


class FolderOfArrays(SuffixReader):
    """A folder of .npy files, as another package may read it."""

    name = "folder of arrays"

    def recognizes(self, path: Path) -> bool:
        return path.is_dir() and any(path.glob("*.npy"))

    def read(self, path: Path, options: ReadOptions) -> Cine:
        frames = np.stack([np.load(file) for file in sorted(path.glob("*.npy"))])
        return Cine(frames, index_values=tuple(map(float, range(len(frames)))), source=str(path))


def test_a_folder_goes_to_another_packages_reader_before_ours(tmp_path, monkeypatch):
    """Ours takes every folder that nobody else takes."""
    own = list(READERS.all())
    monkeypatch.setattr(READERS, "all", lambda: iter([*own, ("arrays", FolderOfArrays())]))
    (tmp_path / "arrays").mkdir()
    (tmp_path / "pictures").mkdir()
    for number, pixels in enumerate(FRAMES):
        np.save(tmp_path / "arrays" / f"{number}.npy", pixels)
        write_image(pixels, tmp_path / "pictures" / f"{number}.png")
    assert np.array_equal(read_cine(tmp_path / "arrays").frames, FRAMES)
    assert np.array_equal(read_cine(tmp_path / "pictures").frames, FRAMES)


@pytest.fixture
def other_package(tmp_path, monkeypatch):
    """A package beside ours that adds a reader; child processes find it, and this process does not load it."""
    place = tmp_path / "site"
    (place / "other-1.0.dist-info").mkdir(parents=True)
    (place / "other_reader.py").write_text(OTHER_READER)
    (place / "other-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    entries = "[rabsegment.readers]\nother = other_reader:OtherReader\nbroken = nothing.here:Reader\n"
    (place / "other-1.0.dist-info" / "entry_points.txt").write_text(entries)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", str(place))
    return place


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Empty when the test is over."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_every_reader_keeps_the_protocol():
    assert len(all_readers()) == len(READERS.names())
    for reader in all_readers():
        assert isinstance(reader, Reader) and reader.name
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes)
        assert set(reader.suffixes) <= set(cine_suffixes())


def test_a_reader_of_another_package_is_used(other_package, tmp_path, temporary):
    (tmp_path / "a.other").write_bytes(b"cine")
    assert read_cine(tmp_path / "a.other").frame_count == 4
    cine = read_cine_isolated(tmp_path / "a.other", options=ReadOptions(spacing=(0.5, 0.4), frame_time=0.1))
    assert cine.spacing == (0.4, 0.5) and cine.index_values[3] == pytest.approx(0.3)
    assert np.array_equal(cine.frames, np.arange(256, dtype=np.uint8).reshape(4, 8, 8))


@pytest.mark.parametrize(("content", "said"), [(b"abort", "made its reader fail"), (b"fail", "KeyError")])
def test_a_reader_that_fails_costs_one_sentence(other_package, tmp_path, temporary, content, said):
    (tmp_path / "a.other").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_cine_isolated(tmp_path / "a.other")
    assert "a.other" in caught.value.message and caught.value.hint


def test_a_reader_that_crashes_does_not_end_the_command(other_package, tmp_path):
    (tmp_path / "a.other").write_bytes(b"abort")
    (tmp_path / "m.png").write_bytes(b"x")
    place = environment(other_package)
    done = run_command(
        "segment", tmp_path / "a.other", "--mark", f"0={tmp_path / 'm.png'}", "-o", tmp_path / "o.nrrd", env=place
    )
    assert done.returncode == 2 and "made its reader fail" in done.stderr and "Traceback" not in done.stderr


def test_cancelling_ends_the_child(other_package, tmp_path, temporary):
    (tmp_path / "a.other").write_bytes(b"sleep")
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        read_cine_isolated(tmp_path / "a.other", cancel=cancel)


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_a_child_whose_parent_is_killed_leaves_nothing(other_package, tmp_path):
    (tmp_path / "a.other").write_bytes(b"sleep")
    folder = tmp_path / "left"
    folder.mkdir()
    path = str(tmp_path / "a.other")
    request = {"memory_limit": 1, "path": path, "within": None, "options": {"spacing": None}, "checked": True}
    whole = {"module": "rabengine.io.isolated", "request": request, "paths": [path], "folder": str(folder)}
    child = subprocess.Popen(
        [sys.executable, "-m", "rabengine.io.read_in_child"], stdin=subprocess.PIPE, env=environment(other_package)
    )
    child.stdin.write(json.dumps(whole).encode() + b"\n")
    child.stdin.close()  # as the system does when the parent ends
    assert child.wait(PATIENCE_SECONDS) == 1 and not folder.exists()


def test_frames_come_through_as_they_are(tmp_path, temporary):
    path = write_dicom(tmp_path / "a.dcm", FRAMES, FrameTime=40, PixelSpacing=[0.5, 0.4])
    direct, isolated = read_cine(path), read_cine_isolated(path)
    assert np.array_equal(direct.frames, isolated.frames) and not isolated.frames.flags.writeable
    for name in ("spacing", "origin", "direction", "index_name", "index_unit", "index_values", "source", "warnings"):
        assert getattr(direct, name) == getattr(isolated, name), name


def test_many_frames_stay_in_a_file_that_has_no_name(tmp_path, temporary, monkeypatch):
    monkeypatch.setattr("rabengine.io.isolated.MEMORY_LIMIT_BYTES", 10)
    path = write_dicom(tmp_path / "a.dcm", FRAMES)
    frames = read_cine_isolated(path).frames
    assert isinstance(frames, np.memmap) and np.array_equal(frames, FRAMES)
    if os.name == "posix":
        assert list(temporary.iterdir()) == []
    del frames


@pytest.mark.skipif(sys.platform != "linux", reason="only there can the memory of a process be limited")
def test_a_bomb_costs_one_sentence_and_no_memory(tmp_path, temporary):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(tmp_path / "a.nii"))
    header = bytearray((tmp_path / "a.nii").read_bytes()[:352])
    struct.pack_into("<4h", header, 40, 3, 4096, 4096, 100)
    block = gzip.compress(bytes(2**24), 9)
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(header)) + block * 100)  # 1.7 GB in as many MB
    with pytest.raises(InputError, match=r"bomb\.nii\.gz"):
        load_frames_isolated(tmp_path / "bomb.nii.gz")


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, said in ((tmp_path / "pipe.mp4", "neither a file nor a folder"), (tmp_path / "a\0b.mp4", "not exist")):
        with pytest.raises(InputError, match=said):
            read_cine_isolated(path)
    assert reader_of(tmp_path / "unknown") is None


def test_a_header_alone_decides_which_reader(tmp_path):
    path = write_dicom(tmp_path / "cine.mp4", FRAMES)
    assert reader_of(path).name == "DICOM" and np.array_equal(read_cine(path).frames, FRAMES)


@pytest.fixture
def two_series(tmp_path):
    """Frames of two series, which are each other's negative."""
    folder = tmp_path / "cines"
    folder.mkdir()
    for number, frame in enumerate(FRAMES):
        for series, pixels in ((3, frame), (4, 255 - frame)):
            values = {"SeriesInstanceUID": f"1.2.{series}", "SeriesNumber": series, "InstanceNumber": number}
            write_dicom(folder / f"{series} {number}.dcm", pixels, **values)
    return folder


def test_the_command_takes_series_size_and_time(two_series, tmp_path):
    mask = np.zeros(FRAMES.shape[1:], np.uint8)
    mask[9:15, 9:15] = 1
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(mask), str(tmp_path / "m.png"))
    words = ["segment", str(two_series), "--mark", f"0={tmp_path / 'm.png'}", "-o", str(tmp_path / "o.nrrd")]
    more = ["--series", "4", "--spacing", "0.5", "0.4", "--frame-time", "0.1"]
    cine, _marks = read_input(build_parser().parse_args([*words, *more]), threading.Event())
    assert np.array_equal(cine.frames, 255 - FRAMES)
    assert cine.spacing == (0.4, 0.5) and cine.index_values[5] == pytest.approx(0.5)
    for wrong in (
        ["--series", "9"],
        ["--series", "4", "--spacing", "0", "1"],
        ["--series", "4", "--frame-time", "nan"],
    ):
        with pytest.raises(InputError):
            read_input(build_parser().parse_args([*words, *wrong]), threading.Event())


def test_the_worker_takes_series_size_and_time(two_series, tmp_path):
    worker = WorkerProcess()
    try:
        more = {"series": "4", "spacing": [0.5, 0.4], "frame_time": 0.1}
        worker.send(id=1, request="read", cine=str(two_series), folder=str(tmp_path), **more)
        done = worker.events_until("done", "error", request_id=1)[-1]
        assert done["event"] == "done", done
        assert np.array_equal(np.load(done["file"]), 255 - FRAMES)
        assert done["cine"]["spacing"] == [0.4, 0.5] and done["cine"]["index_values"][1] == pytest.approx(0.1)
        for number, wrong in enumerate(_WRONG, 2):
            worker.send(id=number, request="read", cine=str(two_series), folder=str(tmp_path), **wrong)
            assert worker.events_until("done", "error", request_id=number)[-1]["event"] == "error"
    finally:
        worker.end()


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes there")
def test_names_that_are_not_utf_8(tmp_path, temporary):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.dcm"))
    write_dicom(path, FRAMES)
    assert np.array_equal(read_cine_isolated(path).frames, FRAMES)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError):
        read_cine_isolated(path)
