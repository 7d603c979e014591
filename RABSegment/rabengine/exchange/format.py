"""What a format is to the exchange with other programs: one small object with the protocol `ExchangeFormat`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from rabengine.cine import Cine
from rabengine.io.legend import Legend
from rabengine.io.marks.types import Marks

# Where the labels of a frame come from.
MARKED = "marked"  # by a person, or checked by one
PREDICTED = "predicted"
UNKNOWN = "unknown"  # the file that the labels were read from does not say

TRAIN, VALIDATION, TEST = "train", "val", "test"
SPLITS = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True)
class ExchangeItem:
    """A cine and what goes out of it.

    Attributes:
        name: of the cine in the set, a plain word that no other item has; it says nothing of the patient.
        cine: its frames (T, H, W) or (T, H, W, 3). `cine.source` is the file that it was read from, which must not go
            into a format that is anonymous.
        labels: {frame: (H, W) uint8} of the frames that go in, in ascending order, those without an object too.
        origins: {frame: MARKED, PREDICTED or UNKNOWN} of the same frames.
        legend: name and colour of each label value, the same for all items; the values are 1, 2, 3 and so on.
        values: {label value: the value that the cine's own labels have in its place}, of those that differ.
        patient: a word that stands for the patient, such as "patient_001"; "" where it is not known whose the cine is.
        split: TRAIN, VALIDATION or TEST.
        is_named: somebody gave the segments their names; else they are "Segment 1" and so on.
        hidden: (H, W) bool, pixels that must be black in pictures of it; `pixels.pictures_of` sees to that.
    """

    name: str
    cine: Cine
    labels: Mapping[int, np.ndarray]
    origins: Mapping[int, str]
    legend: Legend
    values: Mapping[int, int] = field(default_factory=dict)
    patient: str = ""
    split: str = TRAIN
    is_named: bool = True
    hidden: np.ndarray | None = None


@dataclass(frozen=True)
class FoundCine:
    """A cine whose labels a file or folder of a format holds.

    Attributes:
        name: in the set; "" where the format knows no names.
        read: gives its marks, frames without an object included, for the cine they are meant for.

            Raises InputError: they are damaged or do not fit.
        size: (rows, columns) of its frames, None where the format does not say.
        is_of: whether the labels are those of a cine, None when that cannot be told; for formats that refer to the
            pixels themselves, as DICOM does.
    """

    name: str
    read: Callable[[Cine], Marks]
    size: tuple[int, int] | None = None
    is_of: Callable[[Cine], bool | None] = lambda _cine: None


@runtime_checkable
class ExchangeFormat(Protocol):
    """Writes and reads labelled cines in the format of another program.

    Attributes:
        title: what is written, for people, such as "nnU-Net v2 dataset".
        note: more about it in a few words; may be empty.
        needs: modules, such as "highdicom", without which it can be neither written nor read.
        suffixes: of the file that it is, each with its dot; () where it is a folder.
        takes_several: whether one file or folder holds several cines. Where it does not, the command writes one for
            each, named after the item, into the folder that the user named.
        is_anonymous: whether nothing of the patient goes in; False for DICOM, which needs the identity.
    """

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def takes_several(self) -> bool: ...

    @property
    def is_anonymous(self) -> bool: ...

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        """Write a file at `path`, where nothing is, or into the new empty folder at `path`.

        It takes its place when this returns, and goes when it raises.

        Raises:
            InputError: the format cannot hold these labels. OSError: the disk is full, and the like.
        """
        ...

    def recognizes(self, path: Path) -> bool:
        """Whether a file or folder that exists is of this format; cheap, and never raises for what is damaged."""
        ...

    def cines(self, path: Path) -> Sequence[FoundCine]:
        """The cines whose labels are in a file or folder that it recognizes.

        Raises:
            InputError: it is damaged.
        """
        ...


class SetFolder:
    """Base of formats that are a folder of pictures and labels of many cines."""

    title = ""
    note = ""
    needs: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    takes_several = True
    is_anonymous = True


def by_split(path: Path, items: Sequence[ExchangeItem]) -> dict[Path, list[ExchangeItem]]:
    """{folder: its items}: the folder itself where there is one split, else one in it for each."""
    splits = [split for split in SPLITS if any(item.split == split for item in items)]
    return {
        path if len(splits) == 1 else path / split: [item for item in items if item.split == split] for split in splits
    }
