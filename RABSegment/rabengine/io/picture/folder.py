"""A folder of images as a cine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from rabengine.cine import LEFT_OUT, Cine, name_sum
from rabengine.errors import InputError
from rabengine.io.dicom.files import is_dicom
from rabengine.io.dicom.folder import dicom_images, load_dicom_folder
from rabengine.io.frame_buffer import FrameBuffer, describe
from rabengine.io.options import DEFAULT_OPTIONS, ReadOptions
from rabengine.io.pixels import to_frame

from .names import in_natural_order
from .numbering import numbering_notes
from .single_picture import PICTURE_SUFFIXES, read_picture

_MOST_NAMED = 5


class FolderReader:
    """A folder of DICOM files or of pictures."""

    name = "folder of images"
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def recognizes(self, path: Path) -> bool:
        return path.is_dir()

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_folder(path, options)

    def files_behind(self, path: Path) -> list[Path]:
        return image_files(path)


def load_folder(folder: Path, options: ReadOptions = DEFAULT_OPTIONS) -> Cine:
    """One series of the DICOM files of a folder in the order of time, or else all its pictures, one frame each.

    Names of pictures are sorted naturally: numbers count by their value, so "frame2" comes before "frame10".
    Hidden files, and files that are neither pictures nor DICOM, are left out; pictures beside DICOM with a warning.

    Raises:
        InputError: the folder has no pictures, or they differ in size or pixel type.
    """
    files = image_files(folder)
    if not files:
        raise InputError(
            f"The folder {folder} has no images ({', '.join(PICTURE_SUFFIXES)} or DICOM).",
            "Give a folder that holds one image a frame.",
        )
    dicom = [path for path in files if is_dicom(path)]
    pictures = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES and path not in set(dicom)]
    images, others = dicom_images(dicom)
    if images and (len(pictures) < 2 or sum(image.frames for image in images) > 1):
        return _with_note(load_dicom_folder(folder, images, options), [*pictures, *others])
    if not pictures:
        raise InputError(
            f"The DICOM files in {folder} hold no images ({others[0].name}{' and others' if len(others) > 1 else ''}).",
            "Give the folder that holds the images.",
        )
    return _with_note(_load_pictures(folder, pictures), dicom)


def _with_note(cine: Cine, left_out: list[Path]) -> Cine:
    """The cine with a warning that names what was not taken for a frame; a DICOMDIR goes without saying."""
    names = [path.name for path in left_out if path.name.upper() != "DICOMDIR"]
    if not names:
        return cine
    listed = ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else "")
    return replace(cine, warnings=(*cine.warnings, f"{LEFT_OUT}: {listed}."))


def _load_pictures(folder: Path, files: list[Path]) -> Cine:
    first = _frame_of(files[0])
    with FrameBuffer(expected=len(files)) as buffer:
        for path in files:
            frame = _frame_of(path)
            if frame.shape != first.shape or frame.dtype != first.dtype:
                raise InputError(
                    f"{path} is {describe(frame)}, but {files[0].name} is {describe(first)}.",
                    "Give images of one size and pixel type.",
                )
            buffer.append(frame)
        frames = buffer.finish()
    return Cine(
        frames=frames,
        index_values=tuple(float(frame) for frame in range(len(frames))),
        source=str(folder),
        warnings=numbering_notes([path.stem for path in files]),
        name_sums=tuple(name_sum(path.stem) for path in files),
    )


def _frame_of(path: Path) -> np.ndarray:
    return to_frame(read_picture(path), str(path))


def image_files(folder: Path) -> list[Path]:
    """Pictures and DICOM files of a folder, sorted by name with numbers by their value."""
    try:
        entries = [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()]
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be listed ({error.strerror}).", "Check that you may read it."
        ) from error
    images = [path for path in entries if path.suffix.lower() in PICTURE_SUFFIXES or is_dicom(path)]
    return in_natural_order(images)
