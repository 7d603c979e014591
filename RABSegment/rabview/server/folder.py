"""The one folder on the server whose cines the page may open."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rabengine.errors import InputError
from rabengine.exchange.find import is_set
from rabengine.io.dicom.files import is_dicom
from rabengine.io.picture.animation import is_animation
from rabengine.io.picture.names import in_natural_order
from rabengine.io.picture.single_picture import PICTURE_SUFFIXES
from rabengine.io.readers import cine_suffixes
from RABSegmentLib.Session.SceneFile import SCENE_SUFFIX
from rabview.variables import is_clean

from .uploads import MARKS_SUFFIXES

MOST_ENTRIES = 2000  # that are shown of a folder
_MOST_INNER = 500  # entries of a folder in the list that are looked at to see what it is
_MOST_LOOKS = 20  # files of a folder that are opened to see whether they are DICOM, or animated
_LEAST_IMAGES = 2  # that make a cine
NOTHING_HERE = "There is nothing here that can be opened. Upload a file, or start rabsegment view with --folder."
_DICOM_SUFFIXES = (".dcm", ".dicom")
_SEPARATORS = {"/", "\\", ":"} if os.name == "nt" else {"/"}
# In a DICOM header: the element "number of frames" with a number above one.
_SEVERAL_FRAMES = re.compile(rb"\x28\x00\x08\x00(?:IS..|....) *0*(?:[2-9]|1\d)", re.DOTALL)
_HEADER_BYTES = 65536
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Entry:
    """A line of the page's list.

    Attributes:
        name: that is shown.
        path: below the chosen folder, with slashes.
        kind: "folder" to look into, "cine" or "images" to open, "set" to take marks from.
        size: of a file, or how many images there are; for people.
    """

    name: str
    path: str
    kind: str
    size: str = ""


@dataclass(frozen=True)
class Listing:
    """What the page shows of a folder.

    Attributes:
        path: of it, below the chosen one.
        parent: of the one above, None for the chosen folder itself.
        entries: what can be opened.
        problem: why something is not listed, empty for none.
    """

    path: str
    parent: str | None
    entries: list[Entry]
    problem: str


class Folder:
    """Lists what can be opened, and finds it; nothing outside is ever reached, neither by names nor by links.

    Args:
        root: that was chosen when the server was started.

    Attributes:
        root: without links.

    Raises:
        OSError: there is no such folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve(strict=True)

    def find(self, relative: str) -> Path:
        """The file or folder of a path that the page sent.

        Args:
            relative: below the chosen folder, with slashes; empty for that itself.

        Raises:
            InputError: it is not there, or not in the chosen folder.
        """
        names = relative.split("/") if relative else []
        if not all(map(_is_plain, names)):
            raise InputError("That is outside the folder that was chosen for this page.", "Choose from the list.")
        path = self.root.joinpath(*names)
        try:
            found = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"{relative} is not there any more.", "Choose another one.") from error
        if not found.is_relative_to(self.root):
            raise InputError(f"{relative} leads outside the folder that was chosen for this page.", "Choose another.")
        if not (found.is_file() or found.is_dir()):
            raise InputError(f"{relative} is neither a file nor a folder.", "Choose another one.")
        return path

    def listing(self, relative: str, for_marks: bool = False) -> Listing:
        """What the page shows of a folder; takes as long as the disk does.

        Args:
            relative: of the folder, below the chosen one.
            for_marks: what holds marks alone is listed too: single pictures, for each may be the mask of a frame, and
                training sets.
        """
        try:
            path = self.find(relative)
            entries, problem = self._entries(path, relative, for_marks)
        except InputError as error:
            return Listing("", None, [], str(error))
        except OSError as error:
            reason = (error.strerror or "it cannot be read").lower()
            return Listing(relative, _parent(relative), [], f"Not listed: {reason}.")
        if len(entries) > MOST_ENTRIES:
            problem = f"Only the first {MOST_ENTRIES} of {len(entries)} are shown."
        return Listing(relative, _parent(relative), entries[:MOST_ENTRIES], problem)

    def _entries(self, folder: Path, relative: str, for_marks: bool) -> tuple[list[Entry], str]:
        if not folder.is_dir():
            raise InputError(f"{relative} is no folder.", "Choose another one.")
        paths = in_natural_order(filter(self._is_shown, folder.iterdir()))
        content = _Content(paths)
        entries = [self._of_folder(path, for_marks) for path in content.folders]
        if len(content.images) >= _LEAST_IMAGES:
            entries.insert(0, Entry("This folder as one cine", relative, "images", f"{len(content.images)} images"))
        entries += [Entry(path.name, self._relative(path), "cine", _size(path)) for path in content.cines]
        if for_marks:
            pictures = [path for path in content.images if path not in content.cines]
            entries += [Entry(path.name, self._relative(path), "cine", _size(path)) for path in pictures]
            sets = [path for path in paths if path.name.lower().endswith(MARKS_SUFFIXES) and path.is_file()]
            entries += [Entry(path.name, self._relative(path), "set", _size(path)) for path in sets]
        return entries, "" if entries else NOTHING_HERE

    def _of_folder(self, path: Path, for_marks: bool) -> Entry:
        """A folder that holds pictures and nothing else is opened at once, and so are training sets for marks."""
        if for_marks and is_set(path):
            return Entry(path.name, self._relative(path), "set", "training set")
        try:
            content = _Content([inner for inner in islice(path.iterdir(), _MOST_INNER) if self._is_shown(inner)])
        except OSError:
            content = _Content([])
        count = len(content.images)
        if count < _LEAST_IMAGES or content.folders or content.cines:
            return Entry(path.name, self._relative(path), "folder")
        return Entry(path.name, self._relative(path), "images", f"{count} images" if count < _MOST_INNER else "")

    def _is_shown(self, path: Path) -> bool:
        if not _is_plain(path.name):
            return False
        if not path.is_symlink():
            return True
        try:
            return path.resolve(strict=True).is_relative_to(self.root)
        except (OSError, RuntimeError):
            return False

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


class _Content:
    """What the entries of a folder are.

    Attributes:
        folders: to look into.
        cines: files that may hold one.
        images: files that may be one frame each; of DICOM files only the first is looked into.
    """

    def __init__(self, paths: list[Path]) -> None:
        self.folders = [path for path in paths if path.is_dir()]
        files = [path for path in paths if path.is_file()]
        dicom = _dicom_files(files)
        known = (*cine_suffixes(), SCENE_SUFFIX)
        pictures = [path for path in files if path.name.lower().endswith(PICTURE_SUFFIXES)]
        animated = set(filter(_is_animated, pictures[:_MOST_LOOKS]))
        self.cines = [path for path in files if path in dicom or path in animated or path.name.lower().endswith(known)]
        frames = set() if any(map(_has_several_frames, islice(sorted(dicom), 1))) else dicom
        stills = set(pictures) - animated
        self.images = [path for path in files if path in frames or path in stills]


def _dicom_files(files: list[Path]) -> set[Path]:
    named = {path for path in files if path.name.lower().endswith(_DICOM_SUFFIXES)}
    known = (*cine_suffixes(), *PICTURE_SUFFIXES)
    others = [path for path in files if not path.name.lower().endswith(known)]
    found = {path for path in others[:_MOST_LOOKS] if is_dicom(path)}
    # Where all of them are, the others are too: to open thousands takes long.
    return named | (set(others) if found and len(found) == len(others[:_MOST_LOOKS]) else found)


def _is_animated(path: Path) -> bool:
    try:
        return is_animation(path)
    except (InputError, OSError):
        return False


def _has_several_frames(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return bool(_SEVERAL_FRAMES.search(stream.read(_HEADER_BYTES)))
    except OSError:
        return False


def _is_plain(name: str) -> bool:
    """Whether it is the name of something visible in a folder, and leads nowhere else."""
    return bool(name) and not name.startswith(".") and is_clean(name) and not _SEPARATORS & set(name)


def _parent(relative: str) -> str | None:
    return relative.rpartition("/")[0] if relative else None


def _size(path: Path) -> str:
    """As "1.2 MB"."""
    try:
        size = float(os.stat(path).st_size)  # noqa: PTH116 - of what a link leads to
    except OSError:
        return ""
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return ""
