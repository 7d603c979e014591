"""Marks for a cine out of a set that this or another program wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import ChoiceError, InputError, RABSegmentError
from rabengine.io.marks.types import Marks
from rabengine.optional import require_installed

from .format import FoundCine
from .formats import format_of
from .manifest import KnownCine, read_manifest, sums_of

_NO_NAME = re.compile(r"Segment \d+")
_MOST_NAMES = 8  # in a sentence


@dataclass(frozen=True)
class _Candidate:
    found: FoundCine
    known: KnownCine | None


def is_set(path: Path) -> bool:
    """Whether a file or folder is of a format of the exchange."""
    return format_of(path) is not None


def read_set(path: Path, cine: Cine, name: str | None = None, sums: Sequence[int] | None = None) -> Marks:
    """The marks that a set has for a cine, frames without an object included.

    Of several cines of a set it is the one of the name, else the one that is known by its pixels, else the only one
    of its size, else the one that is called as the cine's file.

    Args:
        path: of the set.
        cine: that the marks are for.
        name: of the cine in the set.
        sums: of the cine's frames, for who does not have these.

    Raises:
        InputError: it is no set, is damaged, or holds nothing for the cine.
        ChoiceError: it does not say which of its cines it is.
    """
    recognized = format_of(path)
    if recognized is None:
        raise InputError(f"{path} is no set that can be read.", "Give what `rabsegment export` writes.")
    _name, one = recognized
    for module in one.needs:
        require_installed(module, f"Reading {path}")
    try:
        known = read_manifest(path) if path.is_dir() else {}
        candidates = [_Candidate(found, known.get(found.name)) for found in one.cines(path)]
        chosen = _chosen(path, candidates, cine, name, list(sums) if sums is not None else sums_of(cine))
        marks = chosen.found.read(cine)
    except (RABSegmentError, OSError, MemoryError):
        raise
    except Exception as error:  # what is damaged may raise anything
        raise InputError(
            f"{path} is damaged, or no {one.title} ({type(error).__name__}).", "Export it again."
        ) from error
    return _as_marked(path, marks, chosen.known)


def _chosen(path: Path, candidates: list[_Candidate], cine: Cine, name: str | None, sums: Sequence[int]) -> _Candidate:
    if not candidates:
        raise InputError(
            f"{path} holds labels of no cine.",
            "The names of its pictures tell cine and frame, such as echo_0012.png: name them so, or export it again.",
        )
    if name is not None:
        named = [one for one in candidates if one.found.name == name]
        if len(named) != 1:
            raise InputError(f"{path} has no cine {name!r}.", f"It has {_names(candidates)}.")
        return named[0]
    for group in (
        [one for one in candidates if one.found.is_of(cine)],
        [one for one in candidates if one.known is not None and list(one.known.sums) == list(sums)],
        fitting := [one for one in candidates if _may_be(one, cine)],
        [one for one in fitting if one.found.name == Path(cine.source).stem],
    ):
        if len(group) == 1:
            return group[0]
    if not fitting:
        raise InputError(
            f"{path} has no labels for {cine.source}: nothing in it has its size and number of frames.",
            "Give the cine that the set was made of.",
        )
    raise ChoiceError(
        f"{path} has several cines that may be {cine.source}: {_names(fitting)}.",
        "Name one (--marks-of NAME), or give a set of this cine alone.",
        tuple(one.found.name for one in fitting),
    )


def _may_be(one: _Candidate, cine: Cine) -> bool:
    size = one.known.size if one.known is not None else one.found.size
    count = one.known.count if one.known is not None else cine.frame_count
    return one.found.is_of(cine) is not False and size in (None, cine.frame_size) and count == cine.frame_count


def _names(candidates: Sequence[_Candidate]) -> str:
    names = [one.found.name for one in candidates]
    return ", ".join(names[:_MOST_NAMES]) + (" and more" if len(names) > _MOST_NAMES else "")


def _as_marked(path: Path, marks: Marks, known: KnownCine | None) -> Marks:
    """With the values and names of the cine's own labels, where the set knows them."""
    if not any(labels.any() for labels in marks.values()):
        raise InputError(f"The labels {path} have no object on any frame.", "Mark at least one object on one frame.")
    if known is None:
        return marks
    table = np.arange(256, dtype=np.uint8)
    for value, own in known.values.items():
        table[value] = own
    # "Segment 1" is no name that somebody gave.
    told = {value: name for value, name in marks.names.items() if known.names or not _NO_NAME.fullmatch(name)}
    names = {int(table[value]): name for value, name in {**known.names, **told}.items()}
    warnings = list(marks.warnings)
    if known.doubtful:
        warnings.append(f"{known.doubtful} frames of {path} were marked by nobody when it was written; they count now.")
    return Marks({frame: table[labels] for frame, labels in marks.items()}, warnings, names)
