"""Processes that have PyTorch already, with what `subprocess.Popen` offers.

A request is a line of JSON with the three standard streams beside it; the answers are a line with the number of the
process, and one with its exit code once it has ended.
"""

from __future__ import annotations

import atexit
import functools
import inspect
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("fork_server.py")
IS_OFFERED = sys.platform == "linux" and hasattr(socket, "send_fds")


class WarmPopen(subprocess.Popen):
    """`python -m MODULE ARGUMENTS`, begun where the libraries are loaded already.

    Args:
        module: to run.
        arguments: of it.
        options: as of Popen; `env` must name the folders of our code in PYTHONPATH.
    """

    def __init__(self, module: str, arguments: list[str], **options: Any) -> None:
        self._module, self._arguments = module, arguments
        super().__init__([sys.executable, "-m", module, *arguments], **options)

    def _execute_child(self, *given: Any) -> None:
        """Ask the server, in the place of fork and exec."""
        named = inspect.signature(subprocess.Popen._execute_child).bind(self, *given).arguments
        ends = [named[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        environment = dict(os.environ if named["env"] is None else named["env"])
        request = {
            "module": self._module,
            "arguments": self._arguments,
            "environment": environment,
            "folder": os.fspath(named["cwd"] or Path.cwd()),
            "path": ["", *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))],
        }
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(str(_server()))
        files = [own if end == -1 else end for own, end in zip(range(3), (ends[0], ends[3], ends[5]), strict=True)]
        socket.send_fds(self._server, [json.dumps(request).encode() + b"\n"], files)
        self._answers = self._server.makefile("r", encoding="ascii")
        self.pid = int(self._answers.readline())
        self._child_created = True
        self._close_pipe_fds(*ends)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """As `os.waitpid`, whose parent is the server."""
        if wait_flags & os.WNOHANG and not select.select([self._server], [], [], 0)[0]:
            return 0, 0
        code = int(self._answers.readline())
        self._server.close()
        return self.pid, code << 8 if code >= 0 else -code

    def _internal_poll(self, *_given: Any, **_options: Any) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                if self.returncode is None:
                    number, status = self._try_wait(os.WNOHANG)
                    if number:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


@functools.cache
def _server() -> Path:
    """The socket of this process's server, started on first use and gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    path = folder / "socket"
    command = [sys.executable, str(SERVER), str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    def end() -> None:
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return path
