"""RABSegment's engine: a cine and a few marked frames in, every frame's segmentation out.

    segmentation = rabengine.segment(frames, {0: mask})
    segmentation.labels        # (T, H, W) uint8
    segmentation.confidence    # (T, segments) float32

A cine that its user corrects stays open in a `Session`, so that a correction takes less time than the first request:

    cine = rabengine.read_cine("cine.dcm")
    session = rabengine.Session(cine.frames)
    first = session.segment({0: mask}, preset="fast")
    corrected = session.segment({0: mask, 12: other}, preset="fast")

`PRESETS` are by name what can be done with a cine, and wherever a name is taken a `Preset` of your own is, too.

Nothing heavy is imported before it is needed, so that the command line can react to a signal from its first
moment and so that a program may import this package where PyTorch is not installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from .cine import Cine
    from .events import ProgressCallback
    from .io.read import read_cine
    from .presets import PRESETS, Preset
    from .prompts import Click, PromptedMask
    from .segmentation import Segmentation
    from .session.session import Session

__version__ = "0.1.0"
__all__ = [
    "PRESETS",
    "Cine",
    "Click",
    "Preset",
    "PromptedMask",
    "Segmentation",
    "Session",
    "__version__",
    "read_cine",
    "segment",
]

_MODULES = {  # of what is imported at its first use
    "PRESETS": "presets",
    "Cine": "cine",
    "Click": "prompts",
    "Preset": "presets",
    "PromptedMask": "prompts",
    "Segmentation": "segmentation",
    "Session": "session.session",
    "read_cine": "io.read",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Session":
        from .environment import require_torch

        require_torch()
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def segment(
    frames: np.ndarray,
    marks: Mapping[int, np.ndarray],
    *,
    preset: str | Preset = "balanced",
    device: str = "auto",
    seed: int = 0,
    partial: bool = False,
    absent: Mapping[int, Collection[int]] | None = None,
    progress: ProgressCallback | None = None,
) -> Segmentation:
    """Segment every frame of a cine from the frames that are marked.

    Args:
        frames: (T, H, W) grey or (T, H, W, 3) RGB, any real dtype, T at least 2.
        marks: frame number, from 0, to its (H, W) label image: 0 background, 1..255 segments.
        preset: "fast", "balanced", "accurate", "paper" or "image", the name of one that another package adds, or one
            itself.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        seed: same seed, device and input give the same output on the CPU.
        partial: a segment that is not drawn on a marked frame is unknown there; else it is absent there.
        absent: {frame: label values} of segments that are absent on a marked frame, also when `partial`. An empty
            mark with `partial` says nothing, unless `absent` names what is absent there.
        progress: called with every `rabengine.events.Event`, in the calling thread.

    Returns:
        The labels and confidence of every frame; marked frames come back exactly as given.

    Raises:
        InputError: frames, marks or an option cannot be used; the message says which and why.
        EngineError: PyTorch is missing or the engine failed.
    """
    from .environment import require_torch

    require_torch()
    from rabengine.session.session import Session

    session = Session(frames, device=device, seed=seed)
    return session.segment(marks, preset=preset, partial=partial, absent=absent, progress=progress)
