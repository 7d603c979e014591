"""Starts Python programs that have PyTorch already: `python fork_server.py SOCKET`, for tests alone.

Most of what a command of a test costs is the import of libraries. This process imports them once; for each request it
forks a process that becomes the program: with its own arguments, environment, folder and standard streams, our code
read anew. Requests and answers are described in `warm_process.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence

import numpy
import SimpleITK
import torch
import torch.nn.functional

FILES_OF_A_REQUEST = 3  # standard input, output and error
LONGEST_REQUEST = 2**20
LOADED = (numpy, SimpleITK, torch)


def serve(path: str) -> None:
    """Answer until whoever started this closes its standard input."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    print("ready", flush=True)
    heard, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking)
    selector = selectors.DefaultSelector()
    for source in (listening, heard, sys.stdin):
        selector.register(source, selectors.EVENT_READ)
    waiting: dict[int, socket.socket] = {}
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is listening:
                asking, _ = listening.accept()
                waiting[_start(asking, listening)] = asking
            else:
                os.read(heard, 4096)
                _tell_ends(waiting)


def _start(asking: socket.socket, listening: socket.socket) -> int:
    """Fork the program that is asked for; its number is the first answer."""
    request, files, _, _ = socket.recv_fds(asking, LONGEST_REQUEST, FILES_OF_A_REQUEST)
    while not request.endswith(b"\n"):
        request += asking.recv(LONGEST_REQUEST)
    number = os.fork()
    if number == 0:
        asking.close()
        listening.close()
        _become(json.loads(request), files)
    for file in files:
        os.close(file)
    asking.sendall(f"{number}\n".encode())
    return number


def _tell_ends(waiting: dict[int, socket.socket]) -> None:
    """Answer with the status of each program that has ended."""
    while waiting:
        number, status = os.waitpid(-1, os.WNOHANG)
        if number == 0:
            return
        with waiting.pop(number) as asking, contextlib.suppress(OSError):  # nobody may wait any more
            asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(request: dict, files: Sequence[int]) -> None:
    """Be the program until it ends, and end with its code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    sys.path[:] = request["path"] + [folder for folder in sys.path[1:] if folder not in request["path"]]
    sys.stdin = sys.__stdin__ = os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", 1, encoding="utf-8")
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace")
    code = _run(request["module"], request["arguments"])
    os._exit(code)


def _run(module: str, arguments: list[str]) -> int:
    """Run a module as `python -m` does; the code that Python would end with."""
    code = 1
    try:
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = _code_of(end)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:
        traceback.print_exc()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code


def _code_of(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    serve(sys.argv[1])
