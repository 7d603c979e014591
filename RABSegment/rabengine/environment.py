"""What this machine offers: PyTorch, memory, the shipped weights."""

from __future__ import annotations

import sys
from pathlib import Path

from rabengine.errors import EngineError
from rabengine.failure import lacks_memory, memory_error

_MIB = 1024 * 1024


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
