"""What will be written at a path, judged by its name, and whether it can be."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.writable import check_replaceable_folder, check_writable

__all__ = ["OutputKind", "check_output", "check_writable", "output_kind"]


class OutputKind(Enum):
    """Where label frames go."""

    SEQUENCE = "sequence"
    NRRD = "nrrd"
    METAIMAGE = "metaimage"
    NIFTI = "nifti"
    FOLDER = "folder"


_KINDS = (
    (".seq.nrrd", OutputKind.SEQUENCE),
    (".nrrd", OutputKind.NRRD),
    (".mha", OutputKind.METAIMAGE),
    (".nii", OutputKind.NIFTI),
    (".nii.gz", OutputKind.NIFTI),
)
# Names that promise a file we do not write: a folder of that name would surprise.
_OTHER_FILES = (
    ".nhdr", ".mhd", ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff",
    ".gif", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".dcm", ".npy",
    ".npz", ".csv", ".json", ".txt", ".gz", ".zip", ".mrb",
)  # fmt: skip
LEGEND_FILE = "segments.csv"  # of a folder of label images: names and colours
_LABEL_FILE = re.compile(rf"\d{{4,}}\.png|{re.escape(LEGEND_FILE)}")


def output_kind(path: str | Path) -> OutputKind:
    """The kind that the name asks for; a name without a known ending is a folder.

    Raises:
        InputError: the name is that of a file which is not among the kinds.
    """
    name = Path(path).name.lower()
    for suffix, kind in _KINDS:
        if name.endswith(suffix):
            return kind
    if name.endswith(_OTHER_FILES):
        raise InputError(
            f"{path} is not a kind of output.", "Name it .seq.nrrd, .nrrd, .mha or .nii.gz, or give a folder."
        )
    return OutputKind.FOLDER


def check_output(path: str | Path) -> OutputKind:
    """Fail before the long job rather than after it if labels could not be written at `path`.

    Raises:
        InputError: the folder around it is missing or not writable, or something there would be lost.
    """
    path = Path(path)
    kind = output_kind(path)
    check_writable(path, is_folder=kind is OutputKind.FOLDER)
    if kind is OutputKind.FOLDER:
        check_replaceable_folder(path, is_label_file)
    return kind


def is_label_file(entry: Path) -> bool:
    """Whether an entry of a folder is one of the label images that `write_labels` writes."""
    return _LABEL_FILE.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()
