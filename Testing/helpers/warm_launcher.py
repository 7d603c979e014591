"""A launcher of Python, as PythonSlicer is one: its child is forked by the server of `helpers.warm_start`.

Started as `python -I -S warm_launcher.py SOCKET -m module ...`; ends as its child does. One that reads a file is forked
by another server, and killed with its launcher.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys

if __name__ == "__main__":
    place, how, what, *arguments = sys.argv[1:]
    program = {"how": how, "what": what, "arguments": arguments, "folder": os.getcwd(), "new_session": False}  # noqa: PTH109
    text = json.dumps({**program, "environment": dict(os.environ)}).encode()
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{place}-readers" if what == "rabengine.io.read_in_child" else place)
    socket.send_fds(server, [struct.pack("!I", len(text))], [0, 1, 2])
    server.sendall(text)
    for stream in (0, 1, 2):
        os.close(stream)  # they are the child's
    (code,) = struct.unpack("!i", server.recv(4, socket.MSG_WAITALL))
    if code < 0:
        with contextlib.suppress(OSError):  # of a signal that cannot be handled
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
