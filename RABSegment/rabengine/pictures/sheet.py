"""A page of pictures of one size, each with a caption below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rabengine.optional import require

CAPTION_HEIGHT = 26
GAP = 8
PAGE_COLOUR = (24, 24, 24)
TEXT_COLOUR = (225, 225, 225)
_FONT_SIZE = 17
_PURPOSE = "A contact sheet"


def page_of(tiles: Sequence[Any], columns: int, heading_height: int = 0) -> Any:
    """A Pillow image with the tiles row by row.

    Args:
        tiles: Pillow images of one size, one or more.
        columns: tiles in a row.
        heading_height: pixels that are left free above them.

    Raises:
        InputError: Pillow is not installed.
    """
    width, height = tiles[0].size
    rows = -(-len(tiles) // columns)
    size = (columns * (width + GAP) + GAP, heading_height + rows * (height + GAP) + GAP)
    page = require("PIL.Image", _PURPOSE).new("RGB", size, PAGE_COLOUR)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        page.paste(tile, (GAP + column * (width + GAP), heading_height + GAP + row * (height + GAP)))
    return page


def caption_font() -> Any:
    """The font of captions and headings.

    Raises:
        InputError: Pillow is not installed.
    """
    font = require("PIL.ImageFont", _PURPOSE)
    try:
        return font.load_default(_FONT_SIZE)
    except TypeError:  # Pillow before 10.1 has one size only
        return font.load_default()
