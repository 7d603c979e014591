"""nnU-Net v2: a dataset of two-dimensional natural images, as its `NaturalImage2DIO` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.io.labels.formats import png_bytes
from rabengine.io.marks.types import Marks

from .format import TEST, TRAIN, VALIDATION, ExchangeItem, FoundCine, SetFolder
from .mask_files import frame_name, masks_by_cine, read_masks
from .pixels import pictures_of, write_picture
from .splits import folds_of
from .told_json import read_json, write_json

DATASET, FOLDS = "dataset.json", "splits_final.json"
MOST_FOLDS = 5  # as nnU-Net makes them itself
_BACKGROUND = "background"


class NnUNet(SetFolder):
    title = "nnU-Net v2 dataset"
    note = (
        "Name the folder like Dataset101_Heart, put it into nnUNet_raw, and copy splits_final.json into its folder in "
        "nnUNet_preprocessed before training: without it nnU-Net's folds mix frames of one patient."
    )

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        is_colour = any(item.cine.frames.ndim == 4 for item in items)
        for part in ("imagesTr", "labelsTr"):
            (path / part).mkdir()
        for item in items:
            part = "Ts" if item.split == TEST else "Tr"
            for kind in ("images", "labels"):
                (path / f"{kind}{part}").mkdir(exist_ok=True)
            picture = pictures_of(item)
            for frame, labels in item.labels.items():
                case = frame_name(item.name, frame)
                pixels = picture(frame)
                if is_colour and pixels.ndim == 2:
                    pixels = np.repeat(pixels[..., None], 3, axis=2)
                write_picture(path / f"images{part}" / f"{case}_0000.png", pixels)
                (path / f"labels{part}" / f"{case}.png").write_bytes(png_bytes(labels))
        write_json(path / DATASET, _dataset(items, is_colour))
        folds = folds_by_patient(items)
        if folds:
            write_json(path / FOLDS, folds)

    def recognizes(self, path: Path) -> bool:
        return (path / DATASET).is_file() and (path / "labelsTr").is_dir()

    def cines(self, path: Path) -> Sequence[FoundCine]:
        told = read_json(path / DATASET).get("labels", {})
        values = told.items() if isinstance(told, dict) else ()
        names = {value: str(name) for name, value in values if isinstance(value, int) and 0 < value <= 255}
        found = []
        for part in ("labelsTr", "labelsTs"):
            for name, files in masks_by_cine(path / part).items():
                found.append(FoundCine(name, partial(_read, files, names)))
        return found


def folds_by_patient(items: Sequence[ExchangeItem]) -> list[dict[str, list[str]]]:
    """What nnU-Net calls splits: the one that the items have, else up to five with each patient in one fold.

    Empty where there is one patient alone, of whom nothing can be held out.
    """
    learning = [item for item in items if item.split != TEST]
    if any(item.split == VALIDATION for item in learning):
        numbers = [0 if item.split == VALIDATION else 1 for item in learning]
        return [_fold(learning, numbers, 0)]
    patients = [item.patient or item.name for item in learning]
    if len(set(patients)) < 2:
        return []
    numbers = folds_of(patients, MOST_FOLDS)
    return [_fold(learning, numbers, fold) for fold in range(max(numbers) + 1)]


def _fold(items: Sequence[ExchangeItem], numbers: Sequence[int], held_out: int) -> dict[str, list[str]]:
    cases: dict[str, list[str]] = {TRAIN: [], VALIDATION: []}
    for item, number in zip(items, numbers, strict=True):
        side = VALIDATION if number == held_out else TRAIN
        cases[side] += [frame_name(item.name, frame) for frame in item.labels]
    return cases


def _dataset(items: Sequence[ExchangeItem], is_colour: bool) -> dict[str, object]:
    names = {value: entry.name for value, entry in items[0].legend.items()}
    labels = {_BACKGROUND: 0}
    for value, name in names.items():
        labels[name if name != _BACKGROUND else f"{name} {value}"] = value
    channels = ("R", "G", "B") if is_colour else ("grey",)
    return {
        "channel_names": {str(number): name for number, name in enumerate(channels)},
        "labels": labels,
        "numTraining": sum(len(item.labels) for item in items if item.split != TEST),
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
    }


def _read(files: dict[int, Path], names: dict[int, str], cine: Cine) -> Marks:
    marks = read_masks(files, cine)
    return Marks(marks, marks.warnings, names)
