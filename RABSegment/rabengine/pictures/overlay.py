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
from rabengine.io.legend import PALETTE
from rabengine.optional import require

from .animated_gif import write_gif
from .display import DisplayWindow, frames_per_second, shown_size, to_rgb, uneven_seconds, view_window
from .footer import Decoration
from .painting import FILL_OPACITY, enlarge_labels, enlarge_picture, paint_segments

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
    decoration: Decoration | None = None,
    hidden: np.ndarray | None = None,
) -> None:
    """Write the cine with a translucent fill and a contour for every segment.

    One frame at a time is in memory, except that a GIF holds its compressed frames until it is written.

    Args:
        path: .mp4, .mov, .avi or .gif; a video whose sides are odd gets a black row or column.
        cine: T frames; shown at the times of its index (in an .avi at their usual pace).
        labels: (T, H, W) label values, 0 background; several of them where segments overlap.
        scale: whole factor of enlargement; by itself 2 for small frames and 1 for others. Pixels that are not square
            are longer along their longer side besides.
        fill_opacity: 0 draws contours alone.
        colours: label value to RGB, 0 to 255; None for those of `segment_colour`.
        window: brightness of the view; None for that of a cine that was just opened.
        names: of the segments, kept as the video's comment.
        decoration: what is drawn on each painted picture, such as `footer.footer_for`; None for nothing.
        hidden: (H, W) bool, pixels of the cine that are black in it; None for none.

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
    painted = _painted_frames(cine, layers, shown, factor, fill_opacity, colours, decoration, hidden)
    with atomic_file(path) as unfinished:
        if kind == ".gif":
            sample = _palette_sample(cine, layers, shown, fill_opacity, colours)
            exact = PALETTE if colours is None else tuple(dict.fromkeys(colours.values()))[:MOST_EXACT_COLOURS]
            even = [1 / frames_per_second(cine)] * cine.frame_count
            write_gif(unfinished, painted, uneven_seconds(cine) or even, sample, exact)
        else:
            seconds = None if kind in EVEN_KINDS else uneven_seconds(cine)
            _write_video(unfinished, painted, frames_per_second(cine), seconds, kind, names)


def _painted_frames(
    cine: Cine,
    layers: Layers,
    window: DisplayWindow,
    factor: int,
    fill_opacity: float,
    colours: Colours | None,
    decoration: Decoration | None,
    hidden: np.ndarray | None,
) -> Iterator[np.ndarray]:
    """Yield (*shown_size, 3) uint8 for every frame, before it is decorated."""
    size = shown_size(cine, factor)
    for frame in range(cine.frame_count):
        picture = enlarge_picture(_without(to_rgb(cine.frames[frame], window), hidden), size)
        drawn = [enlarge_labels(np.asarray(layer[frame]), size) for layer in layers]
        painted = paint_segments(picture, drawn, fill_opacity, colours=colours)
        yield painted if decoration is None else decoration(painted, frame)


def _without(picture: np.ndarray, hidden: np.ndarray | None) -> np.ndarray:
    """The (H, W, 3) picture with its hidden pixels black."""
    return picture if hidden is None else np.where(hidden[..., None], np.uint8(0), picture)


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
