"""What will be written at a path, judged by its name, and whether it can be."""

from __future__ import annotations

import re
import tempfile
from enum import Enum
from pathlib import Path

from ..errors import InputError
from .atomic import as_input_error


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
    if kind is OutputKind.FOLDER and path.is_dir():
        others = [entry.name for entry in path.iterdir() if not _LABEL_FILE.fullmatch(entry.name)]
        if others:
            raise InputError(
                f"The folder {path} holds other files ({sorted(others)[0]}), which would be lost.",
                "Give a new or empty folder.",
            )
    return kind


def check_writable(path: str | Path, is_folder: bool = False) -> None:
    """Make sure that a file (or folder) can be created at `path`; nothing is left behind.

    Raises:
        InputError: the folder around it is missing or not writable, or `path` is of the other sort.
    """
    path = Path(path)
    parent = path.absolute().parent
    if not parent.is_dir():
        problem = "is not a folder" if parent.exists() else "does not exist"
        raise InputError(f"{path} cannot be written: {parent} {problem}.", "Choose a folder that exists.")
    if path.is_dir() and not is_folder:
        raise InputError(f"{path} cannot be written: it is a folder.", "Choose another name.")
    if path.exists() and is_folder and not path.is_dir():
        raise InputError(f"{path} cannot be a folder: it is a file.", "Choose another name.")
    with as_input_error(path), tempfile.NamedTemporaryFile(dir=parent, prefix=".rabsegment-"):
        pass  # the only sure test, also on read-only disks and as an administrator
