"""RABSegment's engine: a cine and a few marked frames in, every frame's segmentation out.

    segmentation = rabengine.segment(frames, {0: mask})
    segmentation.labels        # (T, H, W) uint8
    segmentation.confidence    # (T, segments) float32

Nothing heavy is imported before it is needed, so that the command line can react to a signal from its first
moment and so that a program may import this package where PyTorch is not installed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from .events import ProgressCallback
    from .segmentation import Segmentation

__version__ = "0.1.0"
__all__ = ["__version__", "segment"]


def segment(
    frames: np.ndarray,
    marks: Mapping[int, np.ndarray],
    *,
    preset: str = "balanced",
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
        preset: "fast", "balanced", "accurate", "paper" or "image".
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
