"""Which device computes, and in which precision."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from .errors import InputError


def choose_device(name: str = "auto") -> torch.device:
    """Resolve "auto", "cpu", "cuda", "cuda:N" or "mps".

    Raises:
        InputError: an unknown name, or a device this machine or this build of torch does not have.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (number and not (kind == "cuda" and number.isdigit())):
        raise InputError(f"There is no device {name!r}.", "Take auto, cpu, cuda, cuda:N or mps.")
    if kind == "cuda":
        _require_cuda(name, int(number or 0))
        return torch.device("cuda", int(number or 0))
    if kind == "mps" and not torch.backends.mps.is_available():
        raise InputError("The device mps was asked for, and there is none.", "Take --device auto or cpu.")
    return torch.device(kind)


def _require_cuda(name: str, number: int) -> None:
    if not torch.cuda.is_available():
        why = "this build of torch has no CUDA" if torch.version.cuda is None else "torch finds no usable NVIDIA GPU"
        raise InputError(f"The device {name} was asked for, and {why}.", "Take --device auto or cpu.")
    if number >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise InputError(f"The device {name} was asked for, and there are {count} GPUs.", "Count them from 0.")


def describe_devices() -> list[str]:
    """Lines for a person: what was found, what "auto" takes, and why."""
    lines = []
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            facts = torch.cuda.get_device_properties(number)
            precision = half_precision(torch.device("cuda", number)) or torch.float32
            lines.append(f"cuda:{number}: {facts.name}, {facts.total_memory / 2**30:.1f} GiB, {precision}")
    elif torch.version.cuda is None:
        lines.append("cuda: not available, this build of torch has no CUDA")
    else:
        lines.append(
            f"cuda: not available, torch was built for CUDA {torch.version.cuda} but finds no usable GPU or driver"
        )
    lines.append("mps: available" if torch.backends.mps.is_available() else "mps: not available")
    threads = torch.get_num_threads()
    lines.append(f"cpu: {threads} {'thread' if threads == 1 else 'threads'}, float32")
    lines.append(f"auto takes: {choose_device('auto')}")
    return lines


def half_precision(device: torch.device) -> torch.dtype | None:
    """The number type of mixed precision on a device; None where it does not help or is not reliable."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return None


def training_precision(device: torch.device) -> torch.dtype | None:
    """As `half_precision`, and bfloat16 on CPUs that compute in it: steps of gradient descent bear the rounding."""
    computes = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)  # not public, so it may go
    if device.type == "cpu" and computes():
        return torch.bfloat16
    return half_precision(device)


def autocast(device: torch.device, dtype: torch.dtype | None = None) -> AbstractContextManager:
    """Mixed precision where the device has it, or as told."""
    chosen = dtype or half_precision(device)
    return contextlib.nullcontext() if chosen is None else torch.autocast(device.type, dtype=chosen)


def memory_format(device: torch.device) -> torch.memory_format:
    """How pictures and maps lie in memory where convolutions are quickest.

    Channels last on a CPU. On a GPU cuDNN then takes long to find how to go back through a depthwise convolution (4 to
    11 s for each new size on an H200, where the usual order takes less than one), and is no quicker afterwards.
    """
    return torch.channels_last if device.type == "cpu" else torch.contiguous_format


def arranged(pictures: Tensor) -> Tensor:
    """(N, C, H, W) as `memory_format` has it on their device."""
    return pictures.contiguous(memory_format=memory_format(pictures.device))
