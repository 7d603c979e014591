"""Names that promise a file: a folder of that name, or another kind of file, would surprise."""

from __future__ import annotations

from pathlib import Path

from rabengine.errors import InputError

FILE_SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jp2", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".avif", ".heic", ".pgm",
    ".ppm", ".svg", ".pdf", ".eps", ".psd",
    ".mp4", ".m4v", ".avi", ".mov", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg", ".mxf", ".y4m", ".flv", ".3gp",
    ".nrrd", ".nhdr", ".mha", ".mhd", ".nii", ".hdr", ".img", ".mgh", ".mgz", ".mnc", ".dcm", ".dicom", ".raw",
    ".vtk", ".vti", ".vtp", ".vtu", ".stl", ".obj", ".ply", ".mrml", ".mrb",
    ".h5", ".hdf", ".hdf5", ".he5", ".nc", ".mat", ".npy", ".npz", ".pkl", ".pickle", ".parquet", ".feather", ".rds",
    ".pt", ".pth", ".onnx", ".safetensors", ".rab",
    ".csv", ".tsv", ".xls", ".xlsx", ".ods", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".txt", ".md",
    ".html", ".htm", ".doc", ".docx", ".odt", ".pptx", ".sqlite", ".db", ".log",
    ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz",
)  # fmt: skip


def is_file_name(path: str | Path) -> bool:
    """Whether a name ends as files of a known kind do."""
    return Path(path).name.lower().endswith(FILE_SUFFIXES)


def check_folder_name(path: Path) -> None:
    """Refuse the name of a file for a folder that is to be made; one that is there may be called as it is.

    Raises:
        InputError: it is one.
    """
    if is_file_name(path) and not path.is_dir():
        raise InputError(
            f"{path} is the name of a file, and a folder is what would be written.",
            f"Choose a name without {path.suffix}.",
        )


def check_suffix(option: str, path: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a file whose name does not say what will be in it.

    Raises:
        InputError: it has another ending.
    """
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{option} {path} must end in {' or '.join(suffixes)}.", "Choose such a name.")
