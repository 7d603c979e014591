"""What else a file would make its reader open: a cine from outside must not reach other files of this computer."""

from __future__ import annotations

import mmap
from pathlib import Path

from ..errors import InputError
from .dicom_header import is_dicom
from .folder import image_files
from .nrrd_header import parse_header

_METAIMAGE_DATA = b"ElementDataFile"
_NIFTI_MAGIC_AT, _NIFTI_WITH_OTHER_FILE = 344, b"ni1\0"
_LONGEST_NAME = 4096


def check_reach(path: Path, within: Path) -> None:
    """Refuse a cine that is not inside a folder, or whose frames would be read from outside it.

    Symbolic links count as what they lead to.

    Args:
        path: of a file or folder that exists.
        within: the folder.

    Raises:
        InputError: one sentence; also when it cannot be told what the file would make its reader open.
    """
    folder = within.resolve()
    for file in (path, *_files_behind(path)):
        if not file.resolve().is_relative_to(folder):
            raise InputError(
                f"{path} is kept in another folder ({file.name}), which may not be opened from here.",
                "Put all its files into one folder, without links.",
            )


def _files_behind(path: Path) -> list[Path]:
    """The other files that hold the frames of a cine."""
    name = path.name.lower()
    if path.is_dir():
        return image_files(path)
    if is_dicom(path):
        return []
    if name.endswith((".nrrd", ".nhdr")):
        return _behind_nrrd(path)
    if name.endswith((".mha", ".mhd")):
        return _behind_metaimage(path)
    if name.endswith(".nii"):
        _refuse_nifti_pair(path)
    return []


def _behind_nrrd(path: Path) -> list[Path]:
    with path.open("rb") as stream:
        detached = parse_header(stream, str(path)).fields.get("data file", "")
    return [path.parent / detached] if detached else []


def _behind_metaimage(path: Path) -> list[Path]:
    """The one place in the file that names its data decides.

    A header with two of them, or with none, could be read in another way by the library than by us.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(_METAIMAGE_DATA)
        is_only = at >= 0 and content.find(_METAIMAGE_DATA, at + 1) < 0
        start = at + len(_METAIMAGE_DATA)
        line = content[start : start + _LONGEST_NAME].splitlines()[:1] if is_only else []
    name = line[0].decode("latin-1").lstrip(" \t=:").rstrip() if line else ""
    if name.lower() == "local":
        return []
    if not name or not name.isprintable() or "%" in name or name.split()[0].upper() == "LIST":
        raise InputError(f"{path} does not name one file for its pixels.", "Save it as one .mha file.")
    return [path.parent / name]


def _refuse_nifti_pair(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(_NIFTI_MAGIC_AT)
        if stream.read(4) == _NIFTI_WITH_OTHER_FILE:
            raise InputError(f"{path} keeps its pixels in another file.", "Save it as one .nii file.")
