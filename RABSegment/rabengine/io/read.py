"""Read a cine from a file or folder of any supported kind."""

from __future__ import annotations

from pathlib import Path

from ..cine import Cine
from ..errors import InputError
from .animation import load_gif
from .dicom import load_dicom
from .dicom_header import is_dicom
from .folder import load_folder
from .nrrd import load_nrrd
from .pixels import checked
from .reach import check_reach
from .video import VIDEO_SUFFIXES, load_video
from .volume import load_volume

__all__ = ["CINE_SUFFIXES", "load_frames", "read_cine"]

_LOADERS = (
    ((".dcm", ".dicom"), load_dicom),
    ((".nrrd", ".nhdr"), load_nrrd),
    ((".mha", ".mhd", ".nii", ".nii.gz", ".tif", ".tiff"), load_volume),
    ((".gif",), load_gif),
    (VIDEO_SUFFIXES, load_video),
)

# Of files that may hold a cine; DICOM files may have any name.
CINE_SUFFIXES = tuple(suffix for suffixes, _load in _LOADERS for suffix in suffixes)


def read_cine(path: str | Path, within: Path | None = None) -> Cine:
    """A cine ready to be segmented: two frames or more, finite pixels, some contrast.

    Kinds: multi-frame DICOM (whatever its name), `.seq.nrrd` and `.nrrd`/`.nhdr`, `.mha`/`.mhd`,
    `.nii`/`.nii.gz` and `.tif` with time last, video files, animated `.gif`, and a folder of images.

    Args:
        path: of the file or folder.
        within: a folder outside of which no file may be opened, whatever the cine refers to.

    Raises:
        InputError: one sentence that names the file and what is wrong with it.
    """
    return checked(load_frames(path, within))


def load_frames(path: str | Path, within: Path | None = None) -> Cine:
    """As `read_cine`, but without its conditions, as needed for label sequences.

    Raises:
        InputError: the file is missing, damaged, of a kind that is not supported, or not `within`.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist.", "Check the path.")
        if path.is_file() and path.stat().st_size == 0:
            raise InputError(f"{path} is an empty file.", "Copy or export it again.")
        if within is not None:
            check_reach(path, within)
        if path.is_dir():
            return load_folder(path)
        if is_dicom(path):
            return load_dicom(path)
        for suffixes, load in _LOADERS:
            if path.name.lower().endswith(suffixes):
                return load(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}).", "Check that you may read it."
        ) from error
    except MemoryError as error:
        raise InputError(
            f"{path} needs more memory than this computer has.", "Give a shorter part of it, or smaller frames."
        ) from error
    raise InputError(
        f"{path} is of a type that is not supported.",
        "Give DICOM, .seq.nrrd, .nrrd, .mha, .nii.gz, .mp4, .avi, .mov, .gif, .tif, or a folder of images.",
    )
