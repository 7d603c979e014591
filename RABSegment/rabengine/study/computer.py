"""How many workers a computer bears: its cores, memory and GPUs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rabengine.errors import InputError
from rabengine.optional import require

# Of a worker: PyTorch, what it keeps of a cine, and frames (measured: 0.5 to 1.1 GiB).
BYTES_PER_WORKER = 2 * 2**30
BYTES_LEFT = 2**30  # for all else


@dataclass(frozen=True)
class Computer:
    """What there is of a computer.

    Attributes:
        cores: that may be used. memory: bytes that are free. gpus: as CUDA_VISIBLE_DEVICES names them.
    """

    cores: int
    memory: int
    gpus: tuple[str, ...]

    def workers(self, device: str) -> int:
        """How many workers are best: one for each GPU, else one for each core, within the memory."""
        if uses_gpus(device) and self.gpus:
            return len(self.gpus)
        if device not in ("auto", "cpu"):
            return 1  # one device, named
        return max(1, min(self.cores, (self.memory - BYTES_LEFT) // BYTES_PER_WORKER))


def uses_gpus(device: str) -> bool:
    """Whether each worker gets a GPU of its own."""
    return device in ("auto", "cuda")


def this_computer() -> Computer:
    """What there is of this one, as far as this process may use it.

    Raises:
        PackageMissingError: Dask is not installed.
    """
    cores = int(require("dask.system", "Segmenting a study with several workers").CPU_COUNT)
    psutil = require("psutil", "Segmenting a study with several workers")
    most = int(require("distributed.system", "Segmenting a study with several workers").MEMORY_LIMIT)
    return Computer(cores, min(most, int(psutil.virtual_memory().available)), _gpus())


def _gpus() -> tuple[str, ...]:
    import torch

    count = torch.cuda.device_count()
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named:
        return tuple(part.strip() for part in named.split(","))[:count]
    return tuple(str(number) for number in range(count))


def check_workers(count: int | None) -> None:
    """Refuse numbers of workers that cannot be.

    Raises:
        InputError: it is below 1 or beyond all reason.
    """
    if count is not None and not 1 <= count <= 10_000:
        raise InputError(f"{count} is no number of workers.", "Give one from 1 on.")
