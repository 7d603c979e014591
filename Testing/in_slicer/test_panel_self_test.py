"""The module's own test, which runs inside Slicer, on the host; and that it fails on a dead panel."""

from __future__ import annotations

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.panel_driver import MODULE  # noqa: E402
from slicer_host import SlicerHost  # noqa: E402


@pytest.fixture
def host(warmPythonSlicer):
    with SlicerHost() as made:
        yield made


def test_the_module_passes_its_own_test(host):
    import sys

    host.loadModule(MODULE)
    sys.modules["RABSegment"].RABSegmentTest().runTest()
    assert (host.violations, host.errors) == ([], [])


@pytest.mark.parametrize(("name", "method"), [("CompactEditor", "__init__"), ("Shortcuts", "install")])
def test_the_self_check_fails_where_setup_or_enter_raised(host, monkeypatch, name, method):
    import sys

    host.loadModule(MODULE)
    failing = getattr(sys.modules[f"RABSegmentPanel.{name}"], name)
    host.exit()

    def fails(_self, *_arguments):
        raise AttributeError("as an empty layout did")

    monkeypatch.setattr(failing, method, fails)
    host.widget.reload()  # prints the exception and goes on, as Slicer does
    host.enter()
    assert len(host.errors) > 0
    host.errors.clear()
    with pytest.raises(AssertionError, match="did not reach its end"):
        sys.modules["RABSegment"].RABSegmentTest().runTest()
    host.errors.clear()
