"""Whether a file that is not DICOM says whose cine it is."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .dicom_cines import IDENTITY

# Names in parts, dates also as people and programs write them.
TRACES = tuple(
    trace.casefold().encode()
    for value in IDENTITY.values()
    for trace in (value, *value.split("^"), *([f"{value[:4]}-{value[4:6]}-{value[6:]}"] if value.isdecimal() else []))
)


def traces_in(path: Path, *more: str) -> set[str]:
    """What of the identity stands in a file, or in the files of a folder, packed or not, or in their names.

    Args:
        more: other texts that are looked for, such as UIDs.
    """
    wanted = (*TRACES, *(text.casefold().encode() for text in more))
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found = set()
    for file in files:
        for content in (file.name.encode(), *(_contents(file.read_bytes()) if file.is_file() else ())):
            found |= {trace.decode() for trace in wanted if trace in content.lower()}
    return found


def _contents(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield from _contents(gzip.decompress(content))
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from _contents(archive.read(name))
