"""Programs that tests start warm are what they are when Python starts them: only what is imported already differs."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.engine_processes import is_gone, wait_until
from helpers.processes import WorkerProcess, environment, run_command, start_command, start_python
from helpers.warm_start import python_for_modules
from rabengine.errors import Cancelled
from rabengine.io.child import ask_child

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing starts warm")

SHOW = "import os, sys\nprint(__name__, sys.argv, os.getcwd(), sys.path, sys.stdin.read(), sys.stdout.encoding)"
# Whoever starts the tests in the background may let them ignore interrupts, which a program that is started inherits.
INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
"""
PROGRAMS = {
    "it sees its surroundings": SHOW,
    "it ends with a code": "import sys; print('out'); sys.exit(7)",
    "it ends with a sentence": "import sys; sys.exit('a sentence')",
    "it raises": "import atexit; atexit.register(print, 'late'); 1 / 0",
    "it is killed": "import os; os.kill(os.getpid(), 9)",
    "it is interrupted": INTERRUPTED,
    "its threads go on": "import threading, time; threading.Timer(0.1, print, ['later']).start()",
    "it has children": "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'print(3)']).returncode)",
}


def ended(code: str, folder: os.PathLike, is_cold: bool) -> tuple[int, str, str]:
    """How a program ended: code, output, and the last line of what it said of errors."""
    process = start_python("-c", code, "é", "b c", is_cold=is_cold, cwd=folder, stdin=subprocess.PIPE)
    out, said = process.communicate("ü\n")
    return process.returncode, out, said.rstrip().rpartition("\n")[2]


@pytest.mark.parametrize("code", PROGRAMS.values(), ids=PROGRAMS)
def test_it_runs_and_ends_as_a_program_that_is_started(code: str, tmp_path) -> None:
    assert ended(code, tmp_path, is_cold=False) == ended(code, tmp_path, is_cold=True)


def test_it_is_a_process_of_its_own_with_modules_imported() -> None:
    code = (
        "import os, sys; print(os.getpid(), os.getppid(), 'torch' in sys.modules, 'rabengine.session' in sys.modules)"
    )
    process = start_python("-c", code)
    assert process.communicate()[0].split() == [str(process.pid), str(os.getpid()), "True", "True"]


def test_a_module_gets_signals_and_its_command_is_shown() -> None:
    worker = WorkerProcess()
    try:
        assert worker.next_event()["pid"] == worker.process.pid
        listed = subprocess.run(["ps", "-o", "args=", "-p", str(worker.process.pid)], capture_output=True, text=True)
        assert listed.stdout.split() == [sys.executable, "-m", "rabengine.worker"]
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait() == -signal.SIGTERM
    finally:
        worker.end()


CHILD = """
import os, sys
print(os.getppid(), "torch" in sys.modules, sys.stdin.read(), flush=True)
os.kill(os.getpid(), 15)
"""
PARENT = f"""
import os, subprocess, sys
child = subprocess.run([sys.executable, "-c", {CHILD!r}], input="said", capture_output=True, text=True)
cold = subprocess.run(["echo", "as ever"], capture_output=True, text=True)
print(os.getpid(), child.stdout.split(), child.returncode, cold.stdout.split())
"""


def test_the_children_of_the_pages_server_start_warm_too() -> None:
    process = start_python("-c", PARENT, "view")
    out, said = process.communicate()
    assert (process.returncode, said) == (0, "")
    assert out.split(maxsplit=1)[1].strip() == f"['{process.pid}', 'True', 'said'] -15 ['as', 'ever']"
    left = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    assert left.stdout == ""


READING = """
import os, sys, time

def more_memory(request):
    return 0

def answer(request, folder):
    if request == "wait":
        (folder / "pid").write_text(str(os.getpid()))
        time.sleep(1000)
    return {"is warm": "SimpleITK" in sys.modules, "has torch": "torch" in sys.modules}
"""
ASKING = """
from pathlib import Path
from rabengine.io.child import ask_child
print(ask_child("reading", "", [], Path.cwd(), ""))
"""


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that a process that reads can be told to use."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "reading.py").write_text(READING, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    return "reading"


def test_processes_that_read_start_warm_without_torch_wherever_they_start(reading: str, tmp_path: Path) -> None:
    expected = {"is warm": True, "has torch": False}
    assert ask_child(reading, "", [], tmp_path, "") == expected  # type: ignore[arg-type]
    for program in ("segment", "view"):
        process = start_python("-c", ASKING, program, env=environment(tmp_path / "modules"), cwd=tmp_path)
        out, said = process.communicate()
        assert (process.returncode, said, out.strip()) == (0, "", str(expected))


def test_one_that_reads_ends_with_the_wish_to_read(reading: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def ask() -> None:
        with pytest.raises(Cancelled):
            ask_child(reading, "wait", [], tmp_path, "", stop)  # type: ignore[arg-type]

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text())
    pid = int((tmp_path / "pid").read_text())
    assert not is_gone(pid)
    stop.set()
    asking.join()
    wait_until(lambda: is_gone(pid))


def test_a_launcher_that_is_killed_while_it_asks_holds_nobody_up(reading: str, tmp_path: Path) -> None:
    place = Path(python_for_modules()).parent / "launchers-readers"
    with socket.socket(socket.AF_UNIX) as launcher, (tmp_path / "stream").open("w") as stream:
        launcher.connect(str(place))
        socket.send_fds(launcher, [struct.pack("!I", 1000)], [stream.fileno()] * 3)
    assert ask_child(reading, "", [], tmp_path, "")["is warm"]  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [["--version"], ["segment", "--help"], ["nonsense"], ["segment", "none.nrrd"]])
def test_the_command_says_the_same(arguments: list[str]) -> None:
    warm = run_command(*arguments)
    with start_command(*arguments, is_cold=True) as cold:
        assert (warm.stdout, warm.stderr) == cold.communicate()
    assert warm.returncode == cold.returncode
