"""DICOM files: which they are, and their headers, read by pydicom."""

from __future__ import annotations

import logging
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.optional import require

DEFLATED = "1.2.840.10008.1.2.1.99"
IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT, _BIG_ENDIAN = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
_MARK, _MARK_AT = b"DICM", 128
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST TM UC UI UL UN UR US".split()
)
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
_LONGEST_FIRST_VALUE = 256
_MOST_INFLATED = 2 * 2**30
_BLOCK = 1 << 20


def is_dicom(path: Path) -> bool:
    """Whether the content is DICOM, whatever the name; also without the preamble that some devices leave out."""
    try:
        with path.open("rb") as stream:
            start = stream.read(_MARK_AT + len(_MARK))
    except OSError:
        return False
    return start[_MARK_AT:] == _MARK or _is_bare(start)


def _is_bare(start: bytes) -> bool:
    """Whether a data set begins at once: with a group that comes first, and a VR or a short even length."""
    if len(start) < 16 or start[:2] not in _FIRST_GROUPS or start[3] > 0x30:
        return False
    if start[4:6].isalpha():
        return bytes(start[4:6]) in _VRS
    length = int.from_bytes(start[4:8], "little")
    return start[:2] == b"\x08\x00" and 0 < length <= _LONGEST_FIRST_VALUE and length % 2 == 0


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Keep to itself what pydicom has to say of values that are against the standard."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def plain_file(path: Path) -> Iterator[Path]:
    """The file itself, or, of a deflated one, a copy that is not, which lasts as long as the block.

    Raises:
        InputError: what is deflated is damaged, or unpacks to more than can be handled.
    """
    header = _meta(path)
    if header is None or header.file_meta.get("TransferSyntaxUID") != DEFLATED:
        yield path
        return
    with OwnedFolder() as folder:
        plain = Path(folder) / "plain.dcm"
        _inflate(path, plain, header.file_meta)
        yield plain


def _meta(path: Path) -> Any:
    """A data set that holds the file's meta information only; None where there is none."""
    reading = require("pydicom.filereader", "Reading DICOM")
    with path.open("rb") as stream:
        if stream.read(_MARK_AT + len(_MARK))[_MARK_AT:] != _MARK:
            return None
        stream.seek(0)
        try:
            return reading.read_partial(stream, stop_when=lambda tag, _vr, _length: tag.group > 2, force=True)
        except Exception:
            return None


def _inflate(path: Path, plain: Path, meta: Any) -> None:
    writing = require("pydicom.filewriter", "Reading DICOM")
    meta_length = _MARK_AT + len(_MARK) + 12 + int(meta.get("FileMetaInformationGroupLength", 0))
    meta.TransferSyntaxUID = require("pydicom.uid", "Reading DICOM").UID(_EXPLICIT)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    with path.open("rb") as stream, plain.open("wb") as target:
        target.write(b"\0" * _MARK_AT + _MARK)
        writing.write_file_meta_info(target, meta, enforce_standard=False)
        stream.seek(meta_length)
        size = 0
        try:
            packed = stream.read(_BLOCK)
            while packed and not unpacker.eof:
                block = unpacker.decompress(packed, _BLOCK)
                size += len(block)
                if size > _MOST_INFLATED:
                    raise InputError(f"{path} unpacks to more than 2 GB.", "Export it without deflation.")
                target.write(block)
                packed = unpacker.unconsumed_tail or stream.read(_BLOCK)
        except zlib.error as error:
            raise _cut_off(path) from error
    if not unpacker.eof:
        raise _cut_off(path)


def _cut_off(path: Path) -> InputError:
    return InputError(f"{path} is cut off or damaged: it cannot be unpacked.", "Copy or export the DICOM file again.")


def read_header(path: Path) -> Any:
    """A pydicom Dataset of everything before the pixels, with `file_meta`.

    Two attributes are added: `pixels_at`, the offset of the pixel data element (None when the file ends before
    it), and `transfer_syntax`, its UID, also where the file does not say.

    Raises:
        InputError: pydicom is missing, or the file cannot be understood as DICOM.
    """
    pydicom = require("pydicom", "Reading DICOM")
    with path.open("rb") as stream, quiet_pydicom():
        size = path.stat().st_size
        try:
            header = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
            at = stream.tell()
            implicit, little = header.original_encoding
        except Exception as error:
            raise InputError(
                f"{path} is cut off, damaged, or not a DICOM file.", "Copy or export the DICOM file again."
            ) from error
    if not len(header) and not len(getattr(header, "file_meta", ())):
        raise InputError(f"{path} is not a DICOM file, whatever its name says.", "Check that it opens in a viewer.")
    header.pixels_at = at if at + 8 <= size else None
    told = str(header.file_meta.get("TransferSyntaxUID", "")) if hasattr(header, "file_meta") else ""
    header.transfer_syntax = told or (IMPLICIT if implicit else _EXPLICIT if little else _BIG_ENDIAN)
    return header


class NoImageError(InputError):
    """DICOM that is whole, and no image."""


def header_of(path: Path) -> Any:
    """As `read_header`, also of a file that is deflated."""
    with plain_file(path) as plain, quiet_pydicom():
        return read_header(plain)


def require_image(path: Path, header: Any) -> None:
    """Refuse DICOM without pixels, for the reason that applies.

    Raises:
        NoImageError: a directory, a report, or something else that never has pixels.
        InputError: a file that ends before its pixels.
    """
    kind = _class_of(header)
    if kind == _DICOMDIR_CLASS or "DirectoryRecordSequence" in header:
        raise NoImageError(
            f"{path} is the table of contents of a DICOM disc (DICOMDIR), not an image.",
            "Give the folder or one of the files that hold the images.",
        )
    if header.pixels_at is not None:
        return
    if "Rows" not in header and kind:
        name = require("pydicom.uid", "Reading DICOM").UID(kind).name
        raise NoImageError(
            f"{path} holds no image: it is DICOM of the kind {name.removesuffix(' Storage')}.",
            "Give the file that holds the frames.",
        )
    raise InputError(f"{path} is cut off: it ends before its pixels.", "Copy or export the DICOM file again.")


def _class_of(header: Any) -> str:
    meta = getattr(header, "file_meta", {})
    return str(meta.get("MediaStorageSOPClassUID", "") or header.get("SOPClassUID", ""))


def value_of(dataset: Any, keyword: str) -> Any:
    """An element's value, None where it is absent, empty or against the standard."""
    try:
        value = dataset.get(keyword)
    except Exception:  # pydicom converts values when they are asked for, and raises anything
        return None
    return None if value in ("", None) else value


def items_of(dataset: Any, keyword: str) -> list[Any]:
    """The items of a sequence, [] where it is absent or no sequence."""
    value = value_of(dataset, keyword)
    try:
        return [item for item in value if hasattr(item, "get")] if value is not None else []
    except TypeError:
        return []


def numbers_of(dataset: Any, keyword: str) -> tuple[float, ...]:
    """An element's numbers, () where it is absent or not made of numbers."""
    value = value_of(dataset, keyword)
    if value is None:
        return ()
    parts = value if hasattr(value, "__iter__") and not isinstance(value, str | bytes) else (value,)
    try:
        return tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        return ()
