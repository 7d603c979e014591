"""All readers of cines: our own, and those that other packages add.

A package adds a reader by an entry point of the group "rabsegment.readers" that names a `Reader` object or a class
without arguments that makes one.
"""

from __future__ import annotations

from pathlib import Path

from rabengine.registry import Registry

from .reader import Reader

FOLDER = "folder"

READERS: Registry[Reader] = Registry(
    "reader",
    "rabsegment.readers",
    # In the order in which they are asked: the content of DICOM is plain whatever the name, that of video is not.
    {
        FOLDER: "rabengine.io.picture.folder:FolderReader",
        "dicom": "rabengine.io.dicom.reader:DicomReader",
        "nrrd": "rabengine.io.volume.nrrd:NrrdReader",
        "metaimage": "rabengine.io.volume.metaimage:MetaImageReader",
        "nifti": "rabengine.io.volume.nifti:NiftiReader",
        "tiff": "rabengine.io.tiff.reader:TiffReader",
        "animation": "rabengine.io.picture.animation:AnimationReader",
        "video": "rabengine.io.video.reader:VideoReader",
    },
    lambda found: isinstance(found, Reader) and not isinstance(found, type),
)


def all_readers() -> tuple[Reader, ...]:
    """Our own readers, then those of other packages; one of them that cannot be loaded is left out."""
    return tuple(reader for _name, reader in READERS.all())


def reader_of(path: Path) -> Reader | None:
    """Who reads this file or folder, None when nobody does.

    Of ours one alone reads folders, and takes every one: those of other packages are asked before it.
    """
    readers = _readers_of_folders() if path.is_dir() else all_readers()
    return next((reader for reader in readers if reader.recognizes(path)), None)


def cine_suffixes() -> tuple[str, ...]:
    """Endings of files that may hold a cine; DICOM files may have any name."""
    return tuple(dict.fromkeys(suffix for reader in all_readers() for suffix in reader.suffixes))


def _readers_of_folders() -> tuple[Reader, ...]:
    others = [reader for name, reader in READERS.all() if name not in READERS.own]
    return (*others, READERS.get(FOLDER))
