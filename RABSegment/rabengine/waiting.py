"""How the threads that share a computation wait for one another, which must be settled before PyTorch is imported."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

BUSY_SHARE = 0.75  # of the cores that others keep busy
SHORT_SPIN = "100"
_CHOICES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def wait_by_load(environment: MutableMapping[str, str] = os.environ, load: float | None = None) -> None:
    """Let threads sleep soon when they wait, where other programs want the cores.

    A thread of OpenMP spins while it waits for another one: quickest on a machine that does nothing else, and ruinous
    where the other one waits for a core. Two cores at a load of 3: 22.6 to 28.6 s with the usual spinning, 1.7 s with
    this; at 9 to 11: over 25 s and 1.8 to 3.5 s. Results do not depend on it, as they might on the number of threads.

    Args:
        environment: where OpenMP looks; what its user chose stays.
        load: programs that want a core, by default the average of the last minute.
    """
    if any(choice in environment for choice in _CHOICES):
        return
    if load is None:
        try:
            load = os.getloadavg()[0]
        except (AttributeError, OSError):  # Windows, which has another OpenMP
            return
    if load >= BUSY_SHARE * (os.cpu_count() or 1):
        environment["GOMP_SPINCOUNT"] = SHORT_SPIN
