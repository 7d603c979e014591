"""Folders of DICOM files: series and slice positions are told apart, and frames are put into the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, DicomFrame
from rabengine.errors import InputError
from rabengine.io.choice import CineChoice, chosen
from rabengine.io.frame_buffer import FrameBuffer, describe
from rabengine.io.options import ReadOptions

from .facts import FrameFacts, facts_of_file, is_order_known, order_of
from .files import NoImageError, header_of, numbers_of, plain_file, quiet_pydicom, read_header, require_image, value_of
from .pixels import decoded_frames, frame_count
from .reader import load_dicom, slices_of, with_calibration
from .rescale import Rescale, pixel_type, rescaled, rescales_of


@dataclass(frozen=True)
class DicomFile:
    """What is kept of a file's header until its series is chosen.

    Attributes:
        patient: identifier and name, of which either may be empty.
        instance, series: UIDs, "" where the file does not say.
        number: of the series, as text.
        title: of the series.
        frames: as many as the file declares.
        size: rows, columns, samples of a pixel.
    """

    path: Path
    patient: tuple[str, str]
    instance: str
    series: str
    number: str
    title: str
    frames: int
    size: tuple[float, ...]
    facts: FrameFacts
    rescale: Rescale


def dicom_images(files: Sequence[Path]) -> tuple[list[DicomFile], list[Path]]:
    """Those of some DICOM files that hold an image, and those that hold none (reports, a DICOMDIR).

    Raises:
        InputError: a file is cut off or damaged.
    """
    images, others = [], []
    for path in files:
        with plain_file(path) as plain, quiet_pydicom():
            header = read_header(plain)
            try:
                require_image(path, header)
            except NoImageError:
                others.append(path)
                continue
            images.append(_summary(path, header))
    return images, others


def _summary(path: Path, header: Any) -> DicomFile:
    frames = numbers_of(header, "NumberOfFrames")
    size = [numbers_of(header, name)[:1] for name in ("Rows", "Columns", "SamplesPerPixel")]
    return DicomFile(
        path=path,
        patient=(str(value_of(header, "PatientID") or ""), str(value_of(header, "PatientName") or "")),
        instance=str(value_of(header, "SOPInstanceUID") or ""),
        series=str(value_of(header, "SeriesInstanceUID") or ""),
        number=str(value_of(header, "SeriesNumber") or ""),
        title=str(value_of(header, "SeriesDescription") or value_of(header, "ProtocolName") or ""),
        frames=int(frames[0]) if len(frames) == 1 and 1 <= frames[0] < 2**31 else 1,
        size=tuple(number for numbers in size for number in numbers),
        facts=facts_of_file(header),
        rescale=rescales_of(header, [0])[0],
    )


def load_dicom_folder(folder: Path, images: Sequence[DicomFile], options: ReadOptions) -> Cine:
    """A cine of one series at one slice position, or of one multi-frame file.

    Raises:
        InputError: there are several and the options choose none, or frames differ in size, or cannot be decoded.
    """
    choice = chosen(_choices(images), options.series, str(folder), "series or slice positions")
    files = [images[number] for number in choice.frames]
    if len(files) == 1 and files[0].frames > 1:
        return replace(load_dicom(files[0].path, replace(options, series=None)), source=str(folder))
    facts = [file.facts for file in files]
    cine = _load_slices(folder, [files[place] for place in order_of(facts)])
    if len(files) == 1 or is_order_known(facts):
        return cine
    doubt = "The files do not say in which order they were taken: they are in the order of their names."
    return replace(cine, warnings=(*cine.warnings, doubt))


def _choices(images: Sequence[DicomFile]) -> list[CineChoice]:
    """One for each multi-frame file, and for each series and slice position of single frames."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, image in enumerate(images):
        own = (image.path.name,) if image.frames > 1 else ()
        groups.setdefault((image.patient, image.series, image.size, own), []).append(number)
    groups = _in_order(images, _one_series_where_each_file_is_its_own(images, groups))
    has_patients = len({image.patient for image in images}) > 1
    numbers = [images[members[0]].number for members in groups.values()]
    are_numbered = all(numbers) and len(set(numbers)) == len(numbers)
    several = len(groups) > 1
    choices: list[CineChoice] = []
    for place, members in enumerate(groups.values(), 1):
        first = images[members[0]]
        label = first.number if are_numbered and several else str(place)
        aliases = tuple(filter(None, (first.series, first.title, first.path.name if first.frames > 1 else "")))
        about = f"series {first.number or '?'} {first.title}".strip() if several else ""
        if has_patients:
            about = f"patient {first.patient[0] or first.patient[1] or '?'}, {about}"
        if first.frames > 1:
            about = ", ".join(filter(None, (about, first.path.name, f"{first.frames} frames")))
            choices.append(CineChoice(label, about, tuple(members), aliases, length=first.frames))
            continue
        for one in slices_of([images[number].facts for number in members], f"{label}." if several else "", aliases):
            frames = tuple(members[number] for number in one.frames)
            choices.append(replace(one, frames=frames, description=", ".join(filter(None, (about, one.description)))))
    return choices


def _one_series_where_each_file_is_its_own(
    images: Sequence[DicomFile], groups: dict[tuple[Any, ...], list[int]]
) -> dict[tuple[Any, ...], list[int]]:
    """Some exporters give every frame a series of its own; then the folder is what holds them together."""
    are_single = all(len(members) == 1 and images[members[0]].frames == 1 for members in groups.values())
    if not are_single or len({(image.patient, image.size) for image in images}) > 1:
        return groups
    return {(): list(range(len(images)))}


def _in_order(
    images: Sequence[DicomFile], groups: dict[tuple[Any, ...], list[int]]
) -> dict[tuple[Any, ...], list[int]]:
    """By the number of the series where all have one."""
    numbers = {key: images[members[0]].number for key, members in groups.items()}
    if not all(number.isdecimal() and len(number) < 10 for number in numbers.values()):
        return groups
    return dict(sorted(groups.items(), key=lambda item: int(numbers[item[0]])))


def _load_slices(folder: Path, files: Sequence[DicomFile]) -> Cine:
    rescales = [file.rescale for file in files]
    kind: np.dtype | None = None
    first: np.ndarray | None = None
    with FrameBuffer(expected=len(files)) as buffer:
        for file, rescale in zip(files, rescales, strict=True):
            frame = _only_frame(file.path)
            kind = kind or pixel_type(rescales, frame.dtype)
            frame = _alike(frame, rescale, kind, first, file, files[0])
            first = frame if first is None else first
            buffer.append(frame)
        frames = buffer.finish()
    facts = [file.facts for file in files]
    origins = tuple(DicomFrame(str(file.path.absolute()), file.instance, 1) for file in files)
    cine = Cine(frames=frames, source=str(folder), dicom_frames=origins)
    return with_calibration(cine, header_of(files[0].path), facts, [0])


def _only_frame(path: Path) -> np.ndarray:
    with plain_file(path) as plain, quiet_pydicom():
        header = read_header(plain)
        frame_count(plain, header, str(path))
        return next(decoded_frames(plain, header, 1, str(path)))


def _alike(
    frame: np.ndarray, rescale: Rescale, kind: np.dtype, first: np.ndarray | None, file: DicomFile, start: DicomFile
) -> np.ndarray:
    frame = rescaled(frame, rescale, kind)
    if first is not None and (frame.shape != first.shape or frame.dtype != first.dtype):
        raise InputError(
            f"{file.path} is {describe(frame)}, but {start.path.name} is {describe(first)}.",
            "Remove it from the folder.",
        )
    return frame
