"""Colours as a page writes them."""

from __future__ import annotations


def hex_color(color: tuple[float, float, float]) -> str:
    """Red, green and blue from 0 to 1 as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in color)
