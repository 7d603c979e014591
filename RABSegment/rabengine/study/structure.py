"""`structure.rab`: what a study has learned, in one file that can be given to a colleague.

A ZIP archive of two members: `about.json`, which any program can read, and `learned.pt`, tensors and plain values that
are read with `weights_only=True`, so that nothing in it is ever run. It holds no names of people, files or patients;
example frames are pictures of patients, and can be left out.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rabengine.errors import InputError
from rabengine.io.files.atomic import write_whole

from .marked_frame import MarkedFrame

FORMAT = "rabsegment-structure"
VERSION = 1
SUFFIX = ".rab"
LARGEST_BYTES = 2 * 2**30
_ADVICE = "Name one that `rabsegment study learn` wrote."
_ABOUT, _LEARNED = "about.json", "learned.pt"


@dataclass(frozen=True)
class Appearance:
    """A network that knows what segments look like, see `adaptation.appearance.AppearanceModel`.

    Attributes:
        backbone: name of its encoder. values: label values, ascending.
        state: of its network. worth: of what it learned from, in [0, 1].
    """

    backbone: str
    values: tuple[int, ...]
    state: Mapping[str, torch.Tensor]
    worth: float


@dataclass(frozen=True)
class Structure:
    """What was learned.

    Attributes:
        names: {label value: name} of segments. colours: {label value: (red, green, blue)}, each 0 to 255.
        examples: marked frames. descriptions: (len(examples), D) float16 of `Describer`. describer: which one.
        appearance: None where no network learned.
        taught: plain facts: how many cines, frames and people, from which day to which, by which version.
    """

    names: Mapping[int, str]
    colours: Mapping[int, tuple[int, int, int]]
    examples: tuple[MarkedFrame, ...] = ()
    descriptions: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float16))
    describer: str = ""
    appearance: Appearance | None = None
    taught: Mapping[str, Any] = field(default_factory=dict)

    def with_examples_of(self, other: Structure) -> Structure:
        """The same, with the examples of another."""
        return replace(self, examples=other.examples, descriptions=other.descriptions, describer=other.describer)


def save_structure(path: Path, structure: Structure) -> None:
    """Write the file, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    about = {
        "format": FORMAT,
        "version": VERSION,
        "segments": {
            str(value): {"name": name, "colour": list(structure.colours.get(value, ()))}
            for value, name in structure.names.items()
        },
        "pictures": len(structure.examples),
        "weights": structure.appearance is not None,
        "taught": dict(structure.taught),
    }
    learned = io.BytesIO()
    torch.save(_as_tensors(structure), learned)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_ABOUT, json.dumps(about, indent=1))
        archive.writestr(_LEARNED, learned.getvalue())
    try:
        write_whole(path, whole.getvalue())
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}).", "Choose another place with room."
        ) from error


def load_structure(path: str | Path) -> Structure:
    """Read a file.

    Raises:
        InputError: it is missing, damaged, of a newer version, or no such file.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError(
            f"The structure file {source} does not exist.", "Name one that `rabsegment study learn` wrote."
        )
    try:
        with zipfile.ZipFile(source) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_BYTES:
                raise ValueError("too large")
            about = json.loads(archive.read(_ABOUT))
            if about["format"] != FORMAT:
                raise ValueError("another format")
            if about["version"] > VERSION:
                raise InputError(
                    f"{source} was made by a newer RABSegment (it has version {about['version']}, not {VERSION}).",
                    "Update RABSegment on this computer.",
                )
            held = torch.load(io.BytesIO(archive.read(_LEARNED)), map_location="cpu", weights_only=True)
        return _of_tensors(about, held)
    except (
        OSError,
        ValueError,  # of JSON too
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
        pickle.UnpicklingError,
    ) as error:
        raise InputError(f"{source} is damaged, or no structure file.", _ADVICE) from error


def _as_tensors(structure: Structure) -> dict[str, Any]:
    found = structure.appearance
    return {
        "examples": [
            {"picture": torch.from_numpy(one.picture.copy()), "labels": torch.from_numpy(one.labels.copy())}
            for one in structure.examples
        ],
        "descriptions": torch.from_numpy(structure.descriptions.astype(np.float16)),
        "describer": structure.describer,
        "appearance": None
        if found is None
        else {
            "backbone": found.backbone,
            "values": list(found.values),
            "state": {name: value.detach().cpu().half() for name, value in found.state.items()},
            "worth": found.worth,
        },
    }


def _of_tensors(about: Mapping[str, Any], held: Mapping[str, Any]) -> Structure:
    """Raises ValueError, TypeError, KeyError or AttributeError where something is not as it should be."""
    names = {_label(value): str(told["name"]) for value, told in about["segments"].items()}
    colours = {
        _label(value): (int(told["colour"][0]), int(told["colour"][1]), int(told["colour"][2]))
        for value, told in about["segments"].items()
        if told["colour"]
    }
    examples = tuple(_example(one) for one in held["examples"])
    descriptions = held["descriptions"].numpy()
    if descriptions.ndim != 2 or len(descriptions) != len(examples):
        raise ValueError("descriptions of other examples")
    return Structure(
        names,
        colours,
        examples,
        descriptions,
        str(held["describer"]),
        None if held["appearance"] is None else _appearance(held["appearance"]),
        dict(about["taught"]),
    )


def _example(held: Mapping[str, Any]) -> MarkedFrame:
    picture, labels = held["picture"].numpy(), held["labels"].numpy()
    is_picture = picture.dtype == np.uint8 and (picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3))
    if not is_picture or labels.dtype != np.uint8 or labels.shape != picture.shape[:2] or not labels.size:
        raise ValueError("no marked frame")
    return MarkedFrame(picture, labels)


def _appearance(held: Mapping[str, Any]) -> Appearance:
    values = tuple(_label(value) for value in held["values"])
    state = {str(name): value.float() for name, value in held["state"].items()}
    if not values or list(values) != sorted(set(values)) or not 0 <= float(held["worth"]) <= 1:
        raise ValueError("no appearance")
    return Appearance(str(held["backbone"]), values, state, float(held["worth"]))


def _label(value: object) -> int:
    number = int(str(value))
    if not 1 <= number <= 255:
        raise ValueError("no label value")
    return number
