"""All readers of cines: our own, and those that other packages add.

A package adds a reader by an entry point of the group "rabsegment.readers" that names a `Reader` object or a class
without arguments that makes one:

    [project.entry-points."rabsegment.readers"]
    ourformat = "ourpackage.reader:OurReader"
"""

from __future__ import annotations

import functools
from importlib.metadata import entry_points
from pathlib import Path

from rabengine.io.dicom.reader import DicomReader
from rabengine.io.picture.animation import GifReader
from rabengine.io.picture.folder import FolderReader
from rabengine.io.tiff.reader import TiffReader
from rabengine.io.video.reader import VideoReader
from rabengine.io.volume.metaimage import MetaImageReader
from rabengine.io.volume.nifti import NiftiReader
from rabengine.io.volume.nrrd import NrrdReader

from .reader import Reader

GROUP = "rabsegment.readers"

# In the order in which they are asked: the content of DICOM is plain whatever the name, that of video is not.
READERS: list[Reader] = [
    FolderReader(),
    DicomReader(),
    NrrdReader(),
    MetaImageReader(),
    NiftiReader(),
    TiffReader(),
    GifReader(),
    VideoReader(),
]


def all_readers() -> tuple[Reader, ...]:
    """Our own readers, then those of other packages; one of them that cannot be loaded is left out."""
    return (*READERS, *_extensions())


def reader_of(path: Path) -> Reader | None:
    """Who reads this file or folder, None when nobody does."""
    return next((reader for reader in all_readers() if reader.recognizes(path)), None)


def cine_suffixes() -> tuple[str, ...]:
    """Endings of files that may hold a cine; DICOM files may have any name."""
    return tuple(dict.fromkeys(suffix for reader in all_readers() for suffix in reader.suffixes))


@functools.cache
def _extensions() -> tuple[Reader, ...]:
    found: list[Reader] = []
    for entry in sorted(entry_points(group=GROUP)):
        try:
            loaded = entry.load()
            reader = loaded() if isinstance(loaded, type) else loaded
        except Exception:  # whatever is wrong with it, ours must go on reading
            continue
        if isinstance(reader, Reader):
            found.append(reader)
    return tuple(found)
