"""Write the labels of every frame as a file or folder that other programs open."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file, atomic_folder
from rabengine.legend import Legend, legend_of

from .formats import legend_table, metaimage_header, nifti_header, nrrd_header, png_bytes, sequence_header
from .output_kind import LEGEND_FILE, OutputKind, check_output

__all__ = ["check_output", "write_labels"]

_GZIP_LEVEL = 6
_MOST_NIFTI_FRAMES = 32767


def write_labels(
    path: str | Path,
    labels: np.ndarray,
    cine: Cine,
    segments: Sequence[int],
    legend: Legend | None = None,
) -> None:
    """Write (T, H, W) uint8 labels, one frame at a time.

    `.seq.nrrd` is a Slicer sequence of label maps with the cine's geometry and index; `.nrrd`, `.mha` and
    `.nii.gz` are volumes with time as third axis; any other name is a folder with 0000.png and so on.
    With a legend the pictures have its colours as a palette, whose indices are the labels, and `segments.csv` beside
    them; NRRD files have it in their headers; MetaImage and NIfTI have no room for it.

    Args:
        path: of the file or folder.
        labels: of every frame.
        cine: its geometry and index are those of the labels.
        segments: the label values that the result is about, also those on no frame.
        legend: their names and colours, where somebody gave them.

    Raises:
        InputError: the place cannot be written. Then nothing is left there that was not there before.
    """
    path = Path(path)
    kind = check_output(path)
    if labels.dtype != np.uint8 or labels.shape != (cine.frame_count, *cine.frame_size):
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, not one uint8 value for every pixel of the cine")
    entries = legend_of(segments) | {value: entry for value, entry in (legend or {}).items() if value in segments}
    if kind is OutputKind.FOLDER:
        with atomic_folder(path) as folder:
            for number, frame in enumerate(labels):
                (folder / f"{number:04d}.png").write_bytes(png_bytes(frame, entries if legend else None))
            if legend:
                (folder / LEGEND_FILE).write_text(legend_table(entries), encoding="utf-8")
        return
    header = _header(kind, path, labels, cine, entries)
    with atomic_file(path) as unfinished, unfinished.open("wb") as plain:
        if kind in (OutputKind.SEQUENCE, OutputKind.NRRD):
            plain.write(header)
            with _gzipped(plain) as stream:
                _write_frames(stream, labels)
        elif path.name.lower().endswith(".gz"):
            with _gzipped(plain) as stream:
                stream.write(header)
                _write_frames(stream, labels)
        else:
            plain.write(header)
            _write_frames(plain, labels)


def _header(kind: OutputKind, path: Path, labels: np.ndarray, cine: Cine, legend: Legend) -> bytes:
    frames, rows, columns = labels.shape
    size = (frames, rows, columns)
    if kind is OutputKind.SEQUENCE:
        return sequence_header(size, cine, legend)
    if kind is OutputKind.NRRD:
        return nrrd_header(size, cine, legend)
    if kind is OutputKind.METAIMAGE:
        return metaimage_header(size, cine)
    if max(size) > _MOST_NIFTI_FRAMES:
        raise InputError(f"{path} cannot hold {frames} frames: NIfTI allows 32767.", "Name it .seq.nrrd instead.")
    return nifti_header(size, cine)


@contextmanager
def _gzipped(plain: IO[bytes]) -> Iterator[IO[bytes]]:
    """No name and no time inside, so that the same labels give the same bytes."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=plain, compresslevel=_GZIP_LEVEL, mtime=0) as stream:
        yield cast("IO[bytes]", stream)


def _write_frames(stream: IO[bytes], labels: np.ndarray) -> None:
    for frame in labels:
        stream.write(np.ascontiguousarray(frame).tobytes())
