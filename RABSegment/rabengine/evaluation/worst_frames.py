"""Contact sheets of the worst frames, with the outlines of the truth and of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.io.files.atomic import atomic_file
from rabengine.io.legend import PALETTE
from rabengine.optional import require
from rabengine.pictures.display import DisplayWindow, display_window, to_rgb
from rabengine.pictures.painting import border, enlarge_labels, enlarge_picture
from rabengine.pictures.sheet import CAPTION_HEIGHT, GAP, PAGE_COLOUR, TEXT_COLOUR, caption_font, page_of

from .videos import LabelledVideo

MOST_TILES = 6
COLUMNS = 3
TILE_WIDTH = 384
CONTOUR_WIDTH = 2
TRUTH_COLOUR = PALETTE[1]
FOUND_COLOUR = PALETTE[0]


def write_worst_frames(
    path: Path, video: LabelledVideo, labels: np.ndarray, dice: np.ndarray, marked: Sequence[int], title: str
) -> None:
    """Write a PNG with the worst frames, worst first, with the outlines of the truth and of what was found.

    Args:
        path: the PNG to write; its folder is made.
        video: frames and truth.
        labels: (T, H, W) predicted.
        dice: (T,) mean over the objects, by which the frames are ranked.
        marked: frames that are left out.
        title: of the page.

    Raises:
        InputError: Pillow is not installed, or the file cannot be written.
    """
    unmarked = np.setdiff1d(np.arange(len(dice)), marked)
    worst = unmarked[dice[unmarked].argsort(kind="stable")][:MOST_TILES].tolist()
    window = display_window(video.frames)
    tiles = [_tile(video, labels, frame, float(dice[frame]), window) for frame in worst]
    if not tiles:
        return
    page = page_of(tiles, COLUMNS, heading_height=CAPTION_HEIGHT)
    _write_heading(page, title)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as unfinished:
        page.save(unfinished, format="PNG")


def _tile(video: LabelledVideo, labels: np.ndarray, frame: int, dice: float, window: DisplayWindow) -> Any:
    """One frame with its caption as a Pillow image."""
    image, draw = require("PIL.Image", "A contact sheet"), require("PIL.ImageDraw", "A contact sheet")
    picture = to_rgb(np.asarray(video.frames[frame]), window)
    size = (max(1, round(picture.shape[0] * TILE_WIDTH / picture.shape[1])), TILE_WIDTH)
    painted = np.array(enlarge_picture(np.ascontiguousarray(picture), size))
    for drawn, colour in ((video.truth[frame], TRUTH_COLOUR), (labels[frame], FOUND_COLOUR)):
        _outline(painted, enlarge_labels(np.ascontiguousarray(drawn), size), colour)
    tile = image.new("RGB", (size[1], size[0] + CAPTION_HEIGHT), PAGE_COLOUR)
    tile.paste(image.fromarray(painted), (0, 0))
    draw.Draw(tile).text((0, size[0] + 2), f"frame {frame}   Dice {dice:.2f}", fill=TEXT_COLOUR, font=caption_font())
    return tile


def _outline(picture: np.ndarray, labels: np.ndarray, colour: tuple[int, int, int]) -> None:
    """Paint the outline of every object on the picture itself."""
    for label in (int(value) for value in np.unique(labels) if value):
        picture[border(labels == label, CONTOUR_WIDTH)] = colour


def _write_heading(page: Any, title: str) -> None:
    """The title, and the two words in the colours of their outlines."""
    pen = require("PIL.ImageDraw", "A contact sheet").Draw(page)
    font = caption_font()
    column = float(GAP)
    for text, colour in ((title, TEXT_COLOUR), ("truth", TRUTH_COLOUR), ("found", FOUND_COLOUR)):
        pen.text((column, GAP / 2), text, fill=colour, font=font)
        column += pen.textlength(text, font=font) + 3 * GAP
