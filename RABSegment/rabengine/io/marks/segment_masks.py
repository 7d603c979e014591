"""Read the masks of many frames that Slicer saved, each of its own, in a process of their own; see `isolated`."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_record
from rabengine.io.child import ask_child
from rabengine.io.files.owned_folder import OwnedFolder

from . import isolated
from .slicer_segmentation import SegmentMask, read_segment_masks


def read_segment_masks_isolated(
    paths: Sequence[Path], cine: Cine, source: str, python: Sequence[str] = ()
) -> list[list[SegmentMask]]:
    """As `slicer_segmentation.read_segment_masks` for each of the files, in a child process.

    Args:
        paths: of the files.
        cine: what was segmented.
        source: where the files come from, for messages.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: a file is damaged or does not fit, or its reader crashed, stalled or ran out of memory.
    """
    names = [str(path) for path in paths]
    facts = {"cine": cine_record(cine), "shape": list(cine.frames.shape), "dtype": cine.frames.dtype.str}
    with OwnedFolder() as folder:
        found = ask_child(__name__, {"files": names, **facts}, names, folder, source, python=python)
    return [[_unpacked(one, cine.frame_size) for one in segments] for segments in found["files"]]


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module.

    Raises:
        InputError: as `read_segment_masks`.
    """
    cine = isolated.cine_of_request(request)
    return {"files": [[_packed(one) for one in read_segment_masks(Path(name), cine)] for name in request["files"]]}


more_memory = isolated.more_memory


def _packed(one: SegmentMask) -> dict[str, Any]:
    bits = zlib.compress(np.packbits(one.mask).tobytes(), 1)
    fields = {"identifier": one.identifier, "name": one.name, "color": one.color, "terminology": one.terminology}
    return {**fields, "mask": base64.b64encode(bits).decode()}


def _unpacked(fields: Mapping[str, Any], size: tuple[int, int]) -> SegmentMask:
    bits = np.frombuffer(zlib.decompress(base64.b64decode(fields["mask"])), np.uint8)
    mask = np.unpackbits(bits, count=size[0] * size[1]).reshape(size).astype(bool)
    red, green, blue = fields["color"]
    return SegmentMask(fields["identifier"], fields["name"], (red, green, blue), fields["terminology"], mask)
