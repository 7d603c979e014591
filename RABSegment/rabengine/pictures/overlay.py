"""Overlay videos: frames with their segments painted in, as a video file or an animated GIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.legend import PALETTE, segment_colour
from rabengine.optional import require

from .display import DisplayWindow, frames_per_second, to_rgb, uneven_seconds, view_window

COLOURS = 256
# Two entries of one colour tell a frame from the one before it, see _numbered.
TWINS = (254, 255)
SHORTEST_MILLISECONDS = 20  # players slow down what asks for less


def write_gif(
    path: Path,
    pictures: Iterator[np.ndarray],
    pace: float | Sequence[float],
    sample: np.ndarray,
    exact_colours: tuple[tuple[int, int, int], ...],
) -> None:
    """Write one GIF frame per picture; it repeats for ever.

    A frame lasts whole hundredths of a second, as the format has it, and at least two. The compressed frames
    are in memory until the file is written.

    Args:
        path: the file to write.
        pictures: (H, W, 3) uint8 each.
        pace: frames a second, or the seconds of each frame.
        sample: (h, w, 3) uint8 whose colours are those of the pictures.
        exact_colours: colours that must come out as they are.
    """
    image = require("PIL.Image", "An animated GIF")
    palette = _palette(image, sample, exact_colours)
    frames = (_numbered(image, picture, palette, index) for index, picture in enumerate(pictures))
    seconds = [1 / pace] if isinstance(pace, float | int) else pace
    durations = [max(SHORTEST_MILLISECONDS, round(100 * each) * 10) for each in seconds]
    duration = durations if len(durations) > 1 else durations[0]
    options = {"save_all": True, "duration": duration, "loop": 0, "optimize": False}
    next(frames).save(path, format="GIF", append_images=frames, **options)


def _palette(image: Any, sample: np.ndarray, exact_colours: tuple[tuple[int, int, int], ...]) -> Any:
    """A Pillow image with the palette; it is one for all frames, so that still regions do not flicker."""
    free = COLOURS - len(exact_colours) - len(TWINS)
    common = image.fromarray(sample).quantize(colors=free, method=image.Quantize.MEDIANCUT)
    entries = np.zeros((COLOURS, 3), dtype=np.uint8)
    found = np.array(common.getpalette(), dtype=np.uint8).reshape(-1, 3)[:free]
    entries[: len(found)] = found
    entries[free : free + len(exact_colours)] = exact_colours
    palette = image.new("P", (1, 1))
    palette.putpalette(entries.reshape(-1).tolist())
    return palette


def _numbered(image: Any, picture: np.ndarray, palette: Any, index: int) -> Any:
    """The picture in the palette's colours, its corner black by one or the other of two equal entries.

    Pillow merges a frame with an equal one before it; frame N of the file would not be frame N of the cine.
    """
    quantised = image.fromarray(picture).quantize(palette=palette, dither=image.Dither.NONE)
    quantised.putpixel((0, 0), TWINS[index % len(TWINS)])
    return quantised


FILL_OPACITY = 0.22


def border(mask: np.ndarray, width: int = 1) -> np.ndarray:
    """Pixels of `mask` (H, W) bool at most `width` steps along rows or columns from outside it."""
    inner = mask
    for _ in range(width):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def paint_segments(
    picture: np.ndarray,
    labels: np.ndarray | Sequence[np.ndarray],
    fill_opacity: float = FILL_OPACITY,
    contour_width: int = 1,
    colours: Mapping[int, tuple[int, int, int]] | None = None,
) -> np.ndarray:
    """Paint every segment of `labels` on a copy of `picture`.

    Args:
        picture: (H, W, 3) uint8.
        labels: (H, W) of label values, 0 background; several of them where segments overlap.
        fill_opacity: 0 paints the contour alone, 1 hides the picture.
        contour_width: in pixels, inside the segment.
        colours: label value to RGB, 0 to 255; None for those of `segment_colour`.
    """
    layers = [labels] if isinstance(labels, np.ndarray) else labels
    painted = picture.copy()
    contours = []
    for layer in layers:
        for segment in (int(value) for value in np.unique(layer) if value):
            mask = layer == segment
            chosen = segment_colour(segment) if colours is None else colours[segment]
            colour = np.array(chosen, dtype=np.float32)
            filled = painted[mask] * (1 - fill_opacity) + colour * fill_opacity
            painted[mask] = filled.round().astype(np.uint8)
            contours.append((border(mask, contour_width), chosen))
    for contour, chosen in contours:  # above the fill of all others
        painted[contour] = chosen
    return painted


def enlarge_picture(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w, 3) uint8 resampled smoothly to `size` (rows, columns)."""
    image = require("PIL.Image", "A picture of the result")
    if picture.shape[:2] == size:
        return picture
    return np.asarray(image.fromarray(picture).resize((size[1], size[0]), image.Resampling.BICUBIC))


def enlarge_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) uint8 labels resampled to `size` (rows, columns) with smooth borders instead of steps."""
    image = require("PIL.Image", "A picture of the result")
    if labels.shape == size:
        return labels
    enlarged = np.zeros(size, dtype=np.uint8)
    most = np.full(size, 127, dtype=np.uint8)  # a segment owns a pixel when it covers more than half of it
    for segment in (int(value) for value in np.unique(labels) if value):
        cover = image.fromarray((labels == segment).astype(np.uint8) * 255)
        cover = np.asarray(cover.resize((size[1], size[0]), image.Resampling.BILINEAR))
        wins = cover > most
        enlarged[wins] = segment
        most[wins] = cover[wins]
    return enlarged


SMALL_SIDE = 512  # a frame whose longer side is shorter than this is shown at twice its size
SAMPLED_FRAMES = 8  # from which the palette of a GIF is made
SAMPLE_SIDE = 256
MOST_EXACT_COLOURS = 64  # of a GIF's 256, so that the picture keeps enough
TICKS = 10_000  # a second, of a video whose frames are not evenly spaced
EVEN_KINDS = (".avi",)  # that know one pace only
VIDEO_CODECS = {
    ".mp4": ("libx264", "yuv420p", {"crf": "16", "preset": "veryfast"}),
    ".mov": ("libx264", "yuv420p", {"crf": "16", "preset": "veryfast"}),
    ".avi": ("mjpeg", "yuvj420p", {"q:v": "2", "qmin": "1", "qmax": "3"}),
}


Colours = Mapping[int, tuple[int, int, int]]
Layers = Sequence[np.ndarray]


def write_overlay(
    path: Path,
    cine: Cine,
    labels: np.ndarray | Layers,
    *,
    scale: int | None = None,
    fill_opacity: float = FILL_OPACITY,
    colours: Colours | None = None,
    window: DisplayWindow | None = None,
    names: Sequence[str] = (),
) -> None:
    """Write the cine with a translucent fill and a contour for every segment.

    One frame at a time is in memory, except that a GIF holds its compressed frames until it is written.

    Args:
        path: .mp4, .mov, .avi or .gif; a video whose sides are odd gets a black row or column.
        cine: T frames; shown at the times of its index (in an .avi at their usual pace).
        labels: (T, H, W) label values, 0 background; several of them where segments overlap.
        scale: whole factor of enlargement; by itself 2 for small frames and 1 for others.
        fill_opacity: 0 draws contours alone.
        colours: label value to RGB, 0 to 255; None for those of `segment_colour`.
        window: brightness of the view; None for that of a cine that was just opened.
        names: of the segments, kept as the video's comment.

    Raises:
        InputError: unknown kind of file, labels that do not fit, a missing library, or an output that cannot
            be written. Nothing is left at `path` then.
    """
    kind = path.suffix.lower()
    if kind != ".gif" and kind not in VIDEO_CODECS:
        kinds = ", ".join([*VIDEO_CODECS, ".gif"])
        raise InputError(f"The overlay {path} has an unknown kind.", f"Choose a name that ends in one of {kinds}.")
    layers = [labels] if isinstance(labels, np.ndarray) else labels
    if any(layer.shape != (cine.frame_count, *cine.frame_size) for layer in layers):
        raise InputError(f"The labels for the overlay {path} have another size or length than the cine.")
    factor = scale or (2 if max(cine.frame_size) < SMALL_SIDE else 1)
    shown = window or view_window(cine.frames)
    painted = _painted_frames(cine, layers, shown, factor, fill_opacity, colours)
    with atomic_file(path) as unfinished:
        if kind == ".gif":
            sample = _palette_sample(cine, layers, shown, fill_opacity, colours)
            exact = PALETTE if colours is None else tuple(dict.fromkeys(colours.values()))[:MOST_EXACT_COLOURS]
            write_gif(unfinished, painted, uneven_seconds(cine) or frames_per_second(cine), sample, exact)
        else:
            seconds = None if kind in EVEN_KINDS else uneven_seconds(cine)
            _write_video(unfinished, painted, frames_per_second(cine), seconds, kind, names)


def _painted_frames(
    cine: Cine, layers: Layers, window: DisplayWindow, factor: int, fill_opacity: float, colours: Colours | None
) -> Iterator[np.ndarray]:
    """Yield (H * factor, W * factor, 3) uint8 for every frame."""
    rows, columns = cine.frame_size
    size = (rows * factor, columns * factor)
    for frame in range(cine.frame_count):
        picture = enlarge_picture(to_rgb(cine.frames[frame], window), size)
        drawn = [enlarge_labels(np.asarray(layer[frame]), size) for layer in layers]
        yield paint_segments(picture, drawn, fill_opacity, colours=colours)


def _write_video(
    path: Path,
    pictures: Iterator[np.ndarray],
    pace: float,
    seconds: Sequence[float] | None,
    kind: str,
    names: Sequence[str],
) -> None:
    """With `seconds` each frame is shown as long as it says, else all at the same pace."""
    starts = None if seconds is None else np.cumsum([0.0, *seconds[:-1]])
    av = require("av", "An overlay video")
    codec, pixel_format, options = VIDEO_CODECS[kind]
    with av.open(str(path), "w", format=kind[1:]) as container:
        if names:
            container.metadata["comment"] = f"Segments: {', '.join(names)}"
        stream: Any = None
        for number, picture in enumerate(pictures):
            even = _padded_to_even(picture)
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(pace).limit_denominator(1000), options=dict(options))
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt = pixel_format
                if starts is not None:
                    stream.codec_context.time_base = Fraction(1, TICKS)
            frame = av.VideoFrame.from_ndarray(even, format="rgb24")
            if starts is not None:
                frame.pts, frame.time_base = round(starts[number] * TICKS), Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


def _padded_to_even(picture: np.ndarray) -> np.ndarray:
    """The colour of a video is stored for blocks of 2 x 2 pixels: both sides must be even."""
    rows, columns = picture.shape[:2]
    return np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)))


def _palette_sample(
    cine: Cine, layers: Layers, window: DisplayWindow, fill_opacity: float, colours: Colours | None
) -> np.ndarray:
    """Some painted frames one below the other, (h, w, 3) uint8, thinned out to a bounded size."""
    step = max(1, max(cine.frame_size) // SAMPLE_SIDE)
    chosen = np.unique(np.linspace(0, cine.frame_count - 1, SAMPLED_FRAMES).round().astype(int))
    pictures = [to_rgb(np.asarray(cine.frames[frame])[::step, ::step], window) for frame in chosen]
    masks = [[np.asarray(layer[frame])[::step, ::step] for layer in layers] for frame in chosen]
    return np.concatenate(
        [
            paint_segments(picture, mask, fill_opacity, colours=colours)
            for picture, mask in zip(pictures, masks, strict=True)
        ]
    )
