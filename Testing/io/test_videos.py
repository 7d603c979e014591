"""Videos come in as a player shows them: every frame, turned as recorded, at its own time; half of one never does."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.read import load_frames, read_cine
from rabengine.io.video.reader import load_video_stream
from rabengine.io.video.structure import is_cut_off

av = pytest.importorskip("av")

GAP = [*range(8), *range(20, 40)]  # numbers of the frames of a recording that stopped for half a second
MILLISECONDS = Fraction(1, 1000)
ONE = 1 << 16


def moving_disc(count: int = 28) -> np.ndarray:
    """(T, 64, 80, 3) uint8: a disc that moves, corners of four greys, and a little noise, so that frames differ."""
    rows, columns = np.mgrid[:64, :80]
    frames = np.random.default_rng(0).integers(40, 56, (count, 64, 80, 1), np.uint8).repeat(3, axis=3)
    for number, frame in enumerate(frames):
        frame[(rows - 32) ** 2 + (columns - 24 - number) ** 2 < 100] = 220
        frame[:8, :8], frame[:8, -8:], frame[-8:, :8] = 90, 130, 170
    return frames


def encode(
    path: Path,
    codec: str,
    numbers: Sequence[int] = range(28),
    pixel_format: str = "yuv420p",
    container_format: str | None = None,
    first_second: float = 0.0,
    shape: Fraction | None = None,
    sound_seconds: float = 0.0,
    **options: str,
) -> Path:
    """A video of 25 frames a second with frames at these numbers."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 80, 64, pixel_format
        if codec != "mjpeg":
            stream.codec_context.time_base = Fraction(1, 25)
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        if sound_seconds:
            add_silence(container, sound_seconds)
        for number, pixels in zip(numbers, moving_disc(len(numbers)), strict=True):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pixel_format)
            picture.time_base = Fraction(1, 25)
            picture.pts = number + round(first_second * 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def add_silence(container: Any, seconds: float) -> None:
    stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
    for number in range(round(seconds)):
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        silence.rate, silence.time_base, silence.pts = 8000, Fraction(1, 8000), 8000 * number
        container.mux(stream.encode(silence))
    container.mux(stream.encode(None))


def assert_shows(cine: Cine, numbers: Sequence[int]) -> None:
    frames = moving_disc(len(numbers))
    assert cine.frames.shape == frames.shape
    assert np.abs(cine.frames.astype(int) - frames).mean() < 12
    assert (cine.index_name, cine.index_unit) == ("time", "s")
    assert cine.index_values == pytest.approx([(number - numbers[0]) / 25 for number in numbers], abs=0.001)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "mpeg4", "yuv420p"),
        ("a.mov", "mpeg4", "yuv420p"),
        ("a.mkv", "mpeg4", "yuv420p"),
        ("a.webm", "libvpx", "yuv420p"),
        ("a.wmv", "wmv2", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj420p"),  # frames that were dropped: their places in the index are empty
        ("a.flv", "flv1", "yuv420p"),
    ],
)
def test_frames_have_their_own_times(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    cine = read_cine(encode(tmp_path / name, codec, GAP, pixel_format))
    assert_shows(cine, GAP)
    assert cine.warnings == ()


def test_frames_that_are_stored_out_of_order_in_an_old_container_have_their_times(tmp_path: Path) -> None:
    cine = read_cine(encode(tmp_path / "a.avi", "libx264", GAP, bf="3"))
    assert_shows(cine, GAP)
    assert cine.warnings == ()


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "mpeg4"), ("a.ts", "mpeg2video"), ("a.mpg", "mpeg2video")])
def test_the_first_frame_is_at_zero_whenever_it_was_recorded(tmp_path: Path, name: str, codec: str) -> None:
    assert_shows(read_cine(encode(tmp_path / name, codec, first_second=2.0)), range(28))


def test_sound_that_goes_on_longer_is_no_missing_picture(tmp_path: Path) -> None:
    assert_shows(read_cine(encode(tmp_path / "a.mkv", "mpeg4", sound_seconds=4)), range(28))


def test_a_trimmed_video_has_the_frames_that_a_player_shows(tmp_path: Path) -> None:
    encode(tmp_path / "whole.mp4", "mpeg4", g="12")
    with av.open(str(tmp_path / "whole.mp4")) as whole, av.open(str(tmp_path / "cut.mp4"), "w") as cut:
        source = whole.streams.video[0]
        target = cut.add_stream_from_template(source)
        for packet in whole.demux(source):
            if packet.pts is not None and packet.pts * packet.time_base >= 12 / 25:  # from a key frame on
                shift = round(Fraction(17, 25) / packet.time_base)  # but shown from frame 17 on
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = target
                cut.mux(packet)
    with av.open(str(tmp_path / "cut.mp4")) as cut:
        assert cut.streams.video[0].frames == 16
    cine = read_cine(tmp_path / "cut.mp4")
    assert cine.frame_count == 11
    assert np.abs(cine.frames.astype(int) - moving_disc()[17:]).mean() < 12
    assert cine.index_values == pytest.approx(np.arange(11) / 25, abs=0.001)


MATRICES = {
    "as it is": (1, 0, 0, 1),
    "a quarter clockwise": (0, 1, -1, 0),
    "half": (-1, 0, 0, -1),
    "a quarter back": (0, -1, 1, 0),
    "left to right": (-1, 0, 0, 1),
    "upside down": (1, 0, 0, -1),
    "along the diagonal": (0, 1, 1, 0),
    "along the other diagonal": (0, -1, -1, 0),
}


def give_matrix(path: Path, matrix: Sequence[float]) -> None:
    """Put (a, b, c, d) into the track header of an MP4."""
    a, b, c, d = (round(value * ONE) for value in matrix)
    content = bytearray(path.read_bytes())
    struct.pack_into(">9i", content, content.index(b"tkhd") + 44, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


def shown(frame: np.ndarray, matrix: Sequence[int]) -> np.ndarray:
    """Each pixel moved to (x, y) times the matrix, and all into view."""
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
    a, b, c, d = matrix
    x, y = columns * a + rows * c, columns * b + rows * d
    x, y = x - x.min(), y - y.min()
    turned = np.empty((y.max() + 1, x.max() + 1, 3), np.uint8)
    turned[y, x] = frame
    return turned


@pytest.mark.parametrize("turn", MATRICES)
def test_frames_are_turned_as_the_file_says(tmp_path: Path, turn: str) -> None:
    encode(tmp_path / "a.mp4", "mpeg4", range(4))
    give_matrix(tmp_path / "a.mp4", MATRICES[turn])
    cine = read_cine(tmp_path / "a.mp4")
    for frame, pixels in zip(cine.frames, moving_disc(4), strict=True):
        expected = shown(pixels, MATRICES[turn])
        assert frame.shape == expected.shape and np.abs(frame.astype(int) - expected).mean() < 12
    assert cine.warnings == ()


def test_other_angles_are_left_and_said(tmp_path: Path) -> None:
    encode(tmp_path / "a.mp4", "mpeg4", range(4))
    give_matrix(tmp_path / "a.mp4", (0.7, 0.7, -0.7, 0.7))
    cine = read_cine(tmp_path / "a.mp4")
    assert cine.frames.shape == (4, 64, 80, 3) and "no quarter turn" in cine.warnings[0]


def test_pixels_that_are_not_square_stay_and_are_said(tmp_path: Path) -> None:
    cine = read_cine(encode(tmp_path / "a.mp4", "mpeg4", range(4), shape=Fraction(16, 11)))
    assert cine.frames.shape == (4, 64, 80, 3) and cine.spacing is None
    assert "1.455 times as wide as high" in cine.warnings[0]
    give_matrix(tmp_path / "a.mp4", MATRICES["a quarter clockwise"])
    assert "0.6875 times as wide as high" in read_cine(tmp_path / "a.mp4").warnings[0]


def test_interlaced_video_is_said(tmp_path: Path) -> None:
    combed = read_cine(encode(tmp_path / "a.mpg", "mpeg2video", range(4), flags="+ilme+ildct"))
    assert len(combed.frames) == 4 and "interlaced" in combed.warnings[0]
    assert read_cine(encode(tmp_path / "b.mpg", "mpeg2video", range(4))).warnings == ()


CONTAINERS = {
    "a.mp4": ("mpeg4", None),
    "a.m4v": ("mpeg4", "mp4"),
    "a.mov": ("mpeg4", None),
    "a.3gp": ("mpeg4", None),
    "a.mkv": ("mpeg4", None),
    "a.webm": ("libvpx", None),
    "a.avi": ("mpeg4", None),
    "a.wmv": ("wmv2", "asf"),
    "a.flv": ("flv1", None),
    "a.ogv": ("libvpx", "ogg"),
    "a.mpg": ("mpeg2video", None),
    "a.vob": ("mpeg2video", "vob"),
    "a.ts": ("mpeg2video", None),
    "a.mts": ("mpeg2video", "mpegts"),
    "a.m2ts": ("mpeg2video", None),
    "a.mxf": ("mpeg2video", None),
    "a.y4m": ("wrapped_avframe", "yuv4mpegpipe"),
    "a.m2v": ("mpeg2video", "mpeg2video"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_are_known_by_name_and_without_one(tmp_path: Path, name: str) -> None:
    codec, container_format = CONTAINERS[name]
    encode(tmp_path / name, codec, container_format=container_format)
    assert_shows(read_cine(tmp_path / name), range(28))
    (tmp_path / name).rename(tmp_path / "IMG_0001")
    assert read_cine(tmp_path / "IMG_0001").frame_count == 28


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "a.m2v"])
@pytest.mark.parametrize("part", [0.9, 0.4])
def test_what_is_cut_off_is_refused(tmp_path: Path, name: str, part: float) -> None:
    codec, container_format = CONTAINERS[name]
    whole = encode(tmp_path / name, codec, container_format=container_format).read_bytes()
    assert not is_cut_off(whole)
    length = int(len(whole) * part)
    (tmp_path / name).write_bytes(whole[: length - (length % 4 == 0)])  # not at the end of a packet
    with pytest.raises(InputError, match="cut off") as caught:
        read_cine(tmp_path / name)
    assert name in caught.value.message


def test_a_video_whose_picture_changes_its_size_is_refused(tmp_path: Path) -> None:
    parts = []
    for size in ((80, 64), (96, 64)):
        with av.open(str(tmp_path / "part.m2v"), "w", format="mpeg2video") as container:
            stream = container.add_stream("mpeg2video", rate=25)
            (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
            for pixels in moving_disc(6):
                picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                container.mux(stream.encode(picture.reformat(*size, format="yuv420p")))
            container.mux(stream.encode(None))
        parts.append((tmp_path / "part.m2v").read_bytes())
    (tmp_path / "a.m2v").write_bytes(b"".join(parts))
    with pytest.raises(InputError, match=r"a\.m2v changes the size"):
        read_cine(tmp_path / "a.m2v")


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    encode(tmp_path / "plain.mp4", "mpeg4")
    cover = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 200, np.uint8), format="rgb24").reformat(format="yuvj420p")
    with av.open(str(tmp_path / "plain.mp4")) as plain, av.open(str(tmp_path / "covered.mp4"), "w") as covered:
        picture = covered.add_stream("mjpeg", rate=1)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuvj420p"
        picture.disposition = av.stream.Disposition.attached_pic
        source = plain.streams.video[0]
        target = covered.add_stream_from_template(source)
        covered.mux(picture.encode(cover))
        covered.mux(picture.encode(None))
        for packet in plain.demux(source):
            if packet.dts is not None:
                packet.stream = target
                covered.mux(packet)
    assert_shows(read_cine(tmp_path / "covered.mp4"), range(28))


def test_a_packet_that_is_damaged_is_refused(tmp_path: Path) -> None:
    content = bytearray(encode(tmp_path / "a.mp4", "mpeg4").read_bytes())
    start = content.index(b"mdat") + len(content) // 3
    content[start : start + 400] = bytes(400)
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read_cine(tmp_path / "a.mp4")


def test_a_recording_that_begins_between_whole_pictures_shows_from_the_first(tmp_path: Path) -> None:
    whole = encode(tmp_path / "a.ts", "libx264", range(40), g="10", tune="zerolatency").read_bytes()
    packets = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    (tmp_path / "a.ts").write_bytes(b"".join(packets[:3] + packets[len(packets) // 3 :]))
    cine = read_cine(tmp_path / "a.ts")
    assert cine.frame_count in (10, 20)  # from a key frame on
    assert np.abs(cine.frames.astype(int) - moving_disc(40)[-cine.frame_count :]).mean() < 12
    assert any("left out" in warning for warning in cine.warnings)


def test_titles_in_other_encodings_do_not_matter(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        container.metadata["title"] = "Herz Muller"
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 64, "yuvj420p"
        for pixels in moving_disc(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuvj420p")))
        container.mux(stream.encode(None))
    content = (tmp_path / "a.avi").read_bytes()
    assert b"Herz Muller" in content
    (tmp_path / "a.avi").write_bytes(content.replace(b"Herz Muller", "Herz Müller".encode("latin-1")))
    assert read_cine(tmp_path / "a.avi").frame_count == 4


@pytest.mark.parametrize(
    ("codec", "container_format"), [("libx264", "h264"), ("libx265", "hevc"), ("mpeg2video", "mpegts")]
)
def test_a_stream_out_of_another_file_is_decoded_and_named_after_it(
    tmp_path: Path, codec: str, container_format: str
) -> None:
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    encode(tmp_path / "stream", codec, container_format=container_format, **quiet)
    cine = load_video_stream(tmp_path / "stream", "endoscopy.dcm")
    assert_shows(cine, range(28))
    assert cine.source == "endoscopy.dcm"
    (tmp_path / "stream").write_bytes(b"\0\0\0\1" + bytes(300))
    with pytest.raises(InputError, match=r"endoscopy\.dcm is cut off"):
        load_video_stream(tmp_path / "stream", "endoscopy.dcm")


def test_a_gif_that_unfolds_to_more_than_memory_holds_is_refused(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    pages = [pillow.fromarray(frame).quantize(16) for frame in moving_disc(3)]
    pages[0].save(tmp_path / "a.gif", save_all=True, append_images=pages[1:], duration=40)
    content = bytearray((tmp_path / "a.gif").read_bytes())
    last = content.rindex(b"\x21\xf9\x04") + 8  # the image descriptor after the last control block
    assert content[last : last + 1] == b","
    struct.pack_into("<4H", content, last + 1, 0, 0, 60000, 60000)
    (tmp_path / "a.gif").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.gif"):
        load_frames(tmp_path / "a.gif")
