"""The command `rabsegment view`: what it refuses before it starts, and that it ends in good order at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.cine_files import write_image
from helpers.engine_processes import is_gone, wait_until
from helpers.own_presets import WAITING
from helpers.processes import PATIENCE_SECONDS, assert_one_sentence, environment, run_command, wait_for_signal_handlers
from helpers.view_process import ViewProcess, served
from rabengine.synthetic.phantom import beating_ellipse

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")


@pytest.fixture(scope="module")
def cines(tmp_path_factory) -> Path:
    """A folder with a small cine."""
    folder = tmp_path_factory.mktemp("cines")
    write_image(beating_ellipse(8, 64, 64, seed=1)[0], folder / "heart.nrrd")
    return folder


def test_it_ends_in_the_middle_of_a_run(cines, own_presets, tmp_path):
    """Neither a process nor a file stays behind."""
    process = ViewProcess(cines / "heart.nrrd", temporary=tmp_path, env=own_presets.environment)

    async def begin() -> list[int]:
        async with process.page() as page:
            await page.wait(lambda: page.state.cine.is_open and page.pictures)
            await page.set(tool="paint", brush_size=20, preset=WAITING)
            event = {"x": 150, "y": 100, "w": 300, "h": 200, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
            await page.call("trame.rca.size", "Frame", "page", {"w": 300, "h": 200, "p": 1})
            for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
                await page.call("trame.rca.event", "Frame", "page", {"type": kind, **event})
            await page.wait(lambda: page.state.marks.rows)
            await page.ask("segment_video")
            await page.wait(lambda: page.state.run.progress > 0)
            return process.children()

    try:
        children = asyncio.run(begin())
        assert children
        code, said = process.end(signal.SIGINT)
        place = cines / "heart.nrrd.rabmarks"
        assert code == 130
        assert said == f"rabsegment: The page is closed. The marks of heart are kept in {place}.\n"
        for pid in children:
            wait_until(lambda pid=pid: is_gone(pid))
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc about signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_ends_while_it_starts(cines, tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "rabengine", "view", "--no-browser", "--port", "0", str(cines / "heart.nrrd")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "TMPDIR": str(tmp_path)},
    )
    try:
        wait_for_signal_handlers(process)
        process.send_signal(number)
        _out, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, said) == (130, "rabsegment: The page is closed.\n")
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


def test_what_a_killed_server_leaves_is_removed_by_the_next_one(cines, tmp_path):
    is_cold = {"PYTHONHASHSEED": "0"}  # so that the cine is still being read when the server is killed
    process = ViewProcess(cines / "heart.nrrd", temporary=tmp_path, env={**environment(), **is_cold})
    try:
        process.end(signal.SIGKILL)
        assert list(tmp_path.iterdir())
    finally:
        process.kill()
    with served("--folder", cines, temporary=tmp_path):
        pass


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.mp4"], "none.mp4 does not exist"),
        (["--folder", "none"], "--folder none does not exist"),
        (["--folder", __file__], "is no folder"),
        (["--demo", __file__], "Leave one of them out"),
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "::"], "--allow-remote"),
        (["--host", ""], "no address"),
        (["--host", "no host"], "no address"),
        (["--host", "192.0.2.1", "--allow-remote"], "no address of this computer"),
        (["--port", "99999"], "no port"),
        (["--port", "-1"], "no port"),
        (["--port", "eighty"], "--port"),
        (["--token", ""], "--token"),
        (["--token", "é"], "--token"),
        (["--upload-limit", "0"], "--upload-limit"),
        (["--fast"], "--fast"),
    ],
)
def test_bad_usage_is_one_sentence_before_anything_starts(arguments, said, tmp_path):
    ended = run_command("view", "--no-browser", *arguments, cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert_one_sentence(ended.stderr)
    assert said in ended.stderr


def test_a_port_that_is_taken(cines, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_command("view", "--no-browser", "--port", str(port), "--folder", cines)
        assert ended.returncode == 2
        assert_one_sentence(ended.stderr)
        assert f"Port {port} is taken" in ended.stderr


def test_without_the_packages_it_says_what_to_install(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['trame_slicer'] = None\n", encoding="utf-8")
    ended = run_command("view", "--no-browser", "--port", "0", env=environment(tmp_path))
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert 'pip install "rabsegment[app]"' in ended.stderr


def test_the_help_names_it():
    assert "view" in run_command("--help").stdout
    said = run_command("view", "--help").stdout
    for option in (
        "--demo",
        "--folder",
        "--host",
        "--port",
        "--allow-remote",
        "--token",
        "--upload-limit",
        "--no-browser",
    ):
        assert option in said


def test_a_command_that_cannot_be_loaded_leaves_the_others_alone(tmp_path):
    broken = tmp_path / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", encoding="utf-8")
    (broken / "entry_points.txt").write_text("[rabsegment.commands]\nbreak = no_such_module\n", encoding="utf-8")
    assert "break" in run_command("--help", env=environment(tmp_path)).stdout
    assert run_command("info", env=environment(tmp_path)).returncode == 0
    ended = run_command("break", "--it", "now", env=environment(tmp_path))
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert "rabsegment break cannot be loaded" in ended.stderr
