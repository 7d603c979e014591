"""A cine is read by a process of its own: what arrives, and that a file that ends that process costs nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from helpers.cine_files import moving_square, write_image
from helpers.engine_processes import Watch, is_gone, wait_until
from helpers.processes import PATIENCE_SECONDS, write_endless_cine
from rabengine.errors import EngineError, InputError, RABSegmentError
from rabengine.io.read import read_cine
from RABSegmentLib.Engine.CineReader import CineReader

pytestmark = pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there")

ECHO = Path(get_testdata_file("examples_ybr_color.dcm"))


@pytest.fixture(autouse=True)
def temporary_files(tmp_path, monkeypatch):
    """Empty when the test is over."""
    folder = tmp_path / "Données temporaires"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def never_read(tmp_path):
    """A cine whose reader does not come to its first byte while a test waits."""
    return write_endless_cine(tmp_path / "never.nrrd")


def answer(reader: CineReader):
    """The cine, or the error."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            cine = reader.cine(0.05)
        except RABSegmentError as error:
            return error
        if cine is not None:
            return cine
    raise AssertionError("there was no answer")


def begun(path: Path) -> tuple[CineReader, Watch]:
    """A reader whose process is at work."""
    watch = Watch()
    reader = CineReader(path, transportFactory=watch.make)
    wait_until(lambda: reader.cine(0.05) is not None or watch.pid is not None)
    return reader, watch


def test_everything_that_is_known_of_a_cine_arrives(tmp_path):
    shutil.copy(ECHO, tmp_path / "Écho 1")
    expected, watch = read_cine(tmp_path / "Écho 1"), Watch()
    cine = answer(CineReader(tmp_path / "Écho 1", transportFactory=watch.make))
    assert np.array_equal(cine.frames, expected.frames) and cine.frames.dtype == expected.frames.dtype
    for name in ("spacing", "origin", "direction", "index_name", "index_unit", "index_values", "warnings"):
        assert getattr(cine, name) == getattr(expected, name), name
    assert cine.warnings  # the echocardiogram has one, so that the loop above saw it
    watch.assert_nothing_is_left()


def test_a_folder_arrives(tmp_path):
    (tmp_path / "frames").mkdir()
    for number, frame in enumerate(moving_square()):
        write_image(frame, tmp_path / "frames" / f"{number}.png")
    assert np.array_equal(answer(CineReader(tmp_path / "frames")).frames, moving_square())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.mp4", b"no video at all", "not a video"),
        ("empty.dcm", b"", "empty file"),
        ("letter.docx", b"Dear reader", "not supported"),
        ("none.mp4", None, "does not exist"),
    ],
)
def test_a_bad_file_is_one_sentence_without_its_folder(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    watch = Watch()
    error = answer(CineReader(tmp_path / name, transportFactory=watch.make))
    assert isinstance(error, InputError) and error.hint
    assert said in error.message and error.message.startswith(name)
    assert str(tmp_path) not in str(error) and "\n" not in str(error)
    watch.assert_nothing_is_left()


def test_nothing_outside_the_folder_is_read(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    write_image(moving_square(), tmp_path / "outside.nrrd")
    (inside / "link.nrrd").symlink_to(tmp_path / "outside.nrrd")
    error = answer(CineReader(inside / "link.nrrd", within=inside))
    assert isinstance(error, InputError) and "another folder" in error.message
    assert str(tmp_path) not in str(error)
    assert answer(CineReader(inside / "link.nrrd", within=tmp_path)).frame_count == 6


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGKILL, "probably because memory ran out"), (signal.SIGSEGV, "ended unexpectedly")]
)
def test_a_process_that_dies_in_the_middle(never_read, number, said):
    reader, watch = begun(never_read)
    os.kill(watch.pid, number)
    error = answer(reader)
    assert isinstance(error, EngineError) and error.hint
    assert error.message.startswith("never.nrrd") and said in error.message
    watch.assert_nothing_is_left()


def test_a_file_that_takes_too_long(never_read):
    watch = Watch()
    error = answer(CineReader(never_read, transportFactory=watch.make, seconds=0.5))
    assert isinstance(error, EngineError)
    assert error.message == "never.nrrd was not read within 0.5 seconds."
    assert not watch.folder.exists() and watch.started[-1].exitCode is not None


def test_closing_in_the_middle_leaves_nothing_behind(never_read):
    reader, watch = begun(never_read)
    reader.close()
    watch.assert_nothing_is_left()
    reader.close()


def test_a_reader_that_is_forgotten_leaves_nothing_behind(never_read):
    reader, watch = begun(never_read)
    del reader
    wait_until(lambda: is_gone(watch.pid))
    watch.assert_nothing_is_left()


def test_more_frames_than_can_be_shown(tmp_path):
    write_image(moving_square(), tmp_path / "long.nrrd")
    watch = Watch()
    error = answer(CineReader(tmp_path / "long.nrrd", transportFactory=watch.make, largestBytes=5000))
    assert isinstance(error, InputError) and "the most that can be shown" in error.message
    watch.assert_nothing_is_left()
