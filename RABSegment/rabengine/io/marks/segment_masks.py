"""Read the masks of many frames that Slicer saved, each of its own, in a process of their own; see `isolated`."""

from __future__ import annotations

import base64
import threading
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_of_record, cine_record
from rabengine.io.child import ask_child
from rabengine.io.files.owned_folder import OwnedFolder

from .slicer_segmentation import SegmentMask, read_segment_masks


def read_segment_masks_isolated(
    paths: Sequence[Path], cine: Cine, source: str, cancel: threading.Event | None = None, python: Sequence[str] = ()
) -> list[list[SegmentMask]]:
    """As `slicer_segmentation.read_segment_masks` for each of the files, in a child process.

    Args:
        paths: of the files.
        cine: what was segmented.
        source: where the files come from, for messages.
        cancel: ends the child when it is set.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: a file is damaged or does not fit, or its reader crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    names = [str(path) for path in paths]
    facts = {"cine": cine_record(cine), "shape": list(cine.frames.shape), "dtype": cine.frames.dtype.str}
    with OwnedFolder() as folder:
        found = ask_child(__name__, {"files": names, **facts}, names, folder, source, cancel, python)
    return [[_unpacked(one, cine.frame_size) for one in segments] for segments in found["files"]]


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module.

    Raises:
        InputError: as `read_segment_masks`.
    """
    # No memory is taken for frames that nobody looks at.
    frames = np.broadcast_to(np.zeros((), np.dtype(request["dtype"])), tuple(request["shape"]))
    cine = cine_of_record(request["cine"], frames)
    return {"files": [[_packed(one) for one in read_segment_masks(Path(name), cine)] for name in request["files"]]}


def more_memory(request: Mapping[str, Any]) -> int:
    """Bytes that the child may take beside what any reader may: some copies of all labels of the cine."""
    frames, rows, columns = request["shape"][:3]
    return 8 * int(frames) * int(rows) * int(columns)


def _packed(one: SegmentMask) -> dict[str, Any]:
    bits = zlib.compress(np.packbits(one.mask).tobytes(), 1)
    fields = {"identifier": one.identifier, "name": one.name, "color": one.color, "terminology": one.terminology}
    return {**fields, "mask": base64.b64encode(bits).decode()}


def _unpacked(fields: Mapping[str, Any], size: tuple[int, int]) -> SegmentMask:
    bits = np.frombuffer(zlib.decompress(base64.b64decode(fields["mask"])), np.uint8)
    mask = np.unpackbits(bits, count=size[0] * size[1]).reshape(size).astype(bool)
    red, green, blue = fields["color"]
    return SegmentMask(fields["identifier"], fields["name"], (red, green, blue), fields["terminology"], mask)
