"""A folder with one label image a frame."""

from __future__ import annotations

import re
from pathlib import Path

from .formats import legend_table, png_bytes
from .writer import FolderWriter, LabelFrames

LEGEND_FILE = "segments.csv"  # names and colours
_LABEL_FILE = re.compile(rf"\d{{4,}}\.png|{re.escape(LEGEND_FILE)}")


class PictureFolderWriter(FolderWriter):
    """0000.png and so on, whose values are the labels.

    Where somebody named the segments the pictures have their colours as a palette, whose indices are the labels, and
    `segments.csv` is beside them.
    """

    title = "Label pictures"
    note = "PNG for each frame"

    def write(self, path: Path, frames: LabelFrames) -> None:
        for number, labels in enumerate(frames.labels):
            (path / f"{number:04d}.png").write_bytes(png_bytes(labels, frames.legend if frames.is_named else None))
        if frames.is_named:
            (path / LEGEND_FILE).write_text(legend_table(frames.legend), encoding="utf-8")

    def owns(self, entry: Path) -> bool:
        return _LABEL_FILE.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()
