"""Label files with time as their last axis: sequences of Slicer, NRRD, MetaImage, NIfTI."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np

from rabengine.errors import InputError

from .formats import metaimage_header, nifti_header, nrrd_header, sequence_header
from .writer import FileWriter, LabelFrames

_GZIP_LEVEL = 6
_MOST_NIFTI_FRAMES = 32767


class SequenceWriter(FileWriter):
    """A Slicer sequence of label maps with the cine's geometry and index, and names and colours in its header."""

    title = "Label sequence"
    note = "opens in Slicer"
    suffixes = (".seq.nrrd",)

    def write(self, path: Path, frames: LabelFrames) -> None:
        _write_nrrd(
            path, sequence_header(_size(frames.labels), frames.cine, frames.legend, frames.marked), frames.labels
        )


class NrrdWriter(FileWriter):
    """A volume whose third axis is time, with names and colours in its header."""

    title = "NRRD volume"
    note = "time as third axis"
    suffixes = (".nrrd",)

    def write(self, path: Path, frames: LabelFrames) -> None:
        _write_nrrd(path, nrrd_header(_size(frames.labels), frames.cine, frames.legend), frames.labels)


class MetaImageWriter(FileWriter):
    """A volume whose third axis is time; it has no room for names and colours."""

    title = "MetaImage volume"
    note = "time as third axis"
    suffixes = (".mha",)

    def write(self, path: Path, frames: LabelFrames) -> None:
        with path.open("wb") as plain:
            plain.write(metaimage_header(_size(frames.labels), frames.cine))
            _write_frames(plain, frames.labels)


class NiftiWriter(FileWriter):
    """A volume whose third axis is time; it has no room for names and colours."""

    title = "NIfTI volume"
    note = "time as third axis"
    suffixes = (".nii.gz", ".nii")

    def write(self, path: Path, frames: LabelFrames) -> None:
        size = _size(frames.labels)
        if max(size) > _MOST_NIFTI_FRAMES:
            raise InputError(f"{path} cannot hold {size[0]} frames: NIfTI allows 32767.", "Name it .seq.nrrd instead.")
        with path.open("wb") as plain, _gzipped(plain) if path.name.lower().endswith(".gz") else plain as stream:
            stream.write(nifti_header(size, frames.cine))
            _write_frames(stream, frames.labels)


def _size(labels: np.ndarray) -> tuple[int, int, int]:
    frames, rows, columns = labels.shape
    return frames, rows, columns


def _write_nrrd(path: Path, header: bytes, labels: np.ndarray) -> None:
    """The header as it is, then the frames packed."""
    with path.open("wb") as plain:
        plain.write(header)
        with _gzipped(plain) as stream:
            _write_frames(stream, labels)


@contextmanager
def _gzipped(plain: IO[bytes]) -> Iterator[IO[bytes]]:
    """No name and no time inside, so that the same labels give the same bytes."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=plain, compresslevel=_GZIP_LEVEL, mtime=0) as stream:
        yield cast("IO[bytes]", stream)


def _write_frames(stream: IO[bytes], labels: np.ndarray) -> None:
    for frame in labels:
        stream.write(np.ascontiguousarray(frame).tobytes())
