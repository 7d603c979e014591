"""Starting and ending the browser front end while its page is open in a real Chromium."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import SimpleITK

from helpers.browser import WINDOW, Browser, ViewPage, ViewServer
from helpers.browser_steps import FRAMES
from tools import benchmark_view


def test_a_server_that_ends_is_noticed_and_leaves_nothing(browser: Browser, tmp_path: Path) -> None:
    server = ViewServer(tmp_path)
    context = browser.new_context(viewport=WINDOW)
    try:
        view = ViewPage(context.new_page())
        view.open(server.address)
        server.close()
        assert server.process.returncode is not None and server.engines() == []
        assert "Traceback" not in "".join(server.output)
        view.find("connection-lost").wait_for()
    finally:
        server.close()
        context.close()


def test_a_cine_of_the_command_line_is_open_at_once(browser: Browser, tmp_path: Path) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(FRAMES), str(tmp_path / "heart.nrrd"))
    server = ViewServer(tmp_path, "heart.nrrd")
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    try:
        view = ViewPage(context.new_page())
        view.open(server.address)
        view.find("cine-name").get_by_text("heart").wait_for()
        view.wait_for_frame(0)
        assert view.complaints == []
    finally:
        context.close()
        server.close()


def test_the_benchmark_prints_frames_a_second_and_milliseconds(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.environ["XDG_STATE_HOME"])  # it is put back: the benchmark has its own
    assert benchmark_view.main(["--seconds", "1", "--strokes", "2"], browser) == 0
    said = capsys.readouterr().out
    numbers = [float(number) for number in re.findall(r"^\w+: ([\d.]+) (?:frames a second|ms)", said, re.MULTILINE)]
    assert len(numbers) == 3 and min(numbers) > 0, said
