"""What the tests of the panel share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from helpers.panel_driver import Panel
    from slicer_host import SlicerHost


@pytest.fixture
def panel(host: SlicerHost) -> Iterator[Panel]:
    """The panel on an empty scene; in the end nothing that Slicer lacks was touched, and no slot raised."""
    from helpers.panel_driver import Panel

    yield Panel(host)
    assert host.violations == []
    assert host.errors == []


@pytest.fixture(autouse=True)
def workersAreKnown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine processes of this test can be told from those of others."""
    monkeypatch.setenv("RABSEGMENT_TEST", str(os.getpid()))
