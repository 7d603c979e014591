"""The process that the engine runs in: PyTorch's presence, memory, waiting threads, and the signals that end it.

How threads wait must be settled before PyTorch is imported, so nothing here imports it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import FrameType

from .errors import EngineError, lacks_memory, memory_error

BUSY_SHARE = 0.75  # of the cores that others keep busy
SHORT_SPIN = "100"
USUAL_SPIN = "10000"  # OpenMP's own 300000 is hardly quicker, and ruinous once another program starts
LOOKS, LOOK_SECONDS = 5, 0.01  # at what runs now
_CHOICES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_NEVER = 2**31 - 1
_MIB = 1024 * 1024


def keep_freed_memory() -> None:
    """Let glibc keep large blocks for the next layer instead of handing each back to the system.

    A network asks for the same megabytes thousands of times; without this, half of a CPU's time goes into mapping and
    clearing them anew. For processes of our own only (command line, worker), and only where the C library is glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, _NEVER)


def handle_endings(handler: Callable[[int, FrameType | None], None]) -> None:
    """Set the handler of SIGINT, SIGTERM and, where there is one, SIGHUP; main thread only.

    A program that was started to outlive its terminal (nohup) goes on to ignore SIGHUP.
    """
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, handler)


def wait_by_load(environment: MutableMapping[str, str] = os.environ, load: float | None = None) -> None:
    """Let threads sleep soon when they wait, the sooner where other programs want the cores.

    A thread of OpenMP spins while it waits for another one: quickest on a machine that does nothing else, and ruinous
    where the other one waits for a core. Two cores at a load of 3: 22.6 to 28.6 s with OpenMP's spinning, 1.7 s with
    SHORT_SPIN; at 9 to 11: over 25 s and 1.8 to 3.5 s. Alone the demo's segmentation takes 4.2 s with OpenMP's,
    4.5 s with USUAL_SPIN, 8.5 s with SHORT_SPIN; beside two others 9 to 13 s and 6 to 8 s with the last two. Results do
    not depend on it, as they might on the number of threads.

    Args:
        environment: where OpenMP looks; what its user chose stays.
        load: programs that want a core, by default those that do now.
    """
    if any(choice in environment for choice in _CHOICES):
        return
    if load is None:
        load = _running_now()
    if load is not None:
        is_busy = load >= BUSY_SHARE * (os.cpu_count() or 1)
        environment["GOMP_SPINCOUNT"] = SHORT_SPIN if is_busy else USUAL_SPIN


def _running_now() -> float | None:
    """Programs beside this one that want a core; None on Windows, which has another OpenMP.

    The average of the last minute would count what has ended: a correction right after a run took twice as long.
    """
    try:
        seen = []
        for _ in range(LOOKS):
            seen.append(int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].split("/")[0]) - 1)
            time.sleep(LOOK_SECONDS)
        return sorted(seen)[LOOKS // 2]
    except (OSError, ValueError, IndexError):  # no Linux
        pass
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def require_torch() -> None:
    """Import PyTorch.

    Raises:
        EngineError: it is not installed, or its installation does not load.
    """
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise EngineError(
            "PyTorch is not installed in this Python.",
            f"Install it with: {sys.executable} -m pip install torch",
        ) from error
    except (ImportError, OSError, MemoryError) as error:
        if lacks_memory(error):
            raise memory_error() from error
        reason = " ".join(str(error).split())
        raise EngineError(
            f"PyTorch is installed but does not load ({reason}).",
            f"Install it again with: {sys.executable} -m pip install --force-reinstall torch",
        ) from error


def peak_memory_mib() -> float | None:
    """Largest resident memory this process has had so far, in MiB; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux: ru_maxrss would start from the peak of the process that started this one.
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    if sys.platform == "win32":
        return _peak_memory_windows_mib()
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, the other systems KiB.
    return peak / _MIB if sys.platform == "darwin" else peak / 1024


def _peak_memory_windows_mib() -> float | None:
    """PeakWorkingSetSize of GetProcessMemoryInfo, in MiB."""
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        ]

    counters = Counters(cb=ctypes.sizeof(Counters))
    libraries = ctypes.windll  # type: ignore[attr-defined,unused-ignore]
    process = libraries.kernel32.GetCurrentProcess
    process.restype = wintypes.HANDLE
    information = libraries.psapi.GetProcessMemoryInfo
    information.argtypes = [wintypes.HANDLE, ctypes.POINTER(Counters), wintypes.DWORD]
    if not information(process(), ctypes.byref(counters), counters.cb):
        return None
    return counters.PeakWorkingSetSize / _MIB
