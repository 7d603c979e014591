"""Contact sheet: every frame of the cine on one page, with its contour, time and confidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.io.table import frame_times
from rabengine.optional import require
from rabengine.segmentation import MARKED, Segmentation

from .display import DisplayWindow, display_window, to_rgb
from .painting import enlarge_labels, enlarge_picture, paint_segments
from .sheet import CAPTION_HEIGHT, PAGE_COLOUR, TEXT_COLOUR, caption_font, page_of

MOST_FRAMES = 60
TILE_WIDTH = 320  # in pixels of the sheet; room for a caption
CROP_MARGIN = 0.3  # room round the segments, as a part of the longer side of the box that holds them all
FRAME_WIDTH = 4  # coloured frame round the tile of a marked frame
MARKED_COLOUR = (255, 255, 255)

Box = tuple[slice, slice]


def write_contact_sheet(path: Path, cine: Cine, segmentation: Segmentation) -> None:
    """Write a PNG with a tile per frame: contour, frame number, time and lowest confidence of its segments.

    All tiles show the same part of the picture, the one round all segments of all frames. Marked frames have
    a white frame. Of a cine with more than MOST_FRAMES frames the sheet shows an even selection that keeps
    the marked ones.

    Args:
        path: the PNG to write.
        cine: T frames.
        segmentation: its labels (T, H, W) and confidence.

    Raises:
        InputError: another ending than .png, Pillow missing, or an output that cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise InputError(f"The contact sheet {path} is not a PNG.", "Choose a name that ends in .png.")
    frames = chosen_frames(cine.frame_count, segmentation.marked_frames, MOST_FRAMES)
    box = box_of_interest(segmentation.labels, cine.frame_size)
    window = display_window(cine.frames)
    tiles = [_tile(cine, segmentation, frame, box, window) for frame in frames]
    page = page_of(tiles, _columns(len(tiles), tiles[0].size))
    with atomic_file(path) as unfinished:
        page.save(unfinished, format="PNG")


def chosen_frames(frame_count: int, marked: tuple[int, ...], most: int) -> list[int]:
    """All frames, or an even selection of at most `most` with the first, last and marked frames that fit."""
    if frame_count <= most:
        return list(range(frame_count))
    kept = set(marked[:most])
    room = most - len(kept)
    evenly = np.linspace(0, frame_count - 1, room).round().astype(int).tolist() if room else []
    return sorted(kept.union(evenly))


def box_of_interest(labels: Iterable[np.ndarray], size: tuple[int, int]) -> Box:
    """The part of the picture that holds every segment of every frame and a margin; all if there is none."""
    used_rows = np.zeros(size[0], dtype=bool)
    used_columns = np.zeros(size[1], dtype=bool)
    for frame in labels:
        used_rows |= frame.any(axis=1)
        used_columns |= frame.any(axis=0)
    if not used_rows.any():
        return slice(0, size[0]), slice(0, size[1])
    ends = [(int(used.argmax()), int(used.size - used[::-1].argmax())) for used in (used_rows, used_columns)]
    margin = round(CROP_MARGIN * max(end - start for start, end in ends))
    row, column = (
        slice(max(0, start - margin), min(length, end + margin))
        for (start, end), length in zip(ends, size, strict=True)
    )
    return row, column


def _tile(cine: Cine, segmentation: Segmentation, frame: int, box: Box, window: DisplayWindow) -> Any:
    """One captioned frame as a Pillow image; all tiles of a page have the same size."""
    image, draw = require("PIL.Image", "A contact sheet"), require("PIL.ImageDraw", "A contact sheet")
    picture = to_rgb(np.asarray(cine.frames[frame][box]), window)
    factor = TILE_WIDTH / picture.shape[1]
    size = (max(1, round(picture.shape[0] * factor)), TILE_WIDTH)
    labels = enlarge_labels(np.ascontiguousarray(segmentation.labels[frame][box]), size)
    painted = paint_segments(
        enlarge_picture(np.ascontiguousarray(picture), size), labels, fill_opacity=0, contour_width=2
    )
    tile = image.new("RGB", (size[1] + 2 * FRAME_WIDTH, size[0] + 2 * FRAME_WIDTH + CAPTION_HEIGHT), PAGE_COLOUR)
    marked = frame in segmentation.marked_frames
    if marked:
        picture_frame = (0, 0, size[1] + 2 * FRAME_WIDTH - 1, size[0] + 2 * FRAME_WIDTH - 1)
        draw.Draw(tile).rectangle(picture_frame, fill=MARKED_COLOUR)
    tile.paste(image.fromarray(painted), (FRAME_WIDTH, FRAME_WIDTH))
    position = (FRAME_WIDTH, size[0] + 2 * FRAME_WIDTH + 2)
    colour = MARKED_COLOUR if marked else TEXT_COLOUR
    draw.Draw(tile).text(position, _caption(cine, segmentation, frame), fill=colour, font=caption_font())
    return tile


def _caption(cine: Cine, segmentation: Segmentation, frame: int) -> str:
    words = [f"frame {frame}"]
    times = frame_times(cine)
    if times:
        words.append(f"{times[frame]:.3f} s")
    if frame in segmentation.marked_frames:
        words.append(MARKED)
    elif len(segmentation.segments):
        words.append(f"confidence {float(segmentation.confidence[frame].min()):.2f}")
    return "   ".join(words)


def _columns(count: int, tile_size: tuple[int, int]) -> int:
    """Of a page that is about as wide as a landscape sheet (3 : 2)."""
    return max(1, min(count, round((1.5 * count * tile_size[1] / tile_size[0]) ** 0.5)))
