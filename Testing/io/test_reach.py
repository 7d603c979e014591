"""A cine that came from outside opens no other file of this computer, whatever it refers to."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.cine_files import metaimage_header, moving_square, nrrd_header, write_image, write_video
from rabengine.errors import InputError
from rabengine.io.read import read_cine

SECRET = moving_square(6)[:, ::-1].copy()  # recognized by its pixels where it should never be


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A folder that the reader may read, and the pixels of a cine beside it."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.raw").write_bytes(SECRET.tobytes())
    return inside, outside / "secret.raw"


def refused(path: Path, within: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_cine(path, within=within)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("field", ["data file", "datafile"])
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_nrrd_takes_no_data_from_outside(places, field, relative, name):
    inside, secret = places
    data = "../outside/secret.raw" if relative else str(secret)
    (inside / name).write_bytes(nrrd_header(f"{field}: {data}"))
    assert np.array_equal(read_cine(inside / name).frames, SECRET)  # who may read it himself, may
    assert "another folder" in refused(inside / name, inside)


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("name", ["a.mha", "a.mhd"])
def test_metaimage_takes_no_data_from_outside(places, relative, name):
    inside, secret = places
    (inside / name).write_bytes(metaimage_header("../outside/secret.raw" if relative else str(secret)))
    assert np.array_equal(read_cine(inside / name).frames, SECRET)
    assert "another folder" in refused(inside / name, inside)


def test_metaimage_header_that_reads_in_two_ways_is_refused(places):
    inside, secret = places
    path = inside / "a.mha"
    # A field without a value takes the next line for it: what looks local names another file.
    trick = metaimage_header(str(secret), comment="Comment =\nElementDataFile = LOCAL\n")
    path.write_bytes(trick + bytes(40 * 32 * 6))
    assert "does not name one file" in refused(path, inside)
    path.write_bytes(metaimage_header("LIST\n../outside/secret.raw"))
    assert "does not name one file" in refused(path, inside)
    path.write_bytes(metaimage_header("../outside/secret%d.raw 1 6 1"))
    assert "does not name one file" in refused(path, inside)


@pytest.mark.parametrize("name", ["a.nhdr", "a.mhd", "a.mha", "a.nrrd", "a.seq.nrrd", "a.nii"])
def test_what_lies_in_the_folder_is_read(places, name):
    inside, _secret = places
    write_image(moving_square(), inside / name)
    assert np.array_equal(read_cine(inside / name, within=inside).frames, moving_square())
    assert np.array_equal(read_cine(inside / name, within=inside.parent).frames, moving_square())


def test_links_count_as_what_they_lead_to(places):
    inside, secret = places
    (inside / "linked.raw").symlink_to(secret)
    (inside / "a.nhdr").write_bytes(nrrd_header("data file: linked.raw"))
    assert "another folder" in refused(inside / "a.nhdr", inside)
    write_image(moving_square(), secret.parent / "whole.nrrd")
    (inside / "whole.nrrd").symlink_to(secret.parent / "whole.nrrd")
    assert "another folder" in refused(inside / "whole.nrrd", inside)
    (inside / "dir").symlink_to(secret.parent, target_is_directory=True)
    assert "another folder" in refused(inside / "dir" / "whole.nrrd", inside)


def test_a_folder_of_pictures_takes_none_from_outside(places):
    inside, secret = places
    frames = moving_square()
    for number in range(3):
        write_image(frames[number], inside / f"{number}.png")
    assert read_cine(inside, within=inside).frame_count == 3
    write_image(frames[3], secret.parent / "3.png")
    (inside / "3.png").symlink_to(secret.parent / "3.png")
    assert read_cine(inside).frame_count == 4
    assert "3.png" in refused(inside, inside)


def test_a_picture_is_read_as_a_picture_whatever_its_name(places):
    inside, secret = places
    folder = inside / "pictures"
    folder.mkdir()
    jpeg = folder / "0.jpg"
    write_image(moving_square()[0], jpeg)
    jpeg.rename(folder / "0.png")
    write_image(moving_square()[1], jpeg)
    jpeg.rename(folder / "1.png")
    assert read_cine(folder, within=inside).frame_count == 2
    (folder / "2.png").write_bytes(metaimage_header(str(secret)))
    assert "no picture" in refused(folder, inside)


def test_a_nifti_without_pixels_takes_none_from_beside(places):
    inside, _secret = places
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(SECRET), str(inside / "a.hdr"), imageIO="NiftiImageIO")
    header = (inside / "a.hdr").read_bytes()
    assert header[344:347] == b"ni1"
    (inside / "a.nii").write_bytes(header)
    assert "another file" in refused(inside / "a.nii", inside)


@pytest.fixture
def address():
    """Of a web server that counts who asks it for a video."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_args) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/a.ts", asked
    server.shutdown()
    server.server_close()


def playlists(video: Path, address: str) -> dict[str, str]:
    return {
        "concat": f"ffconcat version 1.0\nfile '{video.name}'\n",  # beside it, which FFmpeg itself holds for safe
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{video}\n#EXT-X-ENDLIST\n",
        "hls from the net": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        f'<Representation id="1" mimeType="video/mp4"><BaseURL>{address}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 1234 RTP/AVP 96\n",
    }


@pytest.mark.parametrize("kind", list(playlists(Path(), "")))
@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mpg", ".mkv"])
def test_a_playlist_is_no_video(places, address, kind, suffix):
    pytest.importorskip("av")
    inside, _secret = places
    url, asked = address
    write_video(inside / "other.mp4", "mpeg4", "yuv420p")
    path = inside / f"a{suffix}"
    path.write_text(playlists(inside / "other.mp4", url)[kind], encoding="utf-8")
    assert "not a video" in refused(path, inside)
    assert asked == []


def test_a_video_with_another_suffix_is_still_read(places):
    pytest.importorskip("av")
    inside, _secret = places
    write_video(inside / "a.mp4", "mpeg4", "yuv420p")
    expected = read_cine(inside / "a.mp4").frames
    (inside / "a.mp4").rename(inside / "http:é %03d.avi")
    assert np.array_equal(read_cine(inside / "http:é %03d.avi", within=inside).frames, expected)
