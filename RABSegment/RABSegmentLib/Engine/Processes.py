"""Ending processes for good, with those that they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

# From the polite signal to the one that cannot be ignored.
TERMINATE_SECONDS = 2.0
# A killed process is gone at once, unless the system itself is stuck in a read for it.
KILL_SECONDS = 10.0

IS_WINDOWS = sys.platform == "win32"


def descendants(pid: int) -> list[int]:
    """The children of a process, theirs, and so on; POSIX only, and none where there is no `ps`."""
    try:
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, timeout=KILL_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    children: dict[int, list[int]] = {}
    for line in listing.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, []))
    for known in found:  # grows while it is walked
        found += children.get(known, [])
    return found


def signalProcess(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone; POSIX only."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def killGroup(pid: int) -> None:
    """Kill the process group that `pid` leads or led; POSIX only."""
    # macOS says "not permitted" where only a zombie is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def killWindowsTree(pid: int) -> None:
    """Kill a process of which this one is the parent, with all its descendants; Windows only."""
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=KILL_SECONDS,
            check=False,
            creationflags=hidden,
        )
