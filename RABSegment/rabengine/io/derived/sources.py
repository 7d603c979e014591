"""The DICOM files that a cine came from, as what is derived from it refers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.dicom.files import items_of, plain_file, quiet_pydicom, read_header, value_of

_IDENTITY = ("PatientID", "PatientName")


@dataclass(frozen=True)
class SourceFrame:
    """One frame of the cine in its file.

    Attributes:
        header: pydicom Dataset of the file, without pixels.
        number: of the frame in the file, from 1; None where the file is of a kind that has one frame alone.
    """

    header: Any
    number: int | None

    def group(self, sequence: str) -> Any:
        """The item of a functional group of this frame, its own or a shared one; None where there is none."""
        own = items_of(self.header, "PerFrameFunctionalGroupsSequence")
        place = (self.number or 1) - 1
        candidates = [own[place]] if place < len(own) else []
        for where in (*candidates, *items_of(self.header, "SharedFunctionalGroupsSequence")[:1]):
            if found := items_of(where, sequence):
                return found[0]
        return None


@dataclass(frozen=True)
class Sources:
    """All frames of a cine, of one patient and one study.

    Attributes:
        frames: one for each frame of the cine.
        headers: of the files, each once, in the order of the frames.
    """

    frames: tuple[SourceFrame, ...]
    headers: tuple[Any, ...]

    @property
    def header(self) -> Any:
        """Of the first file, for patient and study."""
        return self.headers[0]


def require_dicom(cine: Cine, what: str) -> None:
    """Refuse a cine that did not come from DICOM files.

    Args:
        what: begins the sentence, such as "A DICOM segmentation".

    Raises:
        InputError: it did not, or a file says not which one it is.
    """
    if len(cine.dicom_frames) != cine.frame_count:
        raise InputError(
            f"{what} refers to the DICOM files of its cine, and {cine.source or 'this cine'} was not read from DICOM.",
            "Open the DICOM files themselves, or choose another format.",
        )
    nameless = next((Path(frame.file).name for frame in cine.dicom_frames if not frame.instance), None)
    if nameless is not None:
        raise InputError(
            f"{what} cannot refer to {nameless}, which has no SOP Instance UID.", "Export that file again."
        )


def sources_of(cine: Cine, what: str) -> Sources:
    """The headers of the files that the frames of a cine came from.

    Args:
        what: begins the sentences, such as "A DICOM segmentation".

    Raises:
        InputError: the cine is no DICOM, a file is gone or is another one now, has frames of another size, or they are
            of several patients or studies.
    """
    require_dicom(cine, what)
    headers = {frame.file: None for frame in cine.dicom_frames}
    found = {file: _header(Path(file), what) for file in headers}
    for frame in cine.dicom_frames:
        if str(value_of(found[frame.file], "SOPInstanceUID")) != frame.instance:
            raise InputError(
                f"{Path(frame.file).name} is another DICOM file now than the one that the cine was read from.",
                "Open the cine again.",
            )
    _check_size(cine, found, what)
    _check_one_study(list(found.values()), what)
    frames = tuple(
        SourceFrame(found[frame.file], frame.number if "NumberOfFrames" in found[frame.file] else None)
        for frame in cine.dicom_frames
    )
    return Sources(frames, tuple(found.values()))


def _header(path: Path, what: str) -> Any:
    if not path.is_file():
        raise InputError(
            f"{what} needs the DICOM file that the cine was read from, and {path.name} is not there any more.",
            "Put it back, or open the cine again where it is now.",
        )
    with plain_file(path) as plain, quiet_pydicom():
        header = read_header(plain)
    missing = [name for name in ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID") if not header.get(name)]
    if missing:
        raise InputError(f"{what} cannot refer to {path.name}, which has no {missing[0]}.", "Export that file again.")
    return header


def _check_size(cine: Cine, headers: Mapping[str, Any], what: str) -> None:
    """What is derived has the pixels of its source, one for one."""
    for file, header in headers.items():
        size = (value_of(header, "Rows"), value_of(header, "Columns"))
        if size != cine.frame_size:
            (rows, columns), (own_rows, own_columns) = size, cine.frame_size
            raise InputError(
                f"{what} has the pixels of the DICOM files of its cine, and the frames of {cine.source or 'this cine'} "
                f"are of {own_columns} x {own_rows}, those of {Path(file).name} of {columns} x {rows}.",
                "Open the cine as it is in the file, not cropped or resampled.",
            )


def _check_one_study(headers: Sequence[Any], what: str) -> None:
    patients = {tuple(str(value_of(header, name) or "") for name in _IDENTITY) for header in headers}
    studies = {str(header.StudyInstanceUID) for header in headers}
    for several, kind in ((patients, "patient"), (studies, "study")):
        if len(several) > 1:
            raise InputError(
                f"{what} is of one {kind}, and the files of the cine are of {len(several)}.",
                f"Open the files of one {kind} alone.",
            )
