"""What the tests of the page share: the application, its server, a browser, and cines to open."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from helpers.browser import Browser
    from helpers.view_app import AppDriver
    from helpers.view_process import ViewProcess


@pytest.fixture(scope="module")
def started_app(warm_engines: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppDriver]:
    """The browser front end, without its web server."""
    from helpers.view_app import AppDriver

    driver = AppDriver(tmp_path_factory.mktemp("cines"))
    yield driver
    driver.close()


@pytest.fixture
def app(
    started_app: AppDriver, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[AppDriver]:
    """It without a cine; in the end nothing may be left that was said to the user, nothing be in the log, and VTK
    have printed no error."""
    started_app.reset()
    yield started_app
    assert "ERR|" not in capfd.readouterr().err
    assert not started_app.state.notice.is_open, started_app.state.notice.text
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium; one a file, for tests that run an event loop of their own cannot do so beside it."""
    from helpers.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine open."""
    from helpers.view_app import phantom_frames

    app.put(phantom_frames(), spacing=(0.5, 0.5))
    return app


@pytest.fixture(scope="module")
def cines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cines of several kinds, and traps."""
    from helpers.view_files import write_cines

    return write_cines(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def view(cines: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewProcess]:
    """A server whose page may open them."""
    from helpers.view_files import LIMIT_MB
    from helpers.view_process import served

    arguments = ("--folder", cines, "--upload-limit", LIMIT_MB)
    with served(*arguments, temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


@pytest.fixture
def heart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cine in a folder of its own; what programs keep elsewhere is empty."""
    from helpers.kept_marks import write_calibrated
    from helpers.view_app import phantom_frames

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "cines").mkdir()
    path = tmp_path / "cines" / "heart.nrrd"
    write_calibrated(phantom_frames(), path)
    return path
