"""Write cines as labelled videos: a folder each, with `images/`, `masks/` and `cine.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

import rabengine
from rabengine.errors import InputError
from rabengine.io.files.file_names import check_folder_name
from rabengine.io.files.writable import check_replaceable_folder, check_writable
from rabengine.io.labels.formats import png_bytes

from .composition import PlannedCine

DESCRIPTION = "cine.json"
KIND = "synthetic"


def check_folder(folder: Path) -> None:
    """Make sure that cines can be written to a folder and nothing but earlier ones is lost.

    Raises:
        InputError: it cannot be made, or holds something else.
    """
    check_writable(folder, is_folder=True)
    check_folder_name(folder)
    check_replaceable_folder(folder, _is_cine)


def _is_cine(entry: Path) -> bool:
    """Whether this command wrote it: a cine in `folder` is no more than these three."""
    return entry.is_dir() and {part.name for part in entry.iterdir()} == {"images", "masks", DESCRIPTION}


def write_cine(folder: Path, cine: PlannedCine, facts: dict[str, Any]) -> dict[str, Any]:
    """Write one cine to `folder`, which does not exist; returns what stands in its description.

    Args:
        facts: what is true of all cines of the set, such as the split.
    """
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    number, absent = 0, []
    for frames, labels, gone in cine.blocks():
        for picture, truth, is_gone in zip(frames, labels, gone, strict=True):
            name = f"{number:04d}.png"
            _write_picture(folder / "images" / name, picture)
            (folder / "masks" / name).write_bytes(png_bytes(truth))
            absent += [number] if is_gone else []
            number += 1
    description = describe(cine, absent, facts)
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return description


def describe(cine: PlannedCine, absent: list[int], facts: dict[str, Any]) -> dict[str, Any]:
    """What cine.json says; `kind` keeps figures of such cines apart from those of recorded ones."""
    return {
        "kind": KIND,
        "shows": cine.theme.name,
        "moves": list(cine.plan.happenings),
        "set": cine.still.origin,
        "picture": cine.still.name,
        "labels": list(cine.still.labels),
        "focus": cine.still.labels[cine.plan.source.focus],
        "frames": len(cine.times),
        "absent_frames": absent,
        "jump_frames": [int(np.ceil(float(cut))) for cut in cine.plan.motion.rock.cut_times],
        **facts,
        "version": rabengine.__version__,
    }


def _write_picture(path: Path, picture: np.ndarray) -> None:
    image = sitk.GetImageFromArray(np.ascontiguousarray(picture), isVector=picture.ndim == 3)
    try:
        sitk.WriteImage(image, str(path))
    except RuntimeError as error:  # its sentence is about the library's own source
        raise InputError(f"{path} cannot be written.", "Choose a folder on a disk with room.") from error
