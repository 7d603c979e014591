"""What to do when a device runs out of memory: keep and look at less, then the CPU."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rabengine.propagation.feature_store import BUDGET_BYTES


@dataclass(frozen=True)
class MemoryPlan:
    """How much a request may use.

    Attributes:
        device: where it computes.
        window: consecutive frames in a relearning step, at most.
        size: longer side of the network's input, at most.
        feature_bytes: of features kept.
        message: what to tell the user when this plan is taken, a sentence.
        next: the plan to take when this one does not fit either.
    """

    device: torch.device
    window: int
    size: int
    feature_bytes: int
    message: str
    next: MemoryPlan | None


def first_plan(device: torch.device) -> MemoryPlan:
    """The plans of a device, from generous to frugal; on the CPU there is one step down and then none."""
    cpu = torch.device("cpu")
    frugal = BUDGET_BYTES // 4
    less = "fewer features were kept, and no more than {frames} frames of {size} pixels were looked at together"
    if device.type == "cpu":
        message = f"The memory did not suffice; {less.format(frames=2, size=192)}."
        last = MemoryPlan(cpu, 2, 192, frugal, message, None)
        return MemoryPlan(cpu, 64, 4096, BUDGET_BYTES, "", last)
    on_cpu = MemoryPlan(
        cpu, 64, 4096, BUDGET_BYTES, f"The memory of {device} did not suffice; the CPU did the work.", None
    )
    message = f"The memory of {device} did not suffice; {less.format(frames=2, size=256)}."
    smaller = MemoryPlan(device, 2, 256, frugal, message, on_cpu)
    return MemoryPlan(device, 64, 4096, BUDGET_BYTES, "", smaller)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that a device's memory is full (CUDA, MPS and the CPU say it differently)."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "not enough memory" in text)
