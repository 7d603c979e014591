"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

import rabengine


def describe_machine() -> dict[str, str]:
    """Names and versions, in the order in which they are shown."""
    machine = {
        "rabsegment": rabengine.__version__,
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "PyTorch": torch.__version__,
    }
    if torch.cuda.is_available():
        machine["GPU"] = torch.cuda.get_device_name(0)
    return machine


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
