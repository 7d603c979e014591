"""What a format is to the writing of labels: one small object with the protocol `Writer`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from rabengine.cine import Cine
from rabengine.io.legend import Legend


@dataclass(frozen=True)
class LabelFrames:
    """The labels of every frame, and what a file may say of them.

    Attributes:
        labels: (T, H, W) uint8, 0 is background.
        cine: its geometry and index are those of the labels.
        legend: name and colour of each label value that the result is about, also of those on no frame.
        is_named: somebody gave these names; else they are "Segment 1" and so on.
        marked: frames that a person marked; None where that is not known.
    """

    labels: np.ndarray
    cine: Cine
    legend: Legend
    is_named: bool
    marked: tuple[int, ...] | None = None


@runtime_checkable
class Writer(Protocol):
    """Writes labels in one format.

    Attributes:
        title: what is written, for people, such as "Label sequence".
        note: more about it in a few words, such as "opens in Slicer"; may be empty.
        suffixes: of the names that ask for this format, in lower case, each with its dot; the first one is offered.
            The folder of label pictures alone has none: it is that of names without an ending.
        needs: modules, such as "nibabel", without which nothing can be written; asked for before the long job.
        is_folder: whether a folder is written, not a file.
    """

    @property
    def title(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    @property
    def is_folder(self) -> bool: ...

    def write(self, path: Path, frames: LabelFrames) -> Sequence[str] | None:
        """Write a file at `path`, where nothing is, or into the new empty folder at `path`.

        The path has the name that the user chose. It takes its place when this returns, and goes when it raises.

        Returns:
            Sentences for the user, such as what the format left out; None for none.

        Raises:
            InputError: the format cannot hold these labels. OSError: the disk is full, and the like.
        """
        ...

    def owns(self, entry: Path) -> bool:
        """Whether an entry of a folder may be lost when the folder is written anew: it is one that `write` writes."""
        ...


class FileWriter:
    """Base of writers of one file."""

    title = ""
    note = ""
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_folder = False

    def check_cine(self, cine: Cine) -> None:
        """Refuse, before the long job, a cine whose labels cannot be written in this format.

        Raises:
            InputError: it is refused.
        """

    def owns(self, entry: Path) -> bool:
        return False


class FolderWriter(ABC):
    """Base of writers of a folder."""

    title = ""
    note = ""
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_folder = True

    @abstractmethod
    def owns(self, entry: Path) -> bool:
        """As in `Writer`; without it no later run could replace the folder."""
