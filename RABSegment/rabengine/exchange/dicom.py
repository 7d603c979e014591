"""DICOM objects as formats of the exchange: for the archive, with the patient's identity, one for each cine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.io.derived.segmentation import BINARY, LABEL_MAP, segmentation_of
from rabengine.io.legend import told_apart
from rabengine.measurement.measure import measure

from .format import ExchangeItem, FoundCine
from .report import report_of


class DicomFormat(ABC):
    """Base of formats that are one DICOM file.

    Segmentations are read wherever labels are, by `rabengine.io.marks`, which does not take them for a set: nothing in
    one says that a person made it. Reports hold no labels.
    """

    title = ""
    note = ""
    needs: tuple[str, ...] = ("highdicom",)
    suffixes: tuple[str, ...] = (".dcm",)
    takes_several = False
    is_anonymous = False

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        (item,) = items
        self.made(item).save_as(path, enforce_file_format=True)

    @abstractmethod
    def made(self, item: ExchangeItem) -> Any:
        """pydicom Dataset of an item."""

    def recognizes(self, path: Path) -> bool:
        return False

    def cines(self, path: Path) -> Sequence[FoundCine]:
        return ()


class DicomSegmentation(DicomFormat):
    title = "DICOM segmentation"
    note = "binary, refers to the frames of the cine's DICOM files; names the patient"
    form = BINARY

    def made(self, item: ExchangeItem) -> Any:
        return segmentation_of(item.cine, [item.labels], item.legend, self.form).dataset


class DicomLabelMap(DicomSegmentation):
    title = "DICOM label map"
    note = "the newer form of a DICOM segmentation, one value a pixel; names the patient"
    form = LABEL_MAP


class DicomReport(DicomFormat):
    title = "DICOM structured report"
    measures = True  # what is unknown of pixel size and times matters
    note = "measurements frame by frame (TID 1500); names the patient"

    def made(self, item: ExchangeItem) -> Any:
        labels = np.zeros((item.cine.frame_count, *item.cine.frame_size), np.uint8)
        for frame, drawn in item.labels.items():
            labels[frame] = drawn
        names = told_apart({value: entry.name for value, entry in item.legend.items()})
        found = measure(item.cine, labels, names=names)
        entries = {names[value]: entry for value, entry in item.legend.items()}
        return report_of(item.cine, found.measured, entries, notes=found.warnings)
