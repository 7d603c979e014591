"""Multi-frame DICOM, of one slice or of several that the user chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, DicomFrame
from rabengine.errors import InputError
from rabengine.io.choice import CineChoice, chosen
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import DEFAULT_OPTIONS, ReadOptions
from rabengine.io.reader import SuffixReader
from rabengine.io.video.reader import load_video_stream

from .calibration import frame_times, pixel_spacing
from .facts import FrameFacts, facts_of_frames, order_of
from .files import is_dicom, plain_file, quiet_pydicom, read_header, require_image, value_of
from .pixels import copy_stream, decoded_frames, frame_count, is_video
from .rescale import pixel_type, rescaled, rescales_of

# Binary and fractional ones, and label maps.
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class DicomReader(SuffixReader):
    """DICOM, whatever the name of the file."""

    name = "DICOM"
    suffixes = (".dcm", ".dicom")

    def recognizes(self, path: Path) -> bool:
        return is_dicom(path) or super().recognizes(path)

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_dicom(path, options)


def load_dicom(path: Path, options: ReadOptions = DEFAULT_OPTIONS) -> Cine:
    """Frames, pixel size and frame times of one DICOM file, in the order in which they were taken.

    Raises:
        InputError: the file holds no image or several cines, is cut off, or cannot be decoded.
    """
    with plain_file(path) as plain, quiet_pydicom():
        header = read_header(plain)
        header.filename = None
        require_image(path, header)
        _refuse_segmentation(path, header)
        return _load_image(plain, header, options, path)


def _refuse_segmentation(path: Path, header: Any) -> None:
    """Its frames are those of one segment after the other, so they are neither a cine nor labels."""
    if value_of(header, "SOPClassUID") in SEGMENTATIONS:
        raise InputError(
            f"{path} is a DICOM segmentation, not a cine.", "Open the images that were segmented, and give it as marks."
        )


def _load_image(plain: Path, header: Any, options: ReadOptions, path: Path) -> Cine:
    count = frame_count(plain, header, str(path))
    facts = facts_of_frames(header, count)
    choice = chosen(slices_of(facts), options.series, str(path), "slice positions or kinds of image")
    taken = [choice.frames[place] for place in order_of([facts[frame] for frame in choice.frames])]
    frames = _video_frames(plain, header, path) if is_video(header) else read_frames(plain, header, count, taken, path)
    used = [facts[frame] for frame in taken]
    if len(frames) != len(taken):
        raise InputError(
            f"{path} declares {count} frames but holds {len(frames)}.", "Copy or export the DICOM file again."
        )
    instance = str(value_of(header, "SOPInstanceUID") or "")
    origins = tuple(DicomFrame(str(path.absolute()), instance, frame + 1) for frame in taken)
    return with_calibration(Cine(frames=frames, source=str(path), dicom_frames=origins), header, used, taken)


def with_calibration(cine: Cine, header: Any, facts: Sequence[FrameFacts], taken: Sequence[int]) -> Cine:
    """The cine with the pixel size, place and times that a header and the facts of its frames tell."""
    times = frame_times(header, facts)
    spacing, warnings = pixel_spacing(header, cine.frame_size, taken)
    origin, direction = _geometry(facts[0])
    return replace(
        cine,
        spacing=spacing,
        origin=origin,
        direction=direction,
        index_name="time" if times else "frame",
        index_unit="s" if times else "",
        index_values=times or tuple(float(frame) for frame in range(cine.frame_count)),
        warnings=(*cine.warnings, *warnings),
    )


def _geometry(facts: FrameFacts) -> tuple[tuple[float, float, float], tuple[float, ...]]:
    """Origin and row-major direction cosines in LPS."""
    position = facts.position or (0.0, 0.0, 0.0)
    cosines = np.array(facts.orientation if len(facts.orientation) == 6 else _UPRIGHT)
    along, down = cosines[:3], cosines[3:]
    normal = np.cross(along, down)
    if not np.isfinite(cosines).all() or abs(np.linalg.norm(normal) - 1) > 0.01:
        return (position[0], position[1], position[2]), Cine.direction
    matrix = np.stack([along, down, normal], axis=1)
    return (position[0], position[1], position[2]), tuple(matrix.ravel().tolist())


def read_frames(plain: Path, header: Any, count: int, taken: Sequence[int], path: Path) -> np.ndarray:
    """(T, H, W[, 3]) of the frames `taken`, in that order, as measured values.

    Args:
        plain: the file to read.
        count: of all its frames.
        path: what the user calls it, for messages.
    """
    rescales = dict(zip(taken, rescales_of(header, taken), strict=True))
    wanted = set(taken)
    kind: np.dtype | None = None
    with FrameBuffer(expected=len(taken)) as buffer:
        for number, frame in enumerate(decoded_frames(plain, header, count, str(path))):
            if number not in wanted:
                continue
            kind = kind or pixel_type(list(rescales.values()), frame.dtype)
            buffer.append(rescaled(frame, rescales[number], kind))
        frames = buffer.finish()
    in_file = sorted(wanted)
    if list(taken) == in_file or len(frames) != len(taken):
        return frames
    return _reordered(frames, [in_file.index(number) for number in taken])


def _reordered(frames: np.ndarray, order: Sequence[int]) -> np.ndarray:
    with FrameBuffer(expected=len(order)) as buffer:
        for number in order:
            buffer.append(frames[number])
        return buffer.finish()


def _video_frames(plain: Path, header: Any, path: Path) -> np.ndarray:
    with OwnedFolder() as folder:
        stream = Path(folder) / "stream"
        copy_stream(plain, header, stream)
        return load_video_stream(stream, str(path)).frames


def slices_of(facts: Sequence[FrameFacts], prefix: str = "", aliases: tuple[str, ...] = ()) -> list[CineChoice]:
    """The cines among frames: one for each slice position, and for each kind of image that has a cine there.

    Args:
        prefix: of the labels, with its dot.
        aliases: of the choice where there is only one.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    kinds = _kinds_that_repeat(facts)
    for number, one in enumerate(facts):
        groups.setdefault((_level(one), one.place, one.orientation, one.kind if kinds else ()), []).append(number)
    if len(groups) == 1:
        frames = tuple(range(len(facts)))
        return [CineChoice(prefix.rstrip(".") or "1", _counted(frames), frames, aliases)]
    return [
        CineChoice(
            f"{prefix}{place}", f"{_described(facts[frames[0]], bool(kinds))}, {_counted(frames)}", tuple(frames)
        )
        for place, (_key, frames) in enumerate(sorted(groups.items(), key=lambda item: str_key(item[0])), 1)
    ]


def str_key(key: tuple[Any, ...]) -> tuple[float, str]:
    """Sorts slices along their normal, then by everything else."""
    return float(key[0]), str(key[1:])


def _kinds_that_repeat(facts: Sequence[FrameFacts]) -> bool:
    """Whether frames of several kinds were taken in step, such as magnitude and phase."""
    counts: dict[tuple[str, ...], int] = {}
    for one in facts:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    return len(counts) > 1 and len(set(counts.values())) == 1 and min(counts.values()) > 1


def _level(one: FrameFacts) -> float:
    """How far along its normal a slice lies."""
    if not one.position:
        return float(one.stack[1]) if one.stack and one.stack[1].isdigit() else 0.0
    cosines = np.array(one.orientation if len(one.orientation) == 6 else _UPRIGHT)
    return round(float(np.dot(np.cross(cosines[:3], cosines[3:]), one.position)), 2)


def _described(one: FrameFacts, by_kind: bool) -> str:
    where = f"slice at {_level(one):g} mm" if one.position else f"slice {int(_level(one))}" if one.stack else "image"
    kind = " ".join(part for part in one.kind if part) if by_kind else ""
    return f"{where} {kind}".strip()


def _counted(frames: Sequence[int]) -> str:
    return f"{len(frames)} frame{'' if len(frames) == 1 else 's'}"
