"""The C library's memory allocator, told what a network needs."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_NEVER = 2**31 - 1


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
