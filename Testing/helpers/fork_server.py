"""A Python that has imported what is slow to import, and forks itself for each program that is to run; Linux only.

Started as a script by `helpers.warm_start`, which says what goes over the socket. A forked process runs its program
at the top level of this file, where nothing is left of the server above it: how it ends is up to Python itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import time
import types
from pathlib import Path
from typing import Any

import warm_start

PRELOADED_FOR_READING = (
    "SimpleITK",
    "PIL.Image",
    "av",
    "imagecodecs",
    "numpy.ma",
    "pydicom",
    "pydicom.encaps",
    "pydicom.pixels",
    "tifffile",
    "xml.etree.ElementTree",
)
PRELOADED = (
    "torch",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "torch.utils.serialization.config",
    "webbrowser",
)
# Our own rooms whose modules most processes import, a quarter of the time of a short one. A test holds that our modules
# do nothing but define when they are imported.
OWN_ROOMS = ("adaptation", "cli", "io", "measurement", "network", "propagation", "session", "study", "worker")
# What the page needs beside them, imported when it is asked for.
PRELOADED_FOR_VIEW = (
    "slicer",
    "trame_slicer.core",
    "trame_slicer.rca_view",
    "aiohttp.web",
    "trame.ui.vuetify3",
    "trame.widgets.vuetify3",
    "trame_rca.module",
    "wslink.protocol",
)
# What the processes need that measure a method.
PRELOADED_FOR_EVALUATION = ("monai.metrics", "scipy.ndimage", "scipy.stats")


PR_SET_PDEATHSIG = 1


@functools.cache
def preload(names: tuple[str, ...]) -> None:
    """Import those of some libraries that are installed."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # pages that no collection touches stay shared with those who are forked


def own_modules() -> tuple[str, ...]:
    """The modules of our own rooms, without what runs when it is imported."""
    packages = [importlib.import_module(f"rabengine.{room}") for room in OWN_ROOMS]
    found = [one.name for room in packages for one in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    return tuple(name for name in found if not name.endswith("__main__"))


def read_weights() -> None:
    """The shipped weights, which a process keeps for as long as their files stay as they are."""
    from rabengine.network import judge_weights, prompt_weights, weights

    for kind in (weights, prompt_weights, judge_weights):
        weights.read_content(weights.beside_default(kind.FILE_NAME), kind.FORMAT, "no weights", "")


def next_program(connection: socket.socket | None, launchers: socket.socket | None = None) -> dict[str, Any]:
    """Fork for every request; returns what is to run, in the forked process only, with its streams in place.

    Args:
        connection: of the tests, or of a program with children, whose children the programs become.
        launchers: where a `warm_launcher` connects, who is told how its program ended.
    """
    awaited = [one for one in (connection, launchers) if one is not None]
    while True:
        ready, _, _ = select.select(awaited, [], [])
        if launchers is not None and launchers in ready:
            launcher, _address = launchers.accept()
            with launcher:
                request = _request(launcher)
                if request is None:  # it was ended before it could ask
                    continue
                program, streams = request
                with contextlib.suppress(ChildProcessError):
                    while os.waitpid(-1, os.WNOHANG) != (0, 0):  # those who waited for earlier programs
                        pass
                is_program = os.fork() == 0 and _is_watched(launcher, streams, program["what"] == warm_start.READER)
        elif connection is not None:
            request = _request(connection)
            if request is None:
                os._exit(0)
            program, streams = request
            pid = _forked()
            is_program = pid is None
            if pid is not None:
                connection.sendall(struct.pack("!I", pid))
        if is_program:
            for one in awaited:
                one.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
        for stream in streams:
            os.close(stream)
        if is_program:
            return program


def _request(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """A program and its streams; None when nobody is there any more."""
    head, streams, _flags, _address = socket.recv_fds(connection, 4, 3)
    if not head:
        return None
    text = b""
    (length,) = struct.unpack("!I", head)
    while len(text) < length:
        more = connection.recv(length - len(text))
        if not more:  # it was ended while it asked
            for stream in streams:
                os.close(stream)
            return None
        text += more
    program: dict[str, Any] = json.loads(text)
    if program["arguments"][:1] == ["view"]:
        preload(PRELOADED_FOR_VIEW)
    if program["what"] == "rabengine.evaluation.measure":
        preload(PRELOADED_FOR_EVALUATION)
    return program, streams


def _is_watched(launcher: socket.socket, streams: list[int], is_reader: bool) -> bool:
    """True in a child of this process, which waits for its end, tells the launcher, and ends.

    One that reads has no life of its own: it is killed when its launcher is.
    """
    pid = os.fork()
    if pid == 0:
        return True
    for stream in streams:
        os.close(stream)
    if is_reader:
        ended = os.pidfd_open(pid)
        if ended not in select.select([launcher, ended], [], [])[0]:
            os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):  # the launcher was ended
        launcher.sendall(struct.pack("!i", os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _forked() -> int | None:
    """The pid of a process that is not this one's child but that of its parent, who asked for orphans; None in it."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        between = os.getpid()
        pid = os.fork()
        if pid:
            os.write(writing, struct.pack("!I", pid))
            os._exit(0)
        os.close(reading)
        os.close(writing)
        while os.getppid() == between:
            time.sleep(0.0005)
        return None
    os.waitpid(between, 0)
    (pid,) = struct.unpack("!I", os.read(reading, 4))
    os.close(reading)
    os.close(writing)
    return int(pid)


def with_children(program: dict[str, Any]) -> dict[str, Any]:
    """A program whose own children start warm too, and in each of its children what that is to run.

    They are forked by another process like this one, a child of the program, which ends with it.
    """
    theirs, ours = socket.socketpair()
    if os.fork() == 0:
        theirs.close()
        os.setsid()  # what ends the program's group leaves this one, until nobody is connected any more
        with open(os.devnull, "r+b", buffering=0) as nothing:  # noqa: PTH123
            for number in range(3):  # who reads what the program writes waits for its end, not for this one's
                os.dup2(nothing.fileno(), number)
        asked = next_program(ours)
        warm_start.serve_children(PLACE)
        return asked
    ours.close()
    warm_start.serve_children(PLACE, theirs)
    return program


def become(program: dict[str, Any], path: list[str]) -> None:
    """Be as a Python that has just been started for a program: signals, folder, variables, module path, streams."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if program["new_session"]:
        os.setsid()
    os.chdir(program["folder"] or ".")
    os.environ.clear()
    os.environ.update(program["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    first = "" if program["how"] == "-c" else str(Path.cwd())
    folders = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = dict.fromkeys([first, *map(os.path.abspath, folders), *path])  # each once
    importlib.invalidate_caches()
    sys.argv[:] = [program["how"] if program["how"] == "-c" else program["what"], *program["arguments"]]
    sys.modules["__main__"] = types.ModuleType("__main__")
    _show_command([sys.executable, program["how"], program["what"], *program["arguments"]])
    _open_streams()


def _show_command(command: list[str]) -> None:
    """Let `ps` show it: tests find engine processes by their command, over that of the server, which is long enough."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    start, end = map(int, fields[45:47])  # arg_start, arg_end
    words = "".join(f"{word}\0" for word in command).encode(errors="surrogateescape")
    ctypes.memmove(start, words[: end - start - 1].ljust(end - start, b"\0"), end - start)


def _open_streams() -> None:
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    now = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, f"__{name}__")
        handling = "backslashreplace" if name == "stderr" else errors or old.errors
        mode, size = ("rb", -1) if name == "stdin" else ("wb", 0 if now else -1)
        stream = io.TextIOWrapper(
            open(number, mode, buffering=size, closefd=False),  # noqa: SIM115
            encoding=encoding or old.encoding,
            errors=handling,
            newline="\n",
            line_buffering=name == "stderr" or (name == "stdout" and os.isatty(number)),
            write_through=now and name != "stdin",
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def begin_reading(launchers: socket.socket) -> dict[str, Any] | None:
    """Fork another process like this one, without PyTorch, for those that read: what one of them is to run, in it."""
    parent = os.getpid()
    preload(PRELOADED_FOR_READING)
    if os.fork():
        launchers.close()
        return None
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    return next_program(None, launchers)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the tests, who end this one
    connection, launchers, readers = (socket.socket(fileno=int(number)) for number in sys.argv[1:4])
    PLACE = sys.argv[4]
    asked = begin_reading(readers)
    if asked is None:
        read_weights()
        preload((*PRELOADED, *own_modules()))
        asked = next_program(connection, launchers)
        if asked["arguments"][:1] == ["view"]:
            asked = with_children(asked)
        else:
            warm_start.serve_children(PLACE)
    become(asked, sys.path[1:])
    if asked["how"] == "-c":
        exec(compile(asked["what"], "<string>", "exec"), sys.modules["__main__"].__dict__)
    else:
        runpy.run_module(asked["what"], run_name="__main__", alter_sys=True)
