"""The processes of one training run, on one computer or several."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist


@dataclass(frozen=True)
class ProcessGroup:
    """This process among those of the run."""

    rank: int
    local_rank: int
    size: int

    @property
    def is_first(self) -> bool:
        return self.rank == 0


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the group that torchrun announces: NCCL between GPUs, gloo between CPUs; alone without torchrun."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ProcessGroup(0, 0, 1)
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield ProcessGroup(dist.get_rank(), int(os.environ.get("LOCAL_RANK", "0")), size)
    finally:
        dist.destroy_process_group()
