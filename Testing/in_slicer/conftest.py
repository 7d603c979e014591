"""What the tests in Slicer share: Slicer without its windows, a small module in it, and the panel."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from helpers.own_presets import OwnPresets
    from helpers.panel_driver import Panel
    from slicer_host import SlicerHost


# Slicer's sources, folder Base/Python/slicer: with them the same tests run on Slicer's own Python layer too.
SLICER_PYTHON = os.environ.get("SLICER_PYTHON")
LAYERS = [None, *([Path(SLICER_PYTHON)] if SLICER_PYTHON else [])]


@pytest.fixture(params=LAYERS, ids=lambda layer: "slicer" if layer else "host")
def host(request: pytest.FixtureRequest) -> Iterator[SlicerHost]:
    """Slicer without its windows; a test fails in which an exception was printed that it did not expect."""
    pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
    pytest.importorskip("PySide6", reason="PySide6 is not installed")
    from slicer_host import SlicerHost

    with SlicerHost(request.param) as installed:
        yield installed


@pytest.fixture
def tiny(host: SlicerHost, tmp_path: Path) -> Any:
    """The widget object of a small module, in the host."""
    from helpers.host_module import writeModule

    return host.loadModule(writeModule(tmp_path))


@pytest.fixture
def panel(own_presets: OwnPresets, host: SlicerHost) -> Iterator[Panel]:
    """The panel on an empty scene; in the end nothing that Slicer lacks was touched, and no slot raised by surprise."""
    from helpers.panel_driver import Panel

    yield Panel(host)
    assert host.violations == []
    host.failOnPrintedErrors()


@pytest.fixture
def warmPythonSlicer() -> Iterator[None]:
    """PythonSlicer starts the engine in no time, as a launcher with a child; test_panel has real starts too."""
    import slicer_host.host
    from helpers.warm_start import write_launcher

    make = slicer_host.host.makePythonSlicer

    def makeWarm(folder: Path) -> Path:
        programs = make(folder)
        write_launcher(programs)
        return programs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slicer_host.host, "makePythonSlicer", makeWarm)
        yield


@pytest.fixture(autouse=True)
def workersAreKnown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine processes of this test can be told from those of others."""
    monkeypatch.setenv("RABSEGMENT_TEST", str(os.getpid()))


@pytest.fixture(autouse=True)
def conversionsAreKnownOnce() -> Iterator[None]:
    """Every logic of segmentations tells the whole process its conversions again, and each node looks through all."""
    yield
    slicer = sys.modules.get("slicer")
    if slicer is not None:
        factory = slicer.vtkSegmentationConverterFactory.GetInstance()
        rules = factory.GetConverterRules()
        for rule in rules[len({type(rule) for rule in rules}) :]:
            factory.UnregisterConverterRule(rule)


@pytest.fixture(scope="module")
def client_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where clients keep files: blanks and accents in its name, and empty when all are closed."""
    folder = tmp_path_factory.mktemp("Données temporaires")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def qt_application() -> Iterator[Any]:
    """Qt's event loop, and the module `qt` as Slicer offers it."""
    pytest.importorskip("PySide6")
    from helpers.engine_processes import application, qt_module

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setitem(sys.modules, "qt", qt_module())
        yield application()


@pytest.fixture(scope="module", params=["subprocess", "QProcess"])
def transport(request: pytest.FixtureRequest) -> Any:
    """Each kind of transport of the engine client in turn."""
    from helpers.engine_processes import KINDS

    if request.param == "QProcess":
        request.getfixturevalue("qt_application")
    return KINDS[request.param]


@pytest.fixture
def make_client(client_files: Path) -> Iterator[Callable[..., Any]]:
    """Makes clients that are closed at the end, with what tells of their processes."""
    from helpers.engine_processes import KINDS, Watch, warm_python
    from RABSegmentLib.Engine.Client import EngineClient

    made = []

    def make(transport: Any = KINDS["subprocess"], **options: Any) -> tuple[EngineClient, Watch]:
        watch = Watch(transport)
        options.setdefault("pythonCommand", warm_python(transport))
        client = EngineClient(watch.make, **options)
        made.append(client)
        return client, watch

    yield make
    for client in made:
        client.close()
