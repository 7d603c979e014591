"""Outputs take their places all or none, and nothing that a user had is lost by any name he may give."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.processes import environment, run_command, segment_arguments, sentences
from rabengine.errors import InputError
from rabengine.io.files.atomic import STAGE_PREFIX, atomic_file, atomic_folder, written_together
from rabengine.io.files.outputs import Outputs
from rabengine.io.files.owned_folder import LOCK_FILE, OwnedFolder
from rabengine.io.files.writable import check_writable
from rabengine.io.labels.writers import check_output

NAMELESS = [".", "./", "", "..", "/", "labels/..", "../work"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="asks POSIX for permissions")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: a file's bytes, None for a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A user's folder with a current folder `work` in it, which holds other files, too."""
    home = tmp_path / "home"
    for folder in ("work/labels", "other"):
        (home / folder).mkdir(parents=True)
    for name in ("thesis.docx", "work/notes.txt", "other/photo.jpg", "work/labels/0000.png"):
        (home / name).write_text(f"mine: {name}")
    return home


def run_there(sandbox: Path, *arguments) -> subprocess.CompletedProcess:
    """Run the command in a current folder; parsing, checks and all."""
    return run_command(*arguments, cwd=sandbox / "work")


@pytest.mark.parametrize("name", NAMELESS)
def test_segment_refuses_names_that_are_none(name, sandbox, phantom):
    before = contents(sandbox)
    run = run_there(sandbox, *segment_arguments(phantom, name))
    assert run.returncode == 2, run.stderr
    assert len(sentences(run.stderr)) == 1 and "Traceback" not in run.stderr
    assert contents(sandbox) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--overlay", "."),
        ("--table", "./"),
        ("--report", ""),
        ("--overlay", "..", "--table", "/"),
        ("--weights", "."),
        ("--weights", ""),
    ],
    ids=" ".join,
)
def test_extra_outputs_and_inputs_without_a_name(arguments, sandbox, phantom):
    before = contents(sandbox)
    run = run_there(sandbox, *segment_arguments(phantom, "out.seq.nrrd"), *arguments)
    assert run.returncode == 2 and len(sentences(run.stderr)) == 1, run.stderr
    assert contents(sandbox) == before


@pytest.mark.parametrize("name", [".", "", "..", "/", "notes.txt"])
@pytest.mark.parametrize(
    "command",
    [
        ("synthesize", "--kind", "shapes", "--count", "1", "--frames", "8", "--size", "32"),
        ("train", "--images", "nowhere"),
        ("evaluate", "--videos", "nowhere"),
    ],
    ids=lambda command: command[0],
)
def test_other_commands_lose_nothing(command, name, sandbox):
    before = contents(sandbox)
    run = run_there(sandbox, *command, "-o", name)
    assert run.returncode == 2 and len(sentences(run.stderr)) == 1, run.stderr
    assert contents(sandbox) == before


@pytest.mark.parametrize("command", ["demo", "benchmark"])
@pytest.mark.parametrize("name", ["notes.txt", "notes.txt/results"])
def test_commands_that_fill_a_folder_leave_files_alone(command, name, sandbox):
    before = contents(sandbox)
    run = run_there(sandbox, command, "-o", name)
    assert run.returncode == 2 and len(sentences(run.stderr)) == 1, run.stderr
    assert contents(sandbox) == before


@pytest.mark.parametrize("make", [atomic_file, atomic_folder])
@pytest.mark.parametrize("name", [".", "", "..", "/", "a/..", "with \0 nothing", "lone \ud800"])
def test_atomic_writing_needs_a_name(make, name, sandbox, monkeypatch):
    monkeypatch.chdir(sandbox / "work")
    before = contents(sandbox)
    with pytest.raises(InputError), make(Path(name)):
        raise AssertionError("it must be refused before anything is written")
    for is_folder in (False, True):
        with pytest.raises(InputError):
            check_writable(name, is_folder)
    assert contents(sandbox) == before


def test_clean_up_removes_the_folder_that_was_made_and_no_other(tmp_path):
    owned = OwnedFolder(parent=tmp_path)
    moved = owned.path.rename(tmp_path / "moved")
    owned.path.mkdir()
    (owned.path / "mine").write_text("another folder under that name")
    owned.remove()
    assert (owned.path / "mine").exists() and moved.exists()


def test_outputs_roll_back_as_one(tmp_path):
    """What was there comes back, bit for bit, whichever of the outputs cannot take its place."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "0000.png").write_bytes(b"label before")
    (tmp_path / "table.csv").write_bytes(b"table before")
    before = contents(tmp_path)
    outputs = Outputs(threading.Event())

    def write_folder(path: Path) -> None:
        path.mkdir()
        (path / "0000.png").write_bytes(b"after")

    outputs.write(tmp_path / "labels", write_folder)
    outputs.write(tmp_path / "table.csv", lambda path: path.write_bytes(b"after"))
    outputs.write(tmp_path / "new.json", lambda path: path.write_bytes(b"after"))
    outputs.write(tmp_path / "busy.gif", lambda path: path.write_bytes(b"after"))
    (tmp_path / "busy.gif").mkdir()  # meanwhile, by somebody else
    (tmp_path / "busy.gif" / "his").write_bytes(b"his")
    made = {"busy.gif": None, "busy.gif/his": b"his"}
    with pytest.raises(InputError, match=r"busy\.gif cannot be replaced"):
        outputs.commit()
    outputs.discard()
    assert contents(tmp_path) == {**before, **made}


def test_files_written_together_appear_together(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(InputError), written_together([tmp_path / "a.txt", tmp_path / "b.txt"]) as (first, _second):
        first.write_text("after")  # the second is never written
    assert contents(tmp_path) == {"a.txt": b"before"}
    with written_together([tmp_path / "a.txt", tmp_path / "b.txt"]) as names:
        for name in names:
            name.write_text("after")
    assert contents(tmp_path) == {"a.txt": b"after", "b.txt": b"after"}


@pytest.mark.parametrize("length", [244, 245, 254, 255, 256])
def test_names_as_long_as_the_disk_allows(length, tmp_path):
    path = tmp_path / ("x" * (length - len(".csv")) + ".csv")
    if length > 255:
        with pytest.raises(InputError, match="cannot be written"):
            check_writable(path)
        return
    check_writable(path)
    with atomic_file(path) as unfinished:
        unfinished.write_text("whole")
    assert path.read_text() == "whole" and len(list(tmp_path.iterdir())) == 1


def test_too_long_a_name_is_told_before_the_run(tmp_path, phantom):
    table = tmp_path / ("t" * 252 + ".csv")
    run = run_command(*segment_arguments(phantom, tmp_path / "out.seq.nrrd", "--table", table))
    assert run.returncode == 2 and "too long" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_extra_outputs_inside_the_label_folder(tmp_path, phantom):
    (tmp_path / "out").mkdir()
    run = run_command(*segment_arguments(phantom, tmp_path / "out", "--table", tmp_path / "out" / "table.csv"))
    assert run.returncode == 2 and "holds label images alone" in run.stderr
    assert contents(tmp_path) == {"out": None}


def test_what_label_folders_may_hold(tmp_path):
    for number, make in enumerate((lambda path: path.mkdir(), lambda path: path.symlink_to(tmp_path / "elsewhere"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder / "0000.png")
        with pytest.raises(InputError, match=r"0000\.png"):
            check_output(folder)


@POSIX
def test_pipes_and_devices_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    for name in ("pipe.csv", "null.csv"):
        with pytest.raises(InputError, match="device or a pipe"):
            check_writable(tmp_path / name)


@pytest.fixture
def immutable(tmp_path):
    """Makes a file or folder that the system will not let go of."""
    made: list[Path] = []

    def make(path: Path) -> Path:
        done = subprocess.run(["chattr", "+i", str(path)], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("nothing can be made immutable here")
        made.append(path)
        return path

    yield make
    for path in made:
        subprocess.run(["chattr", "-i", str(path)], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="chattr")
def test_what_cannot_be_replaced_is_told_before_the_run(tmp_path, immutable, phantom):
    (tmp_path / "table.csv").write_text("before")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0000.png").write_text("before")
    immutable(tmp_path / "table.csv")
    immutable(tmp_path / "out" / "0000.png")
    before = contents(tmp_path)
    for more in ((tmp_path / "out.nrrd", "--table", tmp_path / "table.csv"), (tmp_path / "out",)):
        run = run_command(*segment_arguments(phantom, *more))
        assert run.returncode == 2 and "cannot be written" in run.stderr, run.stderr
        assert contents(tmp_path) == before


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to become another user")
def test_a_file_of_another_user_in_a_shared_folder(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    tmp_path.chmod(0o1777)
    (tmp_path / "table.csv").write_text("of root")
    os.seteuid(65534)
    try:
        with pytest.raises(InputError, match="cannot be written"):
            check_writable(tmp_path / "table.csv")
        check_writable(tmp_path / "own.csv")
    finally:
        os.seteuid(0)


PROGRAM_KILLED = """
import os, signal, sys
from pathlib import Path
from rabengine.io.files import atomic
phase, target = sys.argv[1], Path(sys.argv[2])
staged = atomic.Staged(target)
if target.is_dir():
    staged.path.mkdir()
    (staged.path / "0000.png").write_text("after")
else:
    staged.path.write_text("after")
if phase == "between":
    atomic.Path.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
if phase != "writing":
    staged.put()
os.kill(os.getpid(), signal.SIGKILL)
"""


@POSIX
@pytest.mark.parametrize("phase", ["writing", "between", "placed"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_run_took_from_its_place_comes_back(kind, phase, tmp_path):
    target = tmp_path / ("out.csv" if kind == "file" else "out")
    inner = target if kind == "file" else target / "0000.png"
    if kind == "folder":
        target.mkdir()
    inner.write_text("before")
    killed = subprocess.run([sys.executable, "-c", PROGRAM_KILLED, phase, str(target)], env=environment(), check=False)
    assert killed.returncode == -9
    check_writable(tmp_path / "next.csv")  # as the next run does first
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert inner.read_text() == ("after" if phase == "placed" else "before")


def test_only_what_is_ours_and_abandoned_is_swept(tmp_path):
    living = OwnedFolder(STAGE_PREFIX, tmp_path)
    stranger = tmp_path / f"{STAGE_PREFIX}of-somebody"
    stranger.mkdir()
    (stranger / "data").write_text("his")
    elsewhere = tmp_path / f"{STAGE_PREFIX}elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK_FILE).write_text("another computer")
    (tmp_path / f"{STAGE_PREFIX}link").symlink_to(stranger)
    check_writable(tmp_path / "out.csv")
    assert living.path.exists() and (stranger / "data").exists() and elsewhere.exists()
    living.remove()
    assert not living.path.exists()


def test_the_reason_is_the_systems(tmp_path, monkeypatch):
    (tmp_path / "out.csv").write_text("before")
    monkeypatch.setattr("rabengine.io.files.writable._mounted", lambda: {tmp_path / "out.csv"})
    with pytest.raises(InputError, match=os.strerror(errno.EBUSY)):
        check_writable(tmp_path / "out.csv")
