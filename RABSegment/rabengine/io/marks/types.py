"""What reading marks gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rabengine.io.legend import LegendEntry


def is_number(text: str) -> bool:
    """Whether a text is a whole number that frames or labels may have."""
    return text.isascii() and text.isdecimal() and len(text) <= 9


class Marks(dict[int, np.ndarray]):
    """(H, W) uint8 labels by frame.

    Attributes:
        warnings: sentences the user should read, such as which frames were taken.
        names: {label: name} of segments that the files name.
        legend: {label: name, colour and codes} of segments of which the files say these.
    """

    def __init__(
        self,
        labels: Mapping[int, np.ndarray],
        warnings: Sequence[str] = (),
        names: Mapping[int, str] | None = None,
        legend: Mapping[int, LegendEntry] | None = None,
    ) -> None:
        super().__init__(labels)
        self.warnings = tuple(dict.fromkeys(warnings))
        self.legend = dict(legend or {})
        self.names = {label: entry.name for label, entry in self.legend.items()} if names is None else dict(names)


@dataclass(frozen=True)
class FrameLabels:
    """What the file of one mark holds.

    Attributes:
        labels: (H, W) uint8.
        warnings: sentences the user should read.
        legend: {label: name and colour} of segments that the file names.
    """

    labels: np.ndarray
    warnings: tuple[str, ...] = ()
    legend: Mapping[int, LegendEntry] = field(default_factory=dict)
