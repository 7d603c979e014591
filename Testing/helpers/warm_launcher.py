"""A launcher of Python, as PythonSlicer is one: its child is forked by the server of `helpers.warm_start`.

Started as `python -I -S warm_launcher.py SOCKET KIND -m module ...`; ends as its child does. Of the kind `launcher` it
leaves signals to itself, as PythonSlicer does; of the kind `python` it hands them on, and its child ends with it.
"""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import sys

if __name__ == "__main__":
    place, kind, how, what, *arguments = sys.argv[1:]
    program = {"how": how, "what": what, "arguments": arguments, "folder": os.getcwd(), "new_session": False}  # noqa: PTH109
    is_python = kind == "python"
    text = json.dumps({**program, "environment": dict(os.environ), "ends_with_launcher": is_python}).encode()
    server = socket.socket(socket.AF_UNIX)
    server.connect(place)
    socket.send_fds(server, [struct.pack("!I", len(text))], [0, 1, 2])
    server.sendall(text)

    # Python's own handlers run when a system call returns: a signal just before one would be lost in it.
    signals, noted = socket.socketpair()
    if is_python:
        noted.setblocking(False)
        signal.set_wakeup_fd(noted.fileno())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)
    for stream in (0, 1, 2):
        os.close(stream)  # they are the child's
    while server not in select.select([server, signals], [], [])[0]:
        with contextlib.suppress(OSError):  # it has ended
            server.sendall(signals.recv(16))
    (code,) = struct.unpack("!i", server.recv(4, socket.MSG_WAITALL))
    if code < 0:
        with contextlib.suppress(OSError):  # of a signal that cannot be handled
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
