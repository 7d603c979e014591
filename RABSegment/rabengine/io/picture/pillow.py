"""Pictures opened with Pillow, which Slicer ships, so that no file makes it fail in another way than by a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.optional import require


@contextmanager
def opened_picture(path: Path, formats: tuple[str, ...]) -> Iterator[Any]:
    """A PIL.Image.Image of the file; what fails while it is read inside the block becomes an InputError.

    Args:
        path: of the file.
        formats: Pillow's names of the formats that it may be of, whatever its name.

    Raises:
        InputError: Pillow is not installed or reads no AVIF, or the file is damaged, cut off, of another format, or
            unfolds to more pixels than Pillow takes for harmless.
    """
    pillow = require("PIL.Image", f"Reading the picture {path}")
    if "AVIF" in formats and not _reads_avif():
        raise InputError(f"{path} is AVIF, which this version of Pillow does not read.", "Update Pillow.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it only warns of, it can read
            with pillow.open(path, formats=formats) as image:
                yield image
    except (InputError, MemoryError):
        raise
    except pillow.DecompressionBombError as error:
        raise InputError(
            f"{path} says that it holds more pixels than any picture has.", "Save it again from a program you trust."
        ) from error
    except Exception as error:  # its decoders raise almost anything on files that are damaged
        raise InputError(
            f"{path} cannot be read as a picture: it is cut off, damaged, or of a type that is not supported.",
            "Save it again as PNG.",
        ) from error


def _reads_avif() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old versions do not know the word
        return bool(require("PIL.features", "Reading AVIF").check("avif"))
