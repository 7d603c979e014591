"""Processes of Python that start in no time: forked by one that has imported PyTorch and other libraries already.

They are children of this process with a pid, streams, signals and an end of their own; only the 1.2 s of a core for
`import torch` are spent once. What has a say in how Python or a library starts, as a variable or a module in the
place of another, is started really, and so is everything where the system is not Linux.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SERVER = Path(__file__).with_name("fork_server.py")
LAUNCHER = SERVER.with_name("warm_launcher.py")
PACKAGE_FOLDER = Path(__file__).resolve().parents[2] / "RABSegment"
PYTHON = sys.executable
ColdProcess = subprocess.Popen
# Of variables that Python and the libraries read once, as they start.
SETTLED = ("ATEN_", "GLIBC_", "GOMP_", "KMP_", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "MPL", "OMP_", "OPENBLAS_")
# Of Python's own, what a forked process takes up as it starts.
TAKEN_UP = {"PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONPATH", "PYTHONUNBUFFERED"}
NOT_FOR_PROGRAMS = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
# The tests of the scene run on another core of Slicer too, which their engine processes do not import.
SLICER = {"slicer", "slicer_core", "vtkmodules"}
# It limits its own memory, so it is not forked where PyTorch is: by another server, which only reads.
READER = "rabengine.io.read_in_child"
ITS_THREADS = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PR_SET_CHILD_SUBREAPER = 36
_lock = threading.Lock()


def can_be_warm(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a program runs the same if it is forked.

    Args:
        command: with the interpreter first, then `-m` and a module or `-c` and code.
        env: all variables of the process.
    """
    own = {str(PACKAGE_FOLDER)}
    return (
        sys.platform.startswith("linux")
        and command[0] == PYTHON
        and command[1] in ("-m", "-c")
        and all(_is_apart(folder, command[2]) for folder in set(env.get("PYTHONPATH", "").split(os.pathsep)) - own)
        and _settled(env) == _settled({**_server_environment(), **(ITS_THREADS if command[2] == READER else {})})
    )


def _is_apart(folder: str, module: str) -> bool:
    """Whether what a folder brings takes nobody's place that a module imports, nor has a say in how Python starts."""
    installed = [place for place in sys.path if place.startswith(sys.base_prefix) or place.endswith("-packages")]
    names = {path.name.partition(".")[0] for path in Path(folder).glob("*")} - {"__pycache__"}
    if module == "rabengine.worker":
        names -= SLICER
    known = [name for name in names if PathFinder.find_spec(name, installed) is not None]
    return folder != "" and not known and names.isdisjoint({"sitecustomize", "usercustomize"})


def _settled(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that count as a process starts."""
    return {
        name: value
        for name, value in env.items()
        if name.startswith(SETTLED) or (name.startswith("PYTHON") and name not in TAKEN_UP)
    }


def _server_environment() -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name not in NOT_FOR_PROGRAMS}
    return {**others, "OMP_NUM_THREADS": "1"}


class _Server:
    """The process that forks, with another one for those that read; both end with this one.

    Attributes:
        connection: for requests of this process.
        place: the socket of launchers; beside it is that of launchers of those that read.
    """

    def __init__(self) -> None:
        # Not where a test has all that programs write, to see that nothing is left there.
        folder = tempfile.TemporaryDirectory(prefix="fork-server-", dir="/tmp")
        self.place = Path(folder.name) / "launchers"
        self.connection, theirs = socket.socketpair()
        with theirs, socket.socket(socket.AF_UNIX) as launchers, socket.socket(socket.AF_UNIX) as readers:
            launchers.bind(str(self.place))
            readers.bind(f"{self.place}-readers")
            for one in (launchers, readers):
                one.listen()
            numbers = [theirs.fileno(), launchers.fileno(), readers.fileno()]
            # The blanks are room for the commands of others.
            process = ColdProcess(
                [PYTHON, str(SERVER), *map(str, numbers), str(self.place), " " * 2000],
                stdin=subprocess.DEVNULL,
                env={**_server_environment(), **ITS_THREADS},
                pass_fds=numbers,
            )

        def end() -> None:
            self.connection.close()
            process.wait()
            folder.cleanup()

        atexit.register(end)


_server: Callable[[], Any] = functools.cache(_Server)


def write_launcher(folder: Path) -> Path | None:
    """PythonSlicer as a launcher of warm processes, in a folder; None where that would make a difference."""
    if not sys.platform.startswith("linux") or _settled(os.environ) != _settled(_server_environment()):
        return None
    launcher = folder / "PythonSlicer"
    with _lock:
        place = _server().place
    launcher.write_text(f'#!/bin/sh\nexec "{PYTHON}" -I -S "{LAUNCHER}" "{place}" "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return launcher


def python_for_modules() -> str:
    """What starts modules warm in the place of `sys.executable`, and this itself where that makes a difference."""
    if not sys.platform.startswith("linux"):
        return PYTHON
    with _lock:
        folder = _server().place.parent
    return str(write_launcher(folder) or PYTHON)


class WarmProcess(subprocess.Popen):
    """A process whose start alone differs: waiting, streams and signals are those of `subprocess.Popen`."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest) -> None:
        _startup, _flags, _shell, *pipes = rest[:9]
        _restore, _gid, _gids, _uid, _umask, new_session = rest[9:15]
        program = {
            "how": args[1],
            "what": args[2],
            "arguments": args[3:],
            "folder": os.fspath(cwd) if cwd is not None else str(Path.cwd()),
            "environment": env,
            "new_session": bool(new_session),
        }
        streams = [number if pipe == -1 else pipe for number, pipe in enumerate((pipes[0], pipes[3], pipes[5]))]
        try:
            self.pid = _forked(program, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)


class ReaderWarmProcess(subprocess.Popen):
    """A process like any other, but one that reads a file starts warm where that makes no difference."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest) -> None:
        is_reader = isinstance(args, list) and args[1:] == ["-m", READER]
        if is_reader and preexec_fn is None and can_be_warm(args, os.environ if env is None else env):
            with _lock:
                place = str(_server().place)
            args = [PYTHON, "-I", "-S", str(LAUNCHER), place, "-m", READER]
        ColdProcess._execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest)


class WarmOrColdProcess(WarmProcess):
    """A process that starts warm where that makes no difference."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest) -> None:
        _startup, _flags, shell = rest[:3]
        command = [os.fspath(word) for word in args] if isinstance(args, list | tuple) else [args]
        variables = dict(os.environ) if env is None else env
        is_plain = not (shell or executable or pass_fds or preexec_fn) and len(command) > 2 and command[2] != READER
        if is_plain and can_be_warm(command, variables):
            super()._execute_child(command, None, None, close_fds, (), cwd, variables, *rest)
        else:
            ReaderWarmProcess._execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest)


def serve_children(place: str, connection: socket.socket | None = None) -> None:
    """Have what this program starts through `subprocess` forked where it can be.

    Args:
        place: the socket of launchers, for those that read.
        connection: to a process that forks all others; None starts these as ever.
    """
    global _server
    _server = functools.partial(SimpleNamespace, place=place, connection=connection)
    subprocess.Popen = ReaderWarmProcess if connection is None else WarmOrColdProcess  # type: ignore[misc]


def _forked(program: dict[str, Any], streams: list[int]) -> int:
    text = json.dumps(program).encode()
    with _lock:
        server = _server().connection
        _adopt_orphans(True)
        try:
            socket.send_fds(server, [struct.pack("!I", len(text))], streams)
            server.sendall(text)
            (pid,) = struct.unpack("!I", server.recv(4, socket.MSG_WAITALL))
        finally:
            _adopt_orphans(False)
    return int(pid)


def _adopt_orphans(wanted: bool) -> None:
    """Whether a process whose parent ends becomes a child of this one, as the server has it."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)
