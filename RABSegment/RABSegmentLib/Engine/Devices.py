"""What the engine's Python offers: PyTorch, devices, and why a GPU is not used."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from rabengine.errors import InputError
from RABSegmentLib.Translation import tr as _

from .Start import PACKAGE_FOLDER, createTransport, defaultPythonCommand, engineEnvironment
from .Transport import EngineTransport

REQUIREMENT = ">=2.5,<3"


def hasTorch() -> bool:
    """Whether PyTorch is installed in this Python, which is the engine's too; it is not imported."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("torch") is not None


def installTorch() -> None:
    """Install PyTorch as the PyTorch extension finds it right for this computer; it asks the user first.

    Raises:
        InputError: the extension is missing, or the user declined.
    """
    try:
        import PyTorchUtils
    except ModuleNotFoundError:
        raise InputError(
            _("The PyTorch extension of Slicer is missing."),
            _("Install the extension PyTorch in the Extensions Manager and restart Slicer."),
        ) from None
    logic = PyTorchUtils.PyTorchUtilsLogic()
    if logic.installTorch(askConfirmation=True, torchVersionRequirement=REQUIREMENT) is None:
        raise InputError(_("PyTorch is still missing."), _("Press Install PyTorch again; the engine needs it."))


@dataclass(frozen=True)
class DeviceInformation:
    """As `rabsegment info` tells it.

    Attributes:
        names: of devices that can be chosen, "auto" first.
        automatic: what "auto" takes.
        warning: why a GPU of this machine cannot be used; empty when all is well.
    """

    names: tuple[str, ...] = ("auto", "cpu")
    automatic: str = ""
    warning: str = ""


class DeviceQuery:
    """Asks the engine's Python, in a process of its own: PyTorch takes seconds to import.

    Args:
        transportFactory: makes what starts a process.
    """

    def __init__(self, transportFactory: Callable[[], EngineTransport] = createTransport) -> None:
        self._lines: list[str] = []
        self._transport = transportFactory()
        command = [*defaultPythonCommand(), "-m", "rabengine", "info"]
        self._transport.start(command, engineEnvironment(), PACKAGE_FOLDER, self._lines.append)

    def answer(self, seconds: float = 0.0) -> DeviceInformation | None:
        """What it found; None while it is still asking.

        Args:
            seconds: how long to wait for it, at most.
        """
        self._transport.poll(seconds)
        if self._transport.isRunning:
            return None
        self.close()
        return parsedInformation(self._lines)

    def close(self) -> None:
        """Ask no longer."""
        self._transport.stop(0.0)


def parsedInformation(lines: list[str]) -> DeviceInformation:
    """From the output of `rabsegment info`.

    Args:
        lines: as it prints them, one "NAME: facts" for each device.
    """
    facts = dict(line.split(": ", 1) for line in lines if ": " in line)
    usable = [name for name in facts if name.startswith("cuda:")]
    usable += ["mps"] if facts.get("mps") == "available" else []
    automatic = facts.get("auto takes", "")
    described = f"{automatic}: {facts[automatic]}" if automatic in facts else automatic
    warning = ""
    if not usable and _hasNvidiaDriver():
        reason = facts.get("cuda", "").removeprefix("not available, ")
        warning = _("This computer has an NVIDIA GPU that PyTorch cannot use ({reason}).").format(reason=reason)
        warning += " " + _("Install PyTorch with CUDA through the PyTorch extension.")
    return DeviceInformation(("auto", *usable, "cpu"), described, warning)


def _hasNvidiaDriver() -> bool:
    return shutil.which("nvidia-smi") is not None
