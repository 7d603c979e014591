"""What tests of the engine client have in common: listeners, watched processes, and Qt as Slicer offers it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np

from helpers.own_presets import SMALL
from helpers.processes import PATIENCE_SECONDS
from helpers.warm_start import python_for_modules
from rabengine.events import Done, Failed, Stopped
from rabengine.segmentation import Segmentation
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.QProcessTransport import QProcessTransport
from RABSegmentLib.Engine.SubprocessTransport import SubprocessTransport


class Recorder:
    """Listens to a run and keeps what it hears; `reactions` are called with the events of their kinds.

    Args:
        reactions: {kind of event: what is called with it}.
    """

    def __init__(self, reactions: dict | None = None) -> None:
        self.heard: list = []
        self.reactions = reactions or {}

    def hear(self, event) -> None:
        self.heard.append(event)
        if type(event) in self.reactions:
            self.reactions[type(event)](event)

    @property
    def kinds(self) -> list[type]:
        return [type(event) for event in self.heard]

    @property
    def answers(self) -> list[type]:
        return [kind for kind in self.kinds if kind in (Done, Stopped, Failed)]

    def result(self) -> Segmentation:
        """What Done brought; says what came instead."""
        assert self.answers == [Done], self.heard[-1]
        [result] = self.heard[-1].results
        return result

    def error(self) -> tuple[str, str]:
        assert self.answers == [Failed], self.kinds
        return self.heard[-1].message, self.heard[-1].hint


class Watch:
    """Makes transports and remembers their processes, their folders and what was sent."""

    def __init__(self, kind=SubprocessTransport) -> None:
        self.started: list = []
        self.sent: list[dict] = []
        watch = self

        class Watched(kind):
            def start(self, command, environment, folder, onLine) -> None:
                self.folder = folder
                watch.started.append(self)
                super().start(command, environment, folder, onLine)

            def send(self, line) -> None:
                watch.sent.append(json.loads(line))
                super().send(line)

        self.make = Watched

    @property
    def pid(self) -> int:
        """Of the last worker; known once it is ready."""
        return self.started[-1].workerPid

    @property
    def folder(self) -> Path:
        return self.started[-1].folder

    def assert_nothing_is_left(self) -> None:
        for transport in self.started:
            assert not transport.folder.exists()
            assert transport.workerPid is not None
            assert not exists(transport.workerPid)


def exists(pid: int) -> bool:
    """Whether there is such a process; a zombie is one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_gone(pid: int) -> bool:
    """Whether a process that is no child of this one has ended; nobody may be there to collect its zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return state.strip() == "" or state.strip().startswith("Z")


def engines_of(pid: int) -> list[int]:
    """The engine processes that a process started and that have not ended."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "rabengine.worker" in line]


def engines_of_this_test() -> list[int]:
    """Engine processes that a test in the panel's host has started and that still live; the youngest comes first.

    A warm one has its launcher among them, as PythonSlicer is one.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                environment = (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            is_engine = b"rabengine.worker" in command and b"bash" not in command[0] and state != "Z"
            if is_engine and f"RABSEGMENT_TEST={os.getpid()}".encode() in environment:
                found.append(int(entry.name))
    return sorted(found, reverse=True)


def wait_until(condition, look=lambda: time.sleep(0.02)) -> None:
    """Call `look` until `condition` holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        look()


def answered(client: EngineClient, *listeners: Recorder) -> None:
    """Poll until every listener has heard its last."""
    wait_until(lambda: all(listener.answers for listener in listeners), lambda: client.poll(0.05))


def run_to_end(client: EngineClient, marks, **choices) -> Recorder:
    """With a preset of the fixture `own_presets`, unless it is another."""
    listener = Recorder()
    client.run(marks, **{"preset": SMALL, **choices}).events.connect(listener.hear)
    answered(client, listener)
    return listener


def script(folder: Path, text: str) -> list[str]:
    """A Python command that runs `text` in place of the worker, whose arguments it gets."""
    path = folder / "stand in.py"
    path.write_text("import json, os, runpy, signal, subprocess, sys, time\n" + text, encoding="utf-8")
    return [sys.executable, str(path)]


def warm_python(transport: type) -> list[str]:
    """Starts in no time with a kind of transport: where Qt starts it, through a launcher, as in Slicer."""
    return [python_for_modules() if transport is QProcessTransport else sys.executable]


def empty_mark() -> dict[int, np.ndarray]:
    return {0: np.ones((8, 8), np.uint8)}


@functools.cache
def application():
    """The Qt application of this process, kept for good: Qt allows no second one."""
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


def qt_module() -> types.ModuleType:
    """A module `qt` with PythonQt's manners, over PySide6."""
    from PySide6 import QtCore

    class QProcess(QtCore.QProcess):
        NotRunning = QtCore.QProcess.ProcessState.NotRunning
        CrashExit = QtCore.QProcess.ExitStatus.CrashExit

        def connect(self, signature, handler) -> None:
            signal = getattr(self, signature.partition("(")[0])
            assert signature in ("readyReadStandardOutput()", "readyReadStandardError()")
            signal.connect(handler)

    module = types.ModuleType("qt")
    module.QProcess = QProcess
    module.QProcessEnvironment = QtCore.QProcessEnvironment
    return module


KINDS = {"subprocess": SubprocessTransport, "QProcess": QProcessTransport}
