"""Start the command and the engine process as a user's computer does, and talk to them."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from helpers.warm_start import PACKAGE_FOLDER, WarmOrColdProcess, python_for_modules

# Generous: a loaded machine must not fail a test that measures nothing.
PATIENCE_SECONDS = 240
# Of packages that tests bring along for all processes that they start.
brought_along: list[Path] = []


def environment(*folders: Path) -> dict[str, str]:
    """Environment in which a Python process finds the package; modules in `folders` come first."""
    paths = [*map(str, folders), *map(str, brought_along), str(PACKAGE_FOLDER)]
    # On cines this small more threads gain nothing, and cost much where other programs keep the cores busy.
    threads = {"OMP_NUM_THREADS": "1"}
    # A user's Python keeps what it compiled, also where the one who runs the tests does without.
    others = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**others, **threads, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}


def segment_arguments(phantom, out, *more, frame=0, preset="image") -> list:
    """Arguments that segment a phantom from the mark of one of its frames."""
    return [
        "segment",
        phantom.cine,
        "--mark",
        f"{frame}={phantom.masks[frame]}",
        "-o",
        out,
        "--preset",
        preset,
        "--progress",
        "none",
        *more,
    ]


def run_command(*arguments, env=None, **options) -> subprocess.CompletedProcess:
    """Run `rabsegment` to its end."""
    return _ended(start_command(*arguments, env=env, **options))


def _ended(started: subprocess.Popen) -> subprocess.CompletedProcess:
    with started as process:
        try:
            out, said = process.communicate(timeout=PATIENCE_SECONDS)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


# The command, whose `sys.executable` is another.
COMMAND_WITH_PYTHON = (
    "import runpy, sys; sys.executable = sys.argv.pop(1); runpy.run_module('rabengine', None, '__main__')"
)


def run_evaluate(*arguments, env=None) -> subprocess.CompletedProcess:
    """Run `rabsegment evaluate` to its end; the processes of its cases start as fast as itself."""
    started = start_python("-c", COMMAND_WITH_PYTHON, python_for_modules(), "evaluate", *arguments, env=env)
    return _ended(started)


def start_command(*arguments, env=None, **options) -> subprocess.Popen:
    """Start `rabsegment` and return at once."""
    return start_python("-m", "rabengine", *arguments, env=env, **options)


def start_python(*arguments, env=None, is_cold=False, **options) -> subprocess.Popen:
    """Start a module (`-m`) or code (`-c`) that uses the package; returns at once.

    Args:
        arguments: of Python.
        env: another than `environment()`.
        is_cold: import PyTorch and the like anew, for tests of what happens meanwhile.
        options: of `subprocess.Popen`, beside those of its two pipes for text.
    """
    command = [sys.executable, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    options = {**pipes, "env": env or environment(), **options}
    return (subprocess.Popen if is_cold else WarmOrColdProcess)(command, **options)


def wait_for_signal_handlers(process: subprocess.Popen) -> None:
    """Return as soon as the command catches signals; Linux only."""
    # Python catches SIGINT from its own start on; SIGTERM is caught by the command alone, and last.
    mask = 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("SigCgt:") and int(line.split()[1], 16) & mask:
                return
        time.sleep(0.005)
    raise AssertionError(f"{process.args} does not catch SIGTERM")


def assert_one_sentence(text: str) -> None:
    """What a command says of a failure: a single line that is no traceback."""
    lines = [line for line in text.splitlines() if "warning:" not in line]
    assert len(lines) == 1, text
    assert lines[0].startswith("rabsegment: "), text
    assert "Traceback" not in text


def sentences(stderr: str) -> list[str]:
    """The lines that a command wrote, without warnings of what holds all the same."""
    return [line for line in stderr.splitlines() if not line.startswith("rabsegment: warning: ")]


def python_without_torch(folder: Path) -> Path:
    """A folder for PYTHONPATH that makes `import torch` fail as if it were not installed."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch' or name.startswith('torch.'):\n"
        "            raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
        "sys.meta_path.insert(0, NoTorch())\n",
        encoding="utf-8",
    )
    return folder


def write_endless_cine(path: Path) -> Path:
    """A cine whose reader is busy for minutes before its first frame, on a file that takes no room on the disk."""
    header = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 8 8 8\nencoding: gzip\nline skip: 999999999999\n\n"
    path.write_bytes(header.encode())
    os.truncate(path, 2**40)
    return path


class WorkerProcess:
    """The engine process and its events."""

    def __init__(self, env=None) -> None:
        self.process = start_python(
            "-m", "rabengine.worker", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=False, env=env
        )
        self._events: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._events.put(line)

    def send(self, **request) -> None:
        self.send_line(json.dumps(request).encode())

    def send_line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def next_event(self) -> dict:
        """The next event; every line on stdout must be one."""
        return json.loads(self._events.get(timeout=PATIENCE_SECONDS))

    def events_until(self, *names: str, request_id) -> list[dict]:
        """The events up to the first of one of `names` for a request."""
        events = [self.next_event()]
        while events[-1]["event"] not in names or events[-1]["id"] != request_id:
            events.append(self.next_event())
        return events

    def finish(self) -> int:
        """End stdin and wait; returns the exit code."""
        self.process.stdin.close()
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def end(self) -> None:
        """Make sure that nothing stays behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE_SECONDS)
