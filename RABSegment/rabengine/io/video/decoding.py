"""The frames of a video stream: decoded, turned as the stream says, and at their times."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.orientation import UPRIGHT, Orientation, orientation_of_matrix
from rabengine.io.pixels import to_frame

_TIME_DECIMALS = 9
_MOST_HELD_BACK = 17  # frames that a decoder may keep until the stream ends


@dataclass
class Decoding:
    """One pass over a stream.

    Attributes:
        source: the file, for messages.
        may_begin_anywhere: pictures that lack others before the first whole one are left out.
        stamps: (presentation, decoding) time of each frame in seconds, None where unknown.
        orientation: of the frames as the file says, taken from the first.
    """

    source: str
    may_begin_anywhere: bool
    stamps: list[tuple[Fraction | None, Fraction | None]] = field(default_factory=list)
    orientation: Orientation = UPRIGHT
    _shape: tuple[int, ...] = ()
    _packets: int = 0
    _begins_whole: bool = True
    _is_slanted: bool = False
    _is_interlaced: bool = False

    def run(self, av: Any, container: Any, stream: Any) -> np.ndarray:
        """(T, H, W) grey or (T, H, W, 3) RGB frames; more than 8 bits are kept for grey.

        Raises:
            InputError: something cannot be decoded.
        """
        with FrameBuffer(expected=stream.frames) as buffer:
            for packet in container.demux(stream):
                self._notice_beginning(packet)
                try:
                    pictures = packet.decode()
                except av.FFmpegError:
                    if not self._is_before_first(buffer):
                        raise
                    continue
                for picture in pictures:
                    if packet.is_corrupt or picture.is_corrupt:
                        if not self._is_before_first(buffer):
                            raise damaged_video(self.source)
                        continue
                    self._append(buffer, picture)
                if packet.is_corrupt and not pictures and not self._is_before_first(buffer):
                    raise damaged_video(self.source)
            return buffer.finish()

    def warnings(self) -> list[str]:
        """What the user should know of the frames."""
        found = []
        if not self._begins_whole:
            found.append(
                "The video begins between two whole pictures: those that cannot be decoded without earlier ones were "
                "left out, and frames are counted after them."
            )
        if self._is_slanted:
            found.append("The video asks to be shown turned by an angle that is no quarter turn, which is left out.")
        if self._is_interlaced:
            found.append(
                "The video is interlaced: every other row of a frame is from another moment, so what moves has combed "
                "edges. For exact edges let a video program deinterlace it first."
            )
        return found

    def _notice_beginning(self, packet: Any) -> None:
        if self._packets == 0 and self.may_begin_anywhere and packet.size:
            self._begins_whole = bool(packet.is_keyframe)
        self._packets += 1

    def _is_before_first(self, buffer: FrameBuffer) -> bool:
        return self.may_begin_anywhere and buffer.count == 0

    def _append(self, buffer: FrameBuffer, picture: Any) -> None:
        if buffer.count == 0:
            self._orient(picture)
        pixels = self.orientation.apply(
            to_frame(picture.to_ndarray(format=_target_format(picture.format)), self.source)
        )
        if self._shape and pixels.shape != self._shape:
            raise InputError(
                f"{self.source} changes the size of its picture at frame {buffer.count}.",
                "Cut the video there, or export it with one size.",
            )
        self._shape = pixels.shape
        self._is_interlaced = self._is_interlaced or bool(picture.interlaced_frame)
        buffer.append(pixels)
        self.stamps.append((_seconds(picture.pts, picture.time_base), _seconds(picture.dts, picture.time_base)))

    def _orient(self, picture: Any) -> None:
        matrix = picture.side_data.get("DISPLAYMATRIX")
        if matrix is None:
            return
        found = orientation_of_matrix(np.frombuffer(bytes(matrix), np.int32).tolist())
        self._is_slanted = found is None
        self.orientation = found or UPRIGHT


def _target_format(source: Any) -> str:
    if not source.name.startswith(("gray", "y8", "y16")):
        return "rgb24"
    return "gray16le" if source.components[0].bits > 8 else "gray"


def _seconds(stamp: int | None, time_base: Fraction | None) -> Fraction | None:
    return None if stamp is None or time_base is None else stamp * time_base


def seconds_of_frames(
    stamps: Sequence[tuple[Fraction | None, Fraction | None]], rate: Fraction | None
) -> tuple[tuple[float, ...] | None, tuple[str, ...]]:
    """Seconds of each frame after the first, None when nothing is known; and what the user should know of them.

    Streams without a container have no times but their rate, and old containers only those of decoding.
    """
    shown = [moment for moment, _decoded in stamps]
    for moments in (shown, _decoding_moments(stamps, rate)):
        known = [moment for moment in moments if moment is not None]
        if len(known) == len(stamps) and all(b > a for a, b in itertools.pairwise(known)):
            return tuple(round(float(moment - known[0]), _TIME_DECIMALS) for moment in known), ()
    has_times = any(stamp != (None, None) for stamp in stamps)
    if not rate:
        return None, ("The video does not say when its frames were taken: they are counted.",) if has_times else ()
    warning = f"The times of the frames do not rise from frame to frame: the mean rate of {float(rate):g} is taken."
    times = tuple(round(float(frame / rate), _TIME_DECIMALS) for frame in range(len(stamps)))
    return times, (warning,) if has_times else ()


def _decoding_moments(
    stamps: Sequence[tuple[Fraction | None, Fraction | None]], rate: Fraction | None
) -> list[Fraction | None]:
    """When each frame came out of the decoder, which is in the order of showing; the last ones come without a time."""
    moments = [decoded for _shown, decoded in stamps]
    known = [moment for moment in moments if moment is not None]
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(known) if later > earlier)
    # The mean rate of a file may be that of its clock.
    step = steps[len(steps) // 2] if steps else 1 / rate if rate else None
    for place in range(max(len(moments) - _MOST_HELD_BACK, 1), len(moments)):
        before = moments[place - 1]
        if moments[place] is None and before is not None and step:
            moments[place] = before + step
    return moments


def damaged_video(source: str) -> InputError:
    """The error for a video that cannot be decoded to its end."""
    return InputError(
        f"{source} is cut off, damaged, or not a video that can be decoded.", "Copy or export the video again."
    )
