"""Predictions on disk: labels and confidence of every frame of a cine, in one file that is whole or not there."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error, atomic_file
from rabengine.segmentation import Segmentation


def write_prediction(path: Path, found: Segmentation) -> None:
    """Write a result.

    Raises:
        InputError: it cannot be written, such as on a full disk.
    """
    with as_input_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as unfinished:
            np.savez_compressed(
                unfinished,
                labels=found.labels,
                confidence=found.confidence,
                segments=np.array(found.segments, np.int64),
                marked_frames=np.array(found.marked_frames, np.int64),
                seed=np.array(found.seed, np.uint64),
                preset=np.array(found.preset),
                device=np.array(found.device),
            )


def read_prediction(path: Path) -> Segmentation:
    """A result that was written.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            return Segmentation(
                labels=held["labels"],
                confidence=held["confidence"],
                segments=tuple(int(value) for value in held["segments"]),
                marked_frames=tuple(int(value) for value in held["marked_frames"]),
                preset=str(held["preset"]),
                device=str(held["device"]),
                seed=int(held["seed"]),
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"The prediction {path} is missing or damaged.", "Make it anew: rabsegment study run DIR --all"
        ) from error
