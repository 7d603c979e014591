"""Opens scenes without Slicer's reader: the cine's file, and its marks, as this program or Slicer itself saved them."""

from __future__ import annotations

import posixpath
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError, lacks_room, room_error
from RABSegmentLib.Results.LineEnds import LINE_ATTRIBUTE
from RABSegmentLib.Results.MovedPoints import MOVED_ATTRIBUTE
from RABSegmentLib.Results.Placed import Placed
from RABSegmentLib.Scene.FrameRecords import ATTRIBUTE as RECORDS
from RABSegmentLib.Scene.FrameRecords import recordsOfText
from RABSegmentLib.Scene.FrameTimes import ATTRIBUTE as SECONDS
from RABSegmentLib.Scene.FrameTimes import secondsOfText
from RABSegmentLib.Translation import tr as _

from .KeptMarks import SUFFIX, headerOf, readKept
from .SceneText import SceneNode, fileOf, parseScene
from .SlicerMarks import SlicerMarks

SCENE_SUFFIX = ".mrb"
MARKS_NAME = f"marks{SUFFIX}"
_CINE_SUFFIXES = (".seq.nrrd",)
_SCENE_TEXT = ".mrml"
_MOST_ENTRIES = 100_000
_LARGEST_MARKS = 2**30
_LARGEST_TEXT = 2**27


@dataclass(frozen=True)
class SceneContent:
    """What a scene holds.

    Attributes:
        cine: the file with the frames.
        name: of the cine; empty where it has none.
        kept: of a file of marks, where there is one.
        drawn: what Slicer saved of the masks, where there is no such file.
        warnings: what was left out.
    """

    cine: Path
    name: str
    kept: bytes | None = None
    drawn: SlicerMarks | None = None
    warnings: tuple[str, ...] = field(default_factory=tuple)

    def marks(self, cine: Cine, source: str) -> bytes | None:
        """As `KeptMarks` keeps them, None for none; may be called in a thread.

        Args:
            cine: that was read from the file.
            source: the scene's file, for messages.

        Raises:
            InputError: a mask is damaged, or does not fit the frames.
        """
        if self.kept is not None or self.drawn is None:
            return self.kept
        return self.drawn.content(cine, self.name, source)


def unpackScene(path: Path, folder: Path, largest: int) -> SceneContent:
    """Unpack what is needed of a scene.

    Args:
        path: of the scene.
        folder: that is made for it.
        largest: bytes that the frames may take.

    Raises:
        InputError: it is damaged, too large, or holds no cine, or several.
    """
    folder.mkdir()
    with _saying(path), zipfile.ZipFile(path) as bundle:
        marks = [one for one in bundle.infolist()[:_MOST_ENTRIES] if one.filename.rpartition("/")[2] == MARKS_NAME]
        unpacking = _Unpacking(path, bundle, folder, largest)
        return unpacking.own(marks[0]) if len(marks) == 1 else unpacking.slicers()


class _Unpacking:
    """One scene that is being unpacked; the arguments are those of `unpackScene`, and the open bundle."""

    def __init__(self, path: Path, bundle: zipfile.ZipFile, folder: Path, largest: int) -> None:
        self._path, self._bundle, self._folder, self._largest = path, bundle, folder, largest
        self._entries = {one.filename: one for one in bundle.infolist()[:_MOST_ENTRIES]}

    def own(self, marks: zipfile.ZipInfo) -> SceneContent:
        """Of a scene that this program wrote."""
        cines = [one for name, one in self._entries.items() if name.lower().endswith(_CINE_SUFFIXES)]
        if len(cines) != 1:
            raise InputError(
                _("{file} is a scene of Slicer that holds other things too.").format(file=self._path.name),
                _elsewhere(),
            )
        found = self._unpacked(self._bundle, marks, MARKS_NAME, _LARGEST_MARKS)
        header = headerOf(found)
        if header is None:
            raise InputError(_("The marks in {file} are damaged.").format(file=self._path.name), _elsewhere())
        return SceneContent(self._cine(cines[0]), header.cine, readKept(found))

    def slicers(self) -> SceneContent:
        """Of a scene that Slicer saved."""
        nodes, root = _sceneIn(self._bundle, self._entries)
        cine, segmentation = self._chosen(nodes)
        file = fileOf(cine, nodes)
        entry = self._entries.get(posixpath.join(root, file))
        if entry is None or not file.lower().endswith(_CINE_SUFFIXES):
            raise InputError(
                _("The frames of {cine} in {file} are not saved as one sequence of images.").format(
                    cine=cine.name, file=self._path.name
                ),
                _elsewhere(),
            )
        drawn = None if segmentation is None else self._drawn(cine, segmentation, nodes, root)
        lone = [one.name for one in nodes if one.kind == "Segmentation" and not _isProxy(one, nodes)]
        warnings = []
        if lone:
            text = _("{segmentation} in {file} is no sequence, so nothing says which frame it belongs to: left out.")
            warnings.append(text.format(segmentation=", ".join(lone), file=self._path.name))
        return SceneContent(self._cine(entry), cine.name, drawn=drawn, warnings=tuple(warnings))

    def _chosen(self, nodes: Sequence[SceneNode]) -> tuple[SceneNode, SceneNode | None]:
        """The cine, and the segmentation that belongs to it."""
        cines = [node for node in nodes if node.isCine]
        pairs = [(one, two) for one in cines for two in nodes if two.isSegmentation and _belongs(two, one, nodes)]
        if len(cines) == 1 and len(pairs) <= 1:
            return cines[0], pairs[0][1] if pairs else None
        if len(pairs) == 1:
            return pairs[0]
        names = ", ".join(node.name for node in cines)
        message = _("{file} holds no cine.").format(file=self._path.name)
        if len(cines) > 1:
            message = _("{file} holds several cines: {names}.").format(file=self._path.name, names=names)
        elif cines:
            message = _("{file} holds several segmentations of {names}.").format(file=self._path.name, names=names)
        raise InputError(message, _("Save one cine with its segmentation in a scene of its own."))

    def _drawn(self, cine: SceneNode, segmentation: SceneNode, nodes: Sequence[SceneNode], root: str) -> SlicerMarks:
        """The masks, which Slicer saves as a scene within the scene."""
        entry = self._entries.get(posixpath.join(root, fileOf(segmentation, nodes)))
        if entry is None or not entry.filename.lower().endswith(SCENE_SUFFIX):
            return SlicerMarks({})
        inner = self._unpacked(self._bundle, entry, "masks.mrb", _LARGEST_MARKS)
        files: dict[int, Path] = {}
        numbers = {value: frame for frame, (value, _node) in enumerate(cine.items)}
        with zipfile.ZipFile(inner) as bundle:
            entries = {one.filename: one for one in bundle.infolist()[:_MOST_ENTRIES]}
            items, place = _sceneIn(bundle, entries)
            byId = {node.identifier: node for node in items}
            for value, identifier in segmentation.items:
                found = entries.get(
                    posixpath.join(place, fileOf(byId[identifier], items)) if identifier in byId else ""
                )
                if value in numbers and found is not None:
                    name = f"{numbers[value]}.seg.nrrd"
                    files[numbers[value]] = self._unpacked(bundle, found, name, _LARGEST_MARKS)
        records = recordsOfText(segmentation.attributes.get(RECORDS))
        seconds = secondsOfText(segmentation.attributes.get(SECONDS))
        return SlicerMarks(
            files,
            {numbers[value]: record for value, record in records.items() if value in numbers},
            {numbers[value]: spent for value, spent in seconds.items() if value in numbers},
            Placed(segmentation.attributes.get(MOVED_ATTRIBUTE, ""), segmentation.attributes.get(LINE_ATTRIBUTE, "")),
        )

    def _cine(self, entry: zipfile.ZipInfo) -> Path:
        return self._unpacked(self._bundle, entry, f"cine{_CINE_SUFFIXES[0]}", self._largest)

    def _unpacked(self, bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, largest: int) -> Path:
        """One file of a scene; never more than its declared size, and that is looked at first."""
        if entry.file_size > largest:
            raise InputError(
                _("The frames in {file} take {size:.1f} GB, and {most:g} GB is the most that can be shown.").format(
                    file=self._path.name, size=entry.file_size / 2**30, most=largest / 2**30
                ),
                _("Open a shorter part of it, or one with smaller frames."),
            )
        target = self._folder / name
        with bundle.open(entry) as source, target.open("xb") as stream:
            shutil.copyfileobj(source, stream, 2**20)
        return target


def _sceneIn(bundle: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> tuple[list[SceneNode], str]:
    """The nodes of a bundle's scene, and its folder.

    Raises:
        ValueError: it has none, or a damaged one.
    """
    texts = sorted((name for name in entries if name.lower().endswith(_SCENE_TEXT)), key=lambda name: name.count("/"))
    if not texts or entries[texts[0]].file_size > _LARGEST_TEXT:
        raise ValueError("no scene")
    return parseScene(bundle.read(entries[texts[0]]).decode("utf-8")), posixpath.dirname(texts[0])


def _belongs(segmentation: SceneNode, cine: SceneNode, nodes: Sequence[SceneNode]) -> bool:
    """Whether this program says so, or one browser plays both."""
    if segmentation.refersTo(cine.identifier):
        return True
    browsers = [node for node in nodes if node.kind == "SequenceBrowser"]
    return any(one.refersTo(cine.identifier) and one.refersTo(segmentation.identifier) for one in browsers)


def _isProxy(node: SceneNode, nodes: Sequence[SceneNode]) -> bool:
    """Whether it only shows an item of a sequence."""
    return any(one.refersTo(node.identifier) for one in nodes if one.kind == "SequenceBrowser")


def _elsewhere() -> str:
    return _("Open it in Slicer, or open the cine itself.")


@contextmanager
def _saying(path: Path) -> Iterator[None]:
    """Say in one sentence that it is damaged."""
    try:
        yield
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if lacks_room(error):
            raise room_error(_("the temporary folder")) from error
        message = _("{file} is damaged, or no scene.").format(file=path.name)
        raise InputError(message, _("Download or save it again.")) from error
