"""Predictions as files: labels and confidence of every frame of a cine, in one that is whole or not there."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib

import numpy as np

from rabengine.errors import InputError, reason_of
from rabengine.segmentation import Segmentation

from .storage import Store


def write_prediction(store: Store, name: str, found: Segmentation) -> str:
    """Write a result; the SHA-256 of what was written.

    Raises:
        InputError: it cannot be written, such as on a full disk.
    """
    held = io.BytesIO()
    np.savez_compressed(
        held,
        labels=found.labels,
        confidence=found.confidence,
        segments=np.array(found.segments, np.int64),
        marked_frames=np.array(found.marked_frames, np.int64),
        seed=np.array(found.seed, np.uint64),
        preset=np.array(found.preset),
        device=np.array(found.device),
    )
    content = held.getvalue()
    store.write(name, content)
    return hashlib.sha256(content).hexdigest()


def read_prediction(store: Store, name: str) -> Segmentation:
    """A result that was written.

    Raises:
        InputError: it is missing or damaged, or cannot be read now.
    """
    try:
        content = store.read(name)
    except FileNotFoundError as error:
        raise _lost(name) from error
    except OSError as error:
        raise InputError(
            f"The prediction {name} cannot be read ({reason_of(error)}).", "Check the place where predictions lie."
        ) from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            return Segmentation(
                labels=held["labels"],
                confidence=held["confidence"],
                segments=tuple(int(value) for value in held["segments"]),
                marked_frames=tuple(int(value) for value in held["marked_frames"]),
                preset=str(held["preset"]),
                device=str(held["device"]),
                seed=int(held["seed"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _lost(name) from error


def _lost(name: str) -> InputError:
    return InputError(f"The prediction {name} is missing or damaged.", "Make it anew: rabsegment study run DIR --all")
