"""TIFF, read by tifffile: pages as frames, and stacks of ImageJ and others that say what their axes are."""

from __future__ import annotations

import itertools
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError, PackageMissingError, RABSegmentError
from rabengine.io.choice import CineChoice, chosen
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import ReadOptions
from rabengine.io.pixels import check_frame_size, damaged, to_frame
from rabengine.io.reader import SuffixReader
from rabengine.optional import require

from .facts import facts_of_tiff
from .structure import is_whole

_CHANNEL, _SLICE, _TIME, _SAMPLES = "C", "Z", "T", "S"
_NAMES = {_CHANNEL: "channel", _SLICE: "slice"}
_MIN_IS_WHITE, _PALETTE = 0, 3
_SHOWN = {0, 1, 2, 3, 6}  # photometric interpretations that are grey or colours as screens have them


class TiffReader(SuffixReader):
    """TIFF with several pages."""

    name = "TIFF"
    suffixes = (".tif", ".tiff")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_tiff(path, options)


def load_tiff(path: Path, options: ReadOptions) -> Cine:
    """All frames of a TIFF file. Its resolution is that of a print, unless ImageJ or OME say what it means.

    Raises:
        InputError: it is cut off or damaged, or has several axes besides time and the options choose nothing.
    """
    with _opened(path) as tiff:
        return _read(tiff, path, options)


def read_tiff_page(path: Path, are_labels: bool) -> np.ndarray:
    """(H, W) or (H, W, channels) of the one page of a picture; thumbnails and masks do not count.

    Raises:
        InputError: it is cut off or damaged, or has several pages.
    """
    with _opened(path) as tiff:
        pages = [page.aspage() for page in tiff.pages]
        shown = [page for page in pages if not (page.is_mask or page.is_reduced)] or pages[:1]
        if len(shown) != 1:
            raise InputError(f"{path} holds {len(shown)} pages or slices, not one.", "Save one frame a file.")
        page = shown[0]
        if page.imagedepth != 1:
            raise InputError(f"{path} holds {page.imagedepth} pages or slices, not one.", "Save one frame a file.")
        return _page_pixels(page, path, ReadOptions(are_labels=are_labels))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A tifffile.TiffFile of a file that is whole; what fails while it is read inside the block is an InputError."""
    tifffile = require("tifffile", "Reading TIFF")
    if not is_whole(path):
        raise damaged(path)
    try:
        # Only this file: OME metadata may name others.
        with _quiet(), tifffile.TiffFile(path, _multifile=False) as tiff:
            yield tiff
    except (RABSegmentError, OSError, MemoryError):
        raise
    except Exception as error:
        if "imagecodecs" in str(error):
            raise PackageMissingError(f"Decoding {path}", ("imagecodecs",)) from error
        raise damaged(path) from error


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("tifffile")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was_disabled


def _read(tiff: Any, path: Path, options: ReadOptions) -> Cine:
    stack = next((series for series in tiff.series if _names_its_axes(series, tiff)), None)
    if stack is not None:
        frames, places = _frames_of_stack(stack, path, options)
        left_out = len(tiff.series) - 1
        note = f"The file holds {left_out} more images, such as a thumbnail, which were left out."
        warnings: tuple[str, ...] = (note,) if left_out else ()
    else:
        frames, warnings = _frames_of_pages(list(tiff.pages), path, options)
        places = [{_TIME: frame} for frame in range(len(frames))]
    facts = facts_of_tiff(tiff)
    times = facts.times_at(places)
    return Cine(
        frames=frames,
        spacing=facts.spacing,
        index_name="time" if times else "frame",
        index_unit="s" if times else "",
        index_values=times or tuple(float(frame) for frame in range(len(frames))),
        source=str(path),
        warnings=warnings,
    )


def _names_its_axes(series: Any, tiff: Any) -> bool:
    """Whether a series is more than pages; tifffile marks each page that was written alone as a series of its own."""
    if series.kind == "shaped" and len(tiff.series) > 1 and len(series.pages) == 1:
        return False
    return series.kind not in ("generic", "uniform")


def _frames_of_pages(pages: Sequence[Any], path: Path, options: ReadOptions) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pages of the size that most of them have; thumbnails, masks and other pictures are left out."""
    pages = [page.aspage() for page in pages]
    shown = [page for page in pages if not page.is_mask] or pages
    kinds = Counter(_kind(page) for page in shown)
    largest = max(kinds, key=lambda kind: (kinds[kind], math.prod(kind[0])))
    taken = [page for page in shown if _kind(page) == largest]
    left_out = len(pages) - len(taken)
    first = taken[0]
    names = [letter for letter, length in zip(first.axes, first.shape, strict=True) if length > 1]
    if not set(names) <= {"Y", "X", _SAMPLES}:
        raise _undecided(path, first.axes, first.shape)
    sample = _chosen_sample(first, path, options)
    with FrameBuffer(expected=len(taken)) as buffer:
        for page in taken:
            buffer.append(to_frame(_page_pixels(page, path, options, sample), str(path)))
        frames = buffer.finish()
    if not left_out:
        return frames, ()
    what = "page of another size or kind was" if left_out == 1 else "pages of other sizes or kinds were"
    return frames, (f"{left_out} {what} left out, such as a thumbnail or a mask.",)


def _kind(page: Any) -> tuple[tuple[int, ...], str]:
    return tuple(page.shape), str(page.dtype)


def _chosen_sample(page: Any, path: Path, options: ReadOptions) -> int | None:
    """Which of a page's samples to take where they are channels, neither colours nor transparency."""
    samples = page.samplesperpixel
    if samples < 2 or page.photometric in (2, 6) or (samples == 2 and tuple(page.extrasamples) in ((1,), (2,))):
        return None
    if page.photometric not in (0, 1) or samples == 3:
        return None
    choices = [CineChoice(f"c{number + 1}", f"channel {number + 1}", (number,), length=2) for number in range(samples)]
    return chosen(choices, options.series, str(path), "channels").frames[0]


def _page_pixels(page: Any, path: Path, options: ReadOptions, sample: int | None = None) -> np.ndarray:
    """(H, W) or (H, W, channels) as a screen shows them: palettes expanded, and white is the largest value."""
    _check_page(page, path)
    pixels = page.asarray()
    axes = page.axes
    if _SAMPLES in axes:
        pixels = np.moveaxis(pixels, axes.index(_SAMPLES), -1)
    pixels = pixels.reshape(page.imagelength, page.imagewidth, -1)
    pixels = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    if sample is not None:
        pixels = pixels[..., sample]
    if options.are_labels and page.photometric in (_PALETTE, _MIN_IS_WHITE):
        return np.asarray(pixels)
    if page.photometric == _PALETTE and pixels.ndim == 2 and page.colormap is not None:
        return _in_colour(pixels, page.colormap)
    if page.photometric == _MIN_IS_WHITE and pixels.ndim == 2 and pixels.dtype.kind in "bu":
        return (
            ~pixels if pixels.dtype.kind == "b" else np.subtract(2**page.bitspersample - 1, pixels, dtype=pixels.dtype)
        )
    return np.asarray(pixels)


def _check_page(page: Any, path: Path) -> None:
    if page.photometric not in _SHOWN:
        raise InputError(
            f"{path} has colours of a kind that is not supported (TIFF photometric {int(page.photometric)}).",
            "Save it as grey or RGB.",
        )
    if page.dtype is None:
        raise damaged(path)
    check_frame_size(
        page.imagelength, page.imagewidth, page.samplesperpixel * page.imagedepth, page.dtype.itemsize, str(path)
    )


def _in_colour(indices: np.ndarray, table: np.ndarray) -> np.ndarray:
    """RGB by a (3, N) table of 16 bits; a table of greys gives grey."""
    table = np.asarray(table)
    if table.max(initial=0) > 255:
        table = table >> 8  # some writers put 8 bits where 16 belong
    colours = table.astype(np.uint8)
    if np.array_equal(colours[0], colours[1]) and np.array_equal(colours[0], colours[2]):
        return np.asarray(colours[0][indices])
    return np.moveaxis(colours[:, indices], 0, -1)


def _frames_of_stack(series: Any, path: Path, options: ReadOptions) -> tuple[np.ndarray, list[dict[str, int]]]:
    """Frames of a series whose axes have names, and the place of each on these."""
    axes, shape = str(series.axes), tuple(series.shape)
    outer = [(letter, length) for letter, length in zip(axes, shape, strict=True) if letter not in "YXS"]
    if not all(letter in axes for letter in "YX") or (len(axes) != len(set(axes)) and _repeats_matter(outer)):
        raise _undecided(path, axes, shape)
    time = _time_axis(outer)
    others = [(letter, length) for place, (letter, length) in enumerate(outer) if place != time and length > 1]
    if time is None and len([length for letter, length in outer if length > 1 and letter != _CHANNEL]) > 1:
        raise _undecided(path, axes, shape)
    place = _chosen_place(others, path, options)
    count, name = (1, _TIME) if time is None else (outer[time][1], outer[time][0])
    places = [{**place, name: frame} for frame in range(count)]
    numbers = [_page_number(outer, one) for one in places]
    with FrameBuffer(expected=len(numbers)) as buffer:
        for pixels in _planes(series, numbers, path, options):
            buffer.append(to_frame(pixels, str(path)))
        return buffer.finish(), places


def _repeats_matter(outer: Sequence[tuple[str, int]]) -> bool:
    """Whether two axes of one letter are longer than one."""
    counts = Counter(letter for letter, length in outer if length > 1)
    return any(count > 1 for count in counts.values())


def _time_axis(outer: Sequence[tuple[str, int]]) -> int | None:
    """Place of the axis of time: the one that is called so, else the only one that could be."""
    for place, (letter, length) in enumerate(outer):
        if letter == _TIME and length > 1:
            return place
    long = [place for place, (letter, length) in enumerate(outer) if length > 1 and letter != _CHANNEL]
    return long[0] if len(long) == 1 else None


def _chosen_place(others: Sequence[tuple[str, int]], path: Path, options: ReadOptions) -> dict[str, int]:
    """Which channel and slice to take, by the letter of the axis."""
    if not others:
        return {}
    choices: list[CineChoice] = []
    places: list[dict[str, int]] = []
    for numbers in itertools.product(*(range(length) for _letter, length in others)):
        words = [f"{letter.lower()}{number + 1}" for (letter, _), number in zip(others, numbers, strict=True)]
        told = [f"{_NAMES.get(letter, letter)} {n + 1}" for (letter, _), n in zip(others, numbers, strict=True)]
        place = len(places)
        choices.append(CineChoice("".join(words), ", ".join(told), (place,), (" ".join(told),), length=2))
        places.append({letter: number for (letter, _), number in zip(others, numbers, strict=True)})
        if place > 10_000:
            raise _undecided(path, "".join(letter for letter, _ in others), [length for _, length in others])
    what = " and ".join(f"{_NAMES.get(letter, 'place on the axis ' + letter)}s" for letter, _length in others)
    return places[chosen(choices, options.series, str(path), what).frames[0]]


def _page_number(outer: Sequence[tuple[str, int]], place: Mapping[str, int]) -> int:
    """Which plane of the file it is that lies at a place."""
    number = 0
    for letter, length in outer:
        number = number * length + place.get(letter, 0)
    return number


def _planes(series: Any, numbers: Sequence[int], path: Path, options: ReadOptions) -> Iterator[np.ndarray]:
    """The pixels of some planes, page by page, or out of the one block that some writers make of all."""
    axes, shape = str(series.axes), tuple(series.shape)
    inner = [length for letter, length in zip(axes, shape, strict=True) if letter in "YXS"]
    check_frame_size(inner[0], inner[1], math.prod(inner[2:]), series.dtype.itemsize, str(path))
    keyframe = series.keyframe
    planes = math.prod(shape) // math.prod(inner)
    pages = series.pages
    if len(pages) == planes and math.prod(keyframe.shape) == math.prod(inner):
        for number in numbers:
            page = pages[number]
            if page is None:
                raise damaged(path)
            yield _page_pixels(page.aspage(), path, options)
        return
    block, order = _whole_block(series, path), "".join(letter for letter in axes if letter in "YXS")
    for number in numbers:
        plane = block.reshape(planes, *inner)[number] if not _is_mixed(axes) else _plane_of(block, axes, number)
        yield np.moveaxis(plane, order.index(_SAMPLES), -1) if _SAMPLES in order else plane


def _is_mixed(axes: str) -> bool:
    """Whether an axis of time or channels lies between those of a picture."""
    first = min(axes.index(letter) for letter in "YXS" if letter in axes)
    return any(letter not in "YXS" for letter in axes[first:])


def _plane_of(block: np.ndarray, axes: str, number: int) -> np.ndarray:
    outer = [place for place, letter in enumerate(axes) if letter not in "YXS"]
    inner = [place for place, letter in enumerate(axes) if letter in "YXS"]
    turned = block.transpose(*outer, *inner)
    return np.asarray(turned[np.unravel_index(number, turned.shape[: len(outer)])])


def _whole_block(series: Any, path: Path) -> np.ndarray:
    """All planes of a series, from the disk as they are asked for where they are not compressed."""
    offset = series.dataoffset
    if offset is None and series.keyframe.is_contiguous and len(series.pages) <= 1:
        offset = series.keyframe.dataoffsets[0]
    if offset is None:
        return np.asarray(series.asarray())
    if offset + math.prod(series.shape) * series.dtype.itemsize > path.stat().st_size:
        raise InputError(f"{path} is cut off: its pixels end early.", "Copy or save the file again.")
    kind = np.dtype(series.dtype).newbyteorder(series.keyframe.parent.byteorder)
    return np.memmap(path, kind, "r", offset, tuple(series.shape))


def _undecided(path: Path, axes: str, shape: Sequence[int]) -> InputError:
    sizes = " x ".join(f"{length} ({letter})" for letter, length in zip(axes, shape, strict=True))
    return InputError(
        f"{path} has the axes {sizes}, and which of them is time is not said.", "Save it with time as its only stack."
    )
