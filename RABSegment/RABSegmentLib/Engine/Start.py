"""With which Python and through what the engine process is started: in Slicer as Slicer does it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError
from RABSegmentLib.Translation import tr as _

from .Transport import Transport

# Where rabengine lies, beside this package.
PACKAGE_FOLDER = Path(__file__).resolve().parents[2]


def createTransport() -> Transport:
    """A transport that fits this program: QProcess inside Slicer, subprocess elsewhere."""
    if slicerApplication() is not None:
        from .QProcessTransport import QProcessTransport

        return QProcessTransport()
    from .SubprocessTransport import SubprocessTransport

    return SubprocessTransport()


def defaultPythonCommand() -> list[str]:
    """The Python that has the engine's libraries: PythonSlicer inside Slicer, the running one elsewhere.

    Raises:
        EngineError: there is none.
    """
    application = slicerApplication()
    if application is None:
        return [sys.executable]
    beside = Path(str(application.slicerHome)) / "bin" / ("PythonSlicer.exe" if os.name == "nt" else "PythonSlicer")
    # Slicer puts its own folder on the PATH, and sets sys.executable to what it finds there.
    found = shutil.which("PythonSlicer") or (str(beside) if beside.is_file() else sys.executable)
    if not found:
        raise EngineError(_("PythonSlicer, the Python of this Slicer, is missing."), _("Install Slicer again."))
    return [found]


def engineEnvironment() -> dict[str, str]:
    """Variables for the engine process beside those of this one."""
    others = os.environ.get("PYTHONPATH", "")
    return {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE_FOLDER), *filter(None, [others])]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def slicerApplication() -> Any:
    """`slicer.app`; None outside Slicer, also where Slicer's libraries alone are installed."""
    return getattr(sys.modules.get("slicer"), "app", None)
