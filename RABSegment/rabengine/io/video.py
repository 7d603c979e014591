"""Video files, decoded frame by frame with PyAV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import InputError
from .frame_buffer import FrameBuffer
from .options import ReadOptions
from .pixels import to_frame
from .reader import SuffixReader

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")

# Containers that hold their own pictures. Playlists and scripts, which FFmpeg would take under any name, are not
# among them: they make it open other files and addresses.
_CONTAINERS = "asf,avi,flv,h264,hevc,m4v,matroska,mjpeg,mov,mpeg,mpegts,mpegvideo,ogg"
_ONLY_THIS_FILE = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}

_COUNT_SLACK = 1  # players drop a frame at an edit; more than that is a file cut off
_DURATION_SLACK = 0.01  # of a file that only says how long it is
_SHARED_DURATION_SLACK = 0.1  # sound may go on longer than the picture
_MICROSECONDS = 1e6


class VideoReader(SuffixReader):
    """Video in any container that PyAV decodes."""

    name = "video"
    suffixes = VIDEO_SUFFIXES
    needs = ("av",)

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_video(path)


def load_video_stream(stream: Path, source: str) -> Cine:
    """The frames of a video stream that was taken out of a file of another kind, such as DICOM.

    Args:
        stream: a file that holds the bare stream (MPEG-2, H.264 or HEVC) or a transport stream.
        source: names the file it came from, for messages.

    Raises:
        InputError: PyAV is not installed, or the stream is damaged; it names `source`.
    """
    av = _pyav()
    try:
        with av.open(f"file:{stream.absolute()}", options=_ONLY_THIS_FILE) as container:
            if not container.streams.video:
                raise _damaged(Path(source))
            found = container.streams.video[0]
            found.thread_type = "AUTO"
            frames = _decode(container, found, Path(source))
    except (av.FFmpegError, OSError) as error:
        raise _damaged(Path(source)) from error
    return Cine(frames=frames, index_values=tuple(float(frame) for frame in range(len(frames))), source=source)


def load_video(path: Path) -> Cine:
    """All frames of the first video stream, at the times that its frame rate gives.

    Raises:
        InputError: PyAV is not installed, or the file is cut off or cannot be decoded.
    """
    av = _pyav()
    try:
        with av.open(f"file:{path.absolute()}", options=_ONLY_THIS_FILE) as container:
            if not container.streams.video:
                raise InputError(
                    f"{path} holds no video stream, or was cut off before it.",
                    "Give a file that shows a picture in a player.",
                )
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            frames = _decode(container, stream, path)
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            _require_complete(len(frames), stream, container, rate, path)
    except (av.FFmpegError, OSError) as error:
        raise _damaged(path) from error
    times = tuple(frame / rate if rate > 0 else float(frame) for frame in range(len(frames)))
    return Cine(
        frames=frames,
        index_name="time" if rate > 0 else "frame",
        index_unit="s" if rate > 0 else "",
        index_values=times,
        source=str(path),
    )


def _pyav() -> Any:
    try:
        import av
    except ImportError as error:
        raise InputError(
            "Reading a video file needs PyAV, which is not installed.",
            'Install it with: pip install "rabsegment[video]".',
        ) from error
    return av


def _decode(container: Any, stream: Any, path: Path) -> np.ndarray:
    """(T, H, W) grey or (T, H, W, 3) RGB frames; more than 8 bits are kept for grey."""
    with FrameBuffer(expected=stream.frames) as buffer:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise _damaged(path)
            for frame in packet.decode():
                if frame.is_corrupt:
                    raise _damaged(path)
                buffer.append(to_frame(frame.to_ndarray(format=_target_format(frame.format)), str(path)))
        return buffer.finish()


def _target_format(source: Any) -> str:
    if not source.name.startswith(("gray", "y8", "y16")):
        return "rgb24"
    return "gray16le" if source.components[0].bits > 8 else "gray"


def _require_complete(count: int, stream: Any, container: Any, rate: float, path: Path) -> None:
    """Refuse a file that declares more frames than it holds.

    Raises:
        InputError: it does.
    """
    if stream.frames:
        missing = stream.frames - count > _COUNT_SLACK
    else:
        declared = (container.duration or 0) / _MICROSECONDS * rate
        slack = _DURATION_SLACK if len(container.streams) == 1 else _SHARED_DURATION_SLACK
        missing = declared - count > slack * declared + _COUNT_SLACK
    if missing:
        raise _damaged(path)


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} is cut off, damaged, or not a video that can be decoded.", "Copy or export the video again."
    )
