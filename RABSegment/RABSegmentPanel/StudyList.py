"""The list of a study's cines in the panel: its rows come in portions, and only what has changed is drawn anew."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import qt

from RABSegmentLib.Engine.Start import defaultPythonCommand
from RABSegmentLib.Session.StudyPictures import cinePicture, picturePath
from RABSegmentLib.Session.StudyQueue import StudyQueue, StudyRow
from RABSegmentLib.Threads import noted

PORTION = 200  # rows that are drawn at once
PICTURE = (56, 40)  # columns and rows at most
WIDTHS = (170, 96, 38, 42)  # of the columns; the last one takes the rest


class StudyList:
    """The table of a study's cines.

    Args:
        table: QTableWidget with the columns cine, status, confidence, marks and who.
    """

    def __init__(self, table: Any) -> None:
        self._table = table
        self._rows: list[StudyRow] = []  # that are to be shown
        self._drawn: list[StudyRow] = []  # that the table has
        self._current: int | None = None
        self._pictures: dict[int, bool] = {}  # of cines: whether there is one
        self._pool: ThreadPoolExecutor | None = None
        self._isOver = threading.Event()
        self._making: tuple[int, Future[bytes | None]] | None = None
        table.setIconSize(qt.QSize(*PICTURE))
        table.setWordWrap(False)
        table.verticalHeader().setDefaultSectionSize(PICTURE[1] + 4)
        for column, width in enumerate(WIDTHS):
            table.setColumnWidth(column, width)

    @property
    def numbers(self) -> list[int]:
        """Of the cines in the rows that are drawn."""
        return [row.cine for row in self._drawn]

    def show(self, rows: list[StudyRow], current: int | None) -> None:
        """Show these rows: the first ones at once, the others with `proceed`, the row of the current cine chosen."""
        place = next((place for place, row in enumerate(rows) if row.cine == current), 0)
        self._rows, self._current = rows, current
        count = min(len(rows), max(PORTION, len(self._drawn), place + 1))
        self._table.setRowCount(count)
        del self._drawn[count:]
        self._draw(count)
        if rows and current is not None and rows[place].cine == current:
            self._table.selectRow(place)

    def proceed(self, queue: StudyQueue) -> None:
        """Draw another portion; make the next small picture that can be seen. Call it several times a second."""
        if len(self._drawn) < len(self._rows):
            count = min(len(self._rows), len(self._drawn) + PORTION)
            self._table.setRowCount(count)
            self._draw(count)
        self._takePicture()
        if self._making is None:
            wanted = next((row.cine for row in self._seen() if not self._pictures.get(row.cine, True)), None)
            if wanted is not None:
                self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="rabsegment-pictures")
                asked = (queue.study, wanted, defaultPythonCommand(), self._isOver)
                making = self._pool.submit(cinePicture, *asked)
                self._making = wanted, noted(making)

    def forget(self) -> None:
        """Another study, or none: no picture is of its cines."""
        self._isOver.set()  # Slicer ends when all threads have
        self._isOver = threading.Event()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._making = None
        self._rows, self._drawn = [], []
        self._pictures.clear()
        self._table.setRowCount(0)

    def showPictures(self, queue: StudyQueue) -> None:
        """Look which rows have a picture, and show it."""
        for place, row in enumerate(self._drawn):
            if row.cine not in self._pictures:
                path = picturePath(queue.study, row.cine)
                self._pictures[row.cine] = path.is_file()
                if self._pictures[row.cine]:
                    self._table.item(place, 0).setIcon(qt.QIcon(str(path)))

    def _draw(self, count: int) -> None:
        for place in range(count):
            row = self._rows[place]
            if place < len(self._drawn):
                if self._drawn[place] == row:
                    continue
                self._drawn[place] = row
            else:
                self._drawn.append(row)
            texts = (f"{row.cine}  {row.name}", row.statusText, row.confidence, str(row.marks), row.who)
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(row.note or row.label)
                item.setData(qt.Qt.AccessibleTextRole, row.label if column == 0 else text)
                self._table.setItem(place, column, item)
            self._pictures.pop(row.cine, None)  # the item is new

    def _seen(self) -> list[StudyRow]:
        """The rows that can be seen now."""
        first, last = self._table.rowAt(0), self._table.rowAt(self._table.height - 1)
        return self._drawn[max(first, 0) : last + 1 if last >= 0 else None][:PORTION] if first >= 0 else []

    def _takePicture(self) -> None:
        if self._making is None or not self._making[1].done():
            return
        (number, made), self._making = self._making, None
        self._pictures[number] = True  # or there is none to be had
        content = None if made.cancelled() or made.exception() is not None else made.result()
        pixels = qt.QPixmap()
        with suppress(ValueError):
            place = self.numbers.index(number)
            if content is not None and pixels.loadFromData(qt.QByteArray(content)):
                self._table.item(place, 0).setIcon(qt.QIcon(pixels))
