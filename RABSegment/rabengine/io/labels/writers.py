"""All writers of labels: our own, and those that other packages add; the name of an output says which one.

A package adds a writer by an entry point of the group "rabsegment.writers" that names a `Writer` object or a class
without arguments that makes one. Command line, panel and page offer what is here.
"""

from __future__ import annotations

from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.file_names import is_file_name
from rabengine.io.files.writable import check_replaceable_folder, check_writable
from rabengine.optional import require_installed
from rabengine.registry import Registry

from .dicom_segmentation import DicomLabelMapWriter, DicomSegmentationWriter
from .pictures import PictureFolderWriter
from .volumes import MetaImageWriter, NiftiWriter, NrrdWriter, SequenceWriter
from .writer import Writer


def _is_writer(found: object) -> bool:
    """Whether an object is one, whose format a name can ask for.

    Raises:
        InputError: no name can.
    """
    if not isinstance(found, Writer) or isinstance(found, type):
        return False
    if not found.suffixes and not isinstance(found, PictureFolderWriter):
        raise InputError("It has no suffixes.", "Names without an ending are folders of label pictures.")
    return True


WRITERS: Registry[Writer] = Registry(
    "writer",
    "rabsegment.writers",
    {
        "labels": SequenceWriter(),
        "nrrd": NrrdWriter(),
        "metaimage": MetaImageWriter(),
        "nifti": NiftiWriter(),
        "pictures": PictureFolderWriter(),
        "dicom-seg": DicomSegmentationWriter(),
        "dicom-labelmap": DicomLabelMapWriter(),
    },
    _is_writer,
)


def all_writers() -> dict[str, Writer]:
    """{name: writer}, our own first; one of another package that cannot be loaded is left out."""
    return dict(WRITERS.all())


def output_suffixes() -> tuple[str, ...]:
    """The ending that each writer of files is known by."""
    return tuple(writer.suffixes[0] for writer in all_writers().values() if writer.suffixes)


def writer_of(path: str | Path) -> Writer:
    """Who writes what the name asks for, by the longest ending that fits; a name without a known one is a folder.

    Raises:
        InputError: the name is that of a file which nobody writes.
    """
    name = Path(path).name.lower()
    writers = all_writers()
    fitting = [
        (len(suffix), writer) for writer in writers.values() for suffix in writer.suffixes if name.endswith(suffix)
    ]
    if fitting:
        return max(fitting, key=lambda found: found[0])[1]
    if is_file_name(name) and not Path(path).is_dir():
        *some, last = output_suffixes()
        raise InputError(f"{path} is not a kind of output.", f"Name it {', '.join(some)} or {last}, or give a folder.")
    return next(writer for writer in writers.values() if not writer.suffixes)


def check_output(path: str | Path) -> Writer:
    """Fail before the long job rather than after it if labels could not be written at `path`.

    Raises:
        InputError: the folder around it is missing or not writable, something there would be lost, or a package that
            the writer needs is missing.
    """
    path = Path(path)
    writer = writer_of(path)
    check_writable(path, is_folder=writer.is_folder)
    if writer.is_folder:
        check_replaceable_folder(path, writer.owns)
    for module in writer.needs:
        require_installed(module, f"Writing {path.name}")
    return writer


def check_cine(path: str | Path, cine: Cine) -> None:
    """Fail before the long job if the format that the name asks for cannot hold the labels of this cine.

    Raises:
        InputError: it cannot, such as DICOM for a cine that is none.
    """
    check = getattr(writer_of(path), "check_cine", None)  # writers of other packages need not have it
    if check is not None:
        check(cine)
