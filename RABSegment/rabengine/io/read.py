"""Read a cine from a file or folder of any supported kind."""

from __future__ import annotations

from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError, RABSegmentError
from rabengine.io.picture.single_picture import picture_format
from rabengine.optional import require_installed

from .options import DEFAULT_OPTIONS, ReadOptions, with_options
from .pixels import checked
from .reach import check_reach
from .reader import Reader
from .readers import cine_suffixes, reader_of

__all__ = ["ReadOptions", "load_frames", "read_cine"]


def read_cine(path: str | Path, within: Path | None = None, options: ReadOptions = DEFAULT_OPTIONS) -> Cine:
    """A cine ready to be segmented: two frames or more, finite pixels, some contrast.

    Kinds: DICOM (whatever its name), `.seq.nrrd` and `.nrrd`/`.nhdr`, `.mha`/`.mhd`, `.nii`/`.nii.gz` and `.tif`
    with time last, video files, animated GIF, PNG, WebP and AVIF, a folder of DICOM files or of images, and what other
    packages add (see `rabengine.io.readers`).

    Args:
        path: of the file or folder.
        within: a folder outside of which no file may be opened, whatever the cine refers to.
        options: which of several series to take, and what the file does not say.

    Raises:
        InputError: one sentence that names the file and what is wrong with it.
    """
    return checked(load_frames(path, within, options))


def load_frames(path: str | Path, within: Path | None = None, options: ReadOptions = DEFAULT_OPTIONS) -> Cine:
    """As `read_cine`, but without its conditions, as needed for label sequences.

    Raises:
        InputError: the file is missing, damaged, of a kind that is not supported, or not `within`.
    """
    path = Path(path)
    try:
        require_file(path)
        reader = reader_of(path)
        if reader is None:
            raise _unsupported(path)
        return with_options(_read(reader, path, within, options), options)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}).", "Check that you may read it."
        ) from error
    except MemoryError as error:
        raise InputError(
            f"{path} needs more memory than there is for it.", "Give a shorter part of it, or smaller frames."
        ) from error


def require_file(path: Path) -> None:
    """Refuse what is no file with something in it and no folder; a pipe would be waited for without an end."""
    try:
        exists = path.exists()
    except ValueError:  # a NUL in the name
        exists = False
    if not exists:
        raise InputError(f"{path} does not exist.", "Check the path.")
    if not (path.is_file() or path.is_dir()):
        raise InputError(f"{path} is neither a file nor a folder.", "Give a file that holds a cine.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path} is an empty file.", "Copy or export it again.")


def _read(reader: Reader, path: Path, within: Path | None, options: ReadOptions) -> Cine:
    try:
        if within is not None:
            check_reach(path, within)
        for module in reader.needs:
            require_installed(module, f"Reading {path}")
        return reader.read(path, options)
    except InputError as error:
        if type(error) is not InputError or path.name in error.message:
            raise
        # What gathers frames does not know whose they are.
        said = f"{error.message[:1].lower()}{error.message[1:]}"
        raise InputError(f"{path} cannot be read: {said}", error.hint) from error
    except (RABSegmentError, OSError, MemoryError):
        raise
    except Exception as error:  # libraries raise anything at all on files that are damaged
        raise InputError(
            f"{path} is damaged, or no {reader.name} whatever its name says ({type(error).__name__}).",
            "Copy or export it again.",
        ) from error


def _unsupported(path: Path) -> InputError:
    kind = picture_format(path) if path.is_file() else None
    if kind not in (None, "TIFF"):
        return InputError(
            f"{path} is a picture ({kind}), and a cine has two frames or more.",
            "Give the folder of the pictures, one a frame; an animation as GIF or video.",
        )
    return InputError(
        f"{path} is of a type that is not supported.",
        f"Give DICOM, a folder of images, or a file that ends with {', '.join(cine_suffixes())}.",
    )
