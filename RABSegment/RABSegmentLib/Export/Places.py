"""Where exports go: names for groups of overlapping segments, checks before the work, whole files or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.atomic import written_together
from rabengine.io.files.writable import check_writable
from RABSegmentLib.Translation import tr as _

# Writes what was gathered from the scene before, and asks it for nothing more, so that another thread may call it.
FileWriter = Callable[[str | Path], list[Path]]
# Neither in names of files, on any system, nor in those inside a scene that Slicer is to read.
_NOT_IN_NAMES = re.compile("[\\\\/:*?|&<>\"'\x00-\x1f]")
_LONGEST_NAME = 100


def fileNameOf(name: str) -> str:
    """A name for a file, without its ending, such as of "3: US 4CH/2CH", as Slicer calls cines of DICOM."""
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME]


class Written(list[Path]):
    """What was written.

    Attributes:
        notes: sentences for the user, such as which segment was left out.
    """

    def __init__(self, paths: Iterable[Path], notes: Iterable[str] = ()) -> None:
        super().__init__(paths)
        self.notes = tuple(dict.fromkeys(notes))


def notesOf(written: list[Path]) -> tuple[str, ...]:
    """What a writer has to say of its files."""
    return written.notes if isinstance(written, Written) else ()


def checkedFile(path: str | Path, suffixes: Sequence[str]) -> Path:
    """The path if a file of one of these kinds can be written there.

    Raises:
        InputError: another ending, or a place that cannot be written to.
    """
    path = Path(path)
    requireSuffix(path, suffixes)
    check_writable(path)
    return path


def groupPaths(path: Path, count: int, suffixes: Sequence[str]) -> list[Path]:
    """The path itself for one group; for several its name with _1, _2 and so on before the ending.

    Raises:
        InputError: one of them cannot be written.
    """
    if count == 1:
        return [checkedFile(path, suffixes)]
    suffix = requireSuffix(path, suffixes)
    stem = path.name[: -len(suffix)]
    return [checkedFile(path.with_name(f"{stem}_{number + 1}{suffix}"), suffixes) for number in range(count)]


@contextmanager
def writtenTogether(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield names to write to; the files take their places when all are written, and none does after an error.

    Raises:
        InputError: one of them cannot be written; the sentence names its place.
    """
    with written_together(paths) as unfinished, aboutPlaces(unfinished, paths):
        yield unfinished


@contextmanager
def aboutPlaces(unfinished: Sequence[Path], paths: Sequence[Path]) -> Iterator[None]:
    """Let an InputError inside the block speak of the places that the user chose, not of the unfinished files."""
    try:
        yield
    except InputError as error:
        message, hint = error.message, error.hint
        for own, chosen in zip(unfinished, paths, strict=True):
            message, hint = message.replace(str(own), str(chosen)), hint.replace(str(own), str(chosen))
        raise InputError(message, hint) from error


def requireSuffix(path: Path, suffixes: Sequence[str]) -> str:
    """The ending of these that the name has, as it is written there.

    Raises:
        InputError: none, or nothing before it.
    """
    for suffix in suffixes:
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[-len(suffix) :]
    endings = reduce(lambda one, other: _("{one} or {other}").format(one=one, other=other), suffixes)
    raise InputError(
        _("{path} is not a name for this export.").format(path=path),
        _("Choose a name that ends in {endings}.").format(endings=endings),
    )
