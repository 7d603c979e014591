"""Videos, decoded frame by frame with PyAV, in the order and at the times at which they are shown."""

from __future__ import annotations

import mmap
from fractions import Fraction
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.options import ReadOptions
from rabengine.io.orientation import Orientation
from rabengine.io.reader import SuffixReader
from rabengine.optional import require

from .decoding import Decoding, damaged_video, seconds_of_frames
from .structure import SIGNATURE_BYTES, is_cut_off, video_kind

VIDEO_SUFFIXES = (
    ".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".asf", ".ts", ".mts", ".m2ts",
    ".vob", ".3gp", ".3g2", ".flv", ".ogv", ".ogg", ".h264", ".264", ".hevc", ".265", ".m2v", ".m1v", ".y4m", ".mxf",
)  # fmt: skip

# Containers that hold their own pictures. Playlists and scripts, which FFmpeg would take under any name, are not
# among them: they make it open other files and addresses.
_CONTAINERS = "asf,avi,flv,h264,hevc,m4v,matroska,mjpeg,mov,mpeg,mpegts,mpegvideo,mxf,ogg,yuv4mpegpipe"
_ONLY_THIS_FILE = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
# Recordings of these may begin anywhere; players show them from the first picture that needs no other.
_BEGIN_ANYWHERE = {"mpeg", "mpegts", "mpegvideo", "h264", "hevc"}
_ATTACHED_PICTURE = 0x400  # disposition of a cover, which is no video
_MOST_PIXELS = 1 << 27  # of a frame; a small file can unfold to any number of them
_LOSSLESS = {"ffv1", "huffyuv", "ffvhuff", "png", "rawvideo", "utvideo", "qtrle", "magicyuv", "zmbv", "zlib", "msrle"}
_WITHOUT_CONVERSION = ("gray", "rgb", "bgr", "gbr", "argb", "abgr", "pal", "0rgb", "0bgr", "y8")


class VideoReader(SuffixReader):
    """Video in any container that PyAV decodes, known by its content where it has another name or none."""

    name = "video"
    suffixes = VIDEO_SUFFIXES

    def recognizes(self, path: Path) -> bool:
        return super().recognizes(path) or (path.is_file() and is_video_file(path))

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_video(path)


def is_video_file(path: Path) -> bool:
    """Whether a file holds a video, whatever its name."""
    with path.open("rb") as stream:
        return video_kind(stream.read(SIGNATURE_BYTES)) is not None


def load_video(path: Path) -> Cine:
    """All frames of the first video stream as a player shows them: turned as the file says, at their own times.

    The first frame is at 0 s. Frames are told apart by what can be decoded, not by what the file declares.

    Raises:
        InputError: PyAV is not installed, or the file is cut off or cannot be decoded.
    """
    return _load(path, str(path))


def load_video_stream(stream: Path, source: str) -> Cine:
    """As `load_video`, of a video that was taken out of a file of another kind, such as DICOM.

    Args:
        stream: a file with the bare stream (MPEG-2, H.264 or HEVC) or with a container around it.
        source: the file that it came from, for messages.

    Raises:
        InputError: as `load_video`; it names `source`.
    """
    return _load(stream, source)


def is_lossy_video(path: Path) -> bool:
    """Whether a file is a video whose pixels are not exactly those that were encoded; False for any other file."""
    if not path.is_file() or not is_video_file(path):
        return False
    av = _pyav()
    try:
        with av.open(f"file:{path.absolute()}", options=_ONLY_THIS_FILE, metadata_errors="replace") as container:
            context = _stream(container, str(path)).codec_context
            is_exact = context.name in _LOSSLESS and str(context.pix_fmt).startswith(_WITHOUT_CONVERSION)
            return not is_exact
    except (av.FFmpegError, OSError, IndexError) as error:
        raise damaged_video(str(path)) from error


def _is_cut_off(path: Path) -> bool:
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as content,
    ):
        return is_cut_off(content)


def _load(path: Path, source: str) -> Cine:
    av = _pyav()
    if _is_cut_off(path):
        raise damaged_video(source)
    try:
        # Titles in other encodings than UTF-8 are common, and nobody reads them here.
        with av.open(f"file:{path.absolute()}", options=_ONLY_THIS_FILE, metadata_errors="replace") as container:
            stream = _stream(container, source)
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
            decoded = Decoding(source, container.format.name in _BEGIN_ANYWHERE)
            frames = decoded.run(av, container, stream)
            shape = stream.sample_aspect_ratio
            rate = stream.average_rate or stream.guessed_rate
    except (av.FFmpegError, OSError, IndexError) as error:
        raise damaged_video(source) from error
    if not len(frames):
        raise damaged_video(source)
    times, warnings = seconds_of_frames(decoded.stamps, rate)
    return Cine(
        frames=frames,
        index_name="frame" if times is None else "time",
        index_unit="" if times is None else "s",
        index_values=tuple(float(frame) for frame in range(len(frames))) if times is None else times,
        source=source,
        warnings=(*decoded.warnings(), *_shape_warnings(shape, decoded.orientation), *warnings),
    )


def _pyav() -> Any:
    return require("av", "Reading a video file")


def _stream(container: Any, source: str) -> Any:
    """The first video stream that is no cover picture.

    Raises:
        InputError: there is none.
    """
    for stream in container.streams.video:
        if not int(getattr(stream, "disposition", 0)) & _ATTACHED_PICTURE and stream.codec_context is not None:
            return stream
    raise InputError(
        f"{source} holds no video stream, or was cut off before it.", "Give a file that shows a picture in a player."
    )


def _shape_warnings(shape: Fraction | None, orientation: Orientation) -> tuple[str, ...]:
    """Pixels stay as they were recorded: resampled ones would be nobody's. But their shape must be known."""
    if not shape or shape == 1:
        return ()
    wide = 1 / shape if orientation.transpose else shape
    return (
        f"The pixels are not square: a player shows each {float(wide):.4g} times as wide as high. Frames have the "
        "recorded pixels and no calibration, so lengths across and down differ until a spacing is given.",
    )
