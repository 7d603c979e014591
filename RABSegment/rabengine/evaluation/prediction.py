"""What a segmentation method is: a function of frames, marks and a seed that finds a `Prediction`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """What a method found.

    Attributes:
        labels: (T, H, W) uint8, 0 is background.
        confidence: (T, K) in [0, 1], a column for each label value in the marks, ascending; None if it tells none.
        next_frame: the frame that the method would have marked next, None if it names none.
    """

    labels: np.ndarray
    confidence: np.ndarray | None = None
    next_frame: int | None = None


# method(frames, marks, seed): frames (T, H, W) or (T, H, W, 3), marks {frame: (H, W) uint8 labels}; an object that
# is not drawn on a marked frame is absent there.
Method = Callable[[np.ndarray, Mapping[int, np.ndarray], int], Prediction]


@dataclass(frozen=True)
class Peer:
    """A method with what there is to say about it before it is called.

    Attributes:
        title: what it is, in a few words.
        method: the function, or "module:function" where it is to be imported at its first use.
        is_seeded: whether another seed may give another result.
        packages: {module: name for pip} that must be installed.
    """

    title: str
    method: Method | str
    is_seeded: bool = True
    packages: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class OpenMethod(Protocol):
    """A method that can keep a cine open while its user adds marks."""

    def __call__(self, frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction: ...

    def open(self, frames: np.ndarray, seed: int) -> Callable[[Mapping[int, np.ndarray]], Prediction]:
        """Each call of what is returned goes on from the one before."""


def can_stay_open(method: Method) -> TypeGuard[OpenMethod]:
    """Whether a method is an `OpenMethod`."""
    return isinstance(method, OpenMethod)
