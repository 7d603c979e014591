"""From cines and their labels to the items of a set: names, one legend for all, patients, splits, blank pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.legend import Legend, LegendEntry, legend_of

from .blanking import Blanking, hidden_pixels, require_known_text
from .format import MARKED, ExchangeItem
from .late import PackedLabels
from .manifest import sums_of
from .patients import pseudonyms
from .splits import all_train, split_patients

_MOST_SEGMENTS = 255


@dataclass(frozen=True)
class Labelled:
    """A cine and its labels as they come.

    Attributes:
        cine: as it was read.
        labels: {frame: (H, W) uint8}, frames without an object too.
        origins: {frame: MARKED, PREDICTED or UNKNOWN}.
        names: {label value: name} where segments have names.
        legend: {label value: what a file says of it}, colour and codes.
        patient: what tells its patient from others, never written; "" where nothing does.
        stem: a name for it that the user may keep.
    """

    cine: Cine
    labels: Mapping[int, np.ndarray]
    origins: Mapping[int, str]
    names: Mapping[int, str] = field(default_factory=dict)
    patient: str = ""
    stem: str = ""
    legend: Legend = field(default_factory=dict)


@dataclass(frozen=True)
class SetChoices:
    """What the user chose for a set.

    Attributes:
        takes_all: frames that nobody marked go in too.
        shares: of train, val and test; None for no split.
        seed: of the split.
        blanking: of pixels.
        keeps_names: cines keep the names of their files.
        hides_identity: False for formats that carry the patient's identity anyway.
    """

    takes_all: bool = False
    shares: tuple[float, float, float] | None = None
    seed: int = 0
    blanking: Blanking = field(default_factory=Blanking)
    keeps_names: bool = False
    hides_identity: bool = True


@dataclass(frozen=True)
class MadeItems:
    """The items of a set, the check sums of their cines as they were read, and sentences for its page.

    Attributes:
        doubts: what a person must look at, such as whether text is left.
    """

    items: tuple[ExchangeItem, ...]
    sums: Mapping[str, Sequence[int]]
    sentences: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def make_items(found: Sequence[Labelled], choices: SetChoices) -> MadeItems:
    """What goes into a set.

    Raises:
        InputError: no frame is left, the patient of a cine must be known and is not, or text may be in its pixels.
    """
    taken = [_with_frames(one, choices.takes_all) for one in found]
    if not any(labels.any() for one in taken for labels in one.labels.values()):
        hint = "Mark one." if choices.takes_all else "Mark one, or give --frames all."
        raise InputError("No object is on any frame that would go in.", hint)
    splits = _splits(taken, choices)
    legend, tables = common_legend(taken)
    names = names_of(taken, choices.keeps_names)
    items, sums, sentences, doubts = [], {}, [], []
    for one, name, patient, split, values in zip(
        taken, names, pseudonyms([one.patient for one in taken]), splits, tables, strict=True
    ):
        cine, hidden = one.cine, None
        sums[name] = sums_of(cine)
        if choices.hides_identity:
            covered = hidden_pixels(cine, choices.blanking)
            require_known_text(cine, covered)
            hidden = covered.pixels
            sentences.append(f"{name}: {covered.done}")
            if covered.doubt:
                doubts.append(f"{name}: {covered.doubt}")
        back = {value: own for own, value in values.items() if value != own}
        labels = PackedLabels({frame: _mapped(one.labels[frame], values) for frame in sorted(one.labels)})
        origins = {frame: one.origins[frame] for frame in labels}
        is_named = any(one.names for one in taken)
        items.append(ExchangeItem(name, cine, labels, origins, legend, back, patient, split, is_named, hidden))
    if any(not one.patient for one in taken):
        sentences.append("Where no patient is named, each cine counts as one of its own.")
    return MadeItems(tuple(items), sums, tuple(sentences), tuple(doubts))


def common_legend(found: Sequence[Labelled]) -> tuple[Legend, list[dict[int, int]]]:
    """One legend for all cines, and for each {its own label value: the value in the set}.

    Segments of one name are one segment. Values in the set are 1, 2, 3 and so on, for most formats know no others.

    Raises:
        InputError: there are more than 255.
    """
    values: dict[str, int] = {}
    told: dict[int, LegendEntry] = {}
    tables: list[dict[int, int]] = []
    for one in found:
        drawn = {int(value) for labels in one.labels.values() for value in np.unique(labels) if value}
        table = {}
        for own in sorted({*drawn, *one.names}):
            name = one.names.get(own) or f"Segment {own}"
            table[own] = values.setdefault(name, len(values) + 1)
            if own in one.legend:
                told.setdefault(table[own], one.legend[own])
        tables.append(table)
    if len(values) > _MOST_SEGMENTS:
        raise InputError("The cines have more than 255 segments together.", "Export fewer at once.")
    return legend_of(values.values(), {value: name for name, value in values.items()}, told), tables


def names_of(found: Sequence[Labelled], keeps: bool) -> list[str]:
    """A plain word for each cine: "cine_0001" and so on, or of its file where the user keeps names."""
    names: list[str] = []
    for number, one in enumerate(found, 1):
        plain = re.sub(r"[^A-Za-z0-9-]+", "_", one.stem).strip("_")[:80] if keeps else ""
        name = plain or f"cine_{number:04d}"
        names.append(name if name not in names else f"{name}_{number:04d}")
    return names


def _with_frames(one: Labelled, takes_all: bool) -> Labelled:
    kept = {frame: labels for frame, labels in one.labels.items() if takes_all or one.origins[frame] == MARKED}
    if not kept:
        raise InputError(
            f"Of {one.cine.source} no frame is known to be marked by a person.",
            "Give --marked all, or which (--marked 0,12), where a person made them; --frames all takes all of them.",
        )
    return replace(one, labels=kept)


def _splits(found: Sequence[Labelled], choices: SetChoices) -> list[str]:
    if choices.shares is None:
        return all_train(len(found))
    unknown = [one for one in found if not one.patient]
    if unknown:
        raise InputError(
            f"Nothing says whose {unknown[0].cine.source} is, so one patient could be in two splits.",
            "Give --patient-from PATTERN, or --patient-each where each is another's; `rabsegment export` also takes "
            "--patient ID for each cine.",
        )
    return split_patients([one.patient for one in found], choices.shares, choices.seed)


def _mapped(labels: np.ndarray, values: Mapping[int, int]) -> np.ndarray:
    table = np.arange(256, dtype=np.uint8)
    for own, value in values.items():
        table[own] = value
    mapped: np.ndarray = table[labels]
    return mapped
