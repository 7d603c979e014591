"""The devices that the engine's Python can compute on, and why a GPU is not used."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from RABSegmentLib.Translation import tr as _

from .Installation import hasTorch
from .Start import PACKAGE_FOLDER, createTransport, defaultPythonCommand, engineEnvironment


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
    """Asks the engine's Python, in a process of its own: PyTorch takes seconds to import."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._transport = createTransport()
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


class Devices:
    """What the engine's Python offers, asked once and in the background.

    Attributes:
        information: what is known so far.
    """

    def __init__(self) -> None:
        self.information = DeviceInformation()
        self._query: DeviceQuery | None = None

    @property
    def isAsking(self) -> bool:
        """Whether an answer is awaited."""
        return self._query is not None

    def ask(self) -> None:
        """Begin to ask, where that was not done yet and PyTorch is there; `poll` takes the answer."""
        if self._query is None and not self.information.automatic and hasTorch():
            self._query = DeviceQuery()

    def poll(self) -> None:
        """Take the answer, once it is there."""
        answer = None if self._query is None else self._query.answer()
        if answer is not None:
            self.information, self._query = answer, None

    def close(self) -> None:
        """Ask no longer."""
        if self._query is not None:
            self._query.close()
            self._query = None


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
