"""Results as files that the page downloads: written to a private folder, sent, and removed."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rabengine.errors import InputError, RABSegmentError
from RABSegmentLib.Engine.PrivateFolder import PrivateFolder
from RABSegmentLib.Export.Bundle import SCENE_SUFFIXES, sceneSteps
from RABSegmentLib.Export.Kinds import exportKinds
from RABSegmentLib.Export.Measurements import PairSource, noPair
from RABSegmentLib.Export.Places import FileWriter, notesOf
from RABSegmentLib.FrontEnd import Controls
from rabview.desk import WARNING, Desk
from rabview.turns import in_turns
from rabview.variables import is_clean

SCENE = "scene"
_LONGEST_NAME = 80
_COMPRESSION = 3  # of 9; more takes much longer for little
_NOT_IN_NAMES = set('<>:"|?*%\\/.')


class Downloads:
    """Writes one result after the other, off the event loop.

    Args:
        desk: whose cine it is.
        pair: gives what two views of the left ventricle say.
    """

    def __init__(self, desk: Desk, pair: PairSource = noPair) -> None:
        self._desk = desk
        self._kinds = {kind.name: kind for kind in exportKinds(pair)}
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "rabsegment-download")
        self._folders: set[PrivateFolder] = set()

    @property
    def kinds(self) -> list[str]:
        """What can be downloaded."""
        return [*self._kinds, SCENE]

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A private folder for one result, which goes with all that is in it."""
        folder = PrivateFolder()
        self._folders.add(folder)
        try:
            yield folder.path
        finally:
            self._folders.discard(folder)
            folder.remove()

    async def write(self, kind: str, folder: Path) -> Path:
        """Write a result; returns the file, whose name is the one for the user's disk.

        Args:
            kind: of `kinds`.
            folder: for it and what it is made of.

        Raises:
            RABSegmentError: there is nothing to write, or it cannot be written; without folders of this computer.
        """
        async with self._turn:
            try:
                writer, place = await self._gathered(kind, folder)
                path, notes = await asyncio.get_running_loop().run_in_executor(self._thread, _written, writer, place)
            except RABSegmentError as error:
                message, hint = (text.replace(f"{folder}{os.sep}", "") for text in (error.message, error.hint))
                raise type(error)(message, hint) from error
        if notes:
            with self._desk.state:
                self._desk.notify(WARNING, " ".join(notes))
        return path

    def close(self) -> None:
        """Remove what is left. Idempotent."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for folder in self._folders:
            folder.remove()
        self._folders.clear()

    async def _gathered(self, kind: str, folder: Path) -> tuple[FileWriter, Path]:
        """What writes a result without the scene, and where."""
        session = self._desk.session
        if session is None:
            raise InputError("No cine is open.", "Open one first.")
        name = _file_name(session.segmentation.cine.name)
        if kind == SCENE:
            # The page draws the lines round segments itself; whoever opens the scene has nobody who does.
            steps = sceneSteps(session.segmentation, folder, isShownWhole=True)
            return await in_turns(steps), folder / f"{name}{SCENE_SUFFIXES[0]}"
        reason = Controls.resultControl(Controls.situation(session, True, "", None)).reason
        if reason:
            raise InputError(reason, "Mark a segment first.")
        found = self._kinds[kind]
        return found.prepare(session.segmentation), folder / f"{name} {found.word}{found.suffix}"


def _written(writer: FileWriter, place: Path) -> tuple[Path, tuple[str, ...]]:
    """One file of all that is written, and what is to be said of it.

    Segments that overlap come in several files, pictures in a folder.
    """
    paths = writer(place)
    if paths == [place] and place.is_file():
        return place, notesOf(paths)
    bundle = place.with_name(f"{place.name.partition('.')[0]}.zip")
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for path in paths:
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                archive.write(file, file.relative_to(place.parent).as_posix())
    return bundle, notesOf(paths)


def _file_name(name: str) -> str:
    """A name that every file system takes."""
    clean = "".join("_" if character in _NOT_IN_NAMES or not is_clean(character) else character for character in name)
    return clean.strip(" .")[:_LONGEST_NAME].strip(" .") or "cine"
