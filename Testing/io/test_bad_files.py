"""Cines that cannot be used get one sentence that names the file, and never come in half."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from pydicom.data import get_testdata_file

from helpers.cine_files import in_colour, moving_square, refusal, write_changed_echo, write_image, write_video
from rabengine.errors import InputError
from rabengine.io.read import read_cine

ECHO = Path(get_testdata_file("examples_ybr_color.dcm"))


def cut(path: Path, part: float) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    return path


def test_missing_file_and_empty_folder_and_empty_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere.dcm")
    (tmp_path / "empty").mkdir()
    assert "no images" in refusal(tmp_path / "empty")
    (tmp_path / "empty.dcm").touch()
    assert "empty file" in refusal(tmp_path / "empty.dcm")
    (tmp_path / "a.docx").write_bytes(b"x")
    assert "not supported" in refusal(tmp_path / "a.docx")


@pytest.mark.parametrize(
    "name", ["a.dcm", "a.seq.nrrd", "a.nrrd", "a.mha", "a.nii.gz", "a.mp4", "a.avi", "a.gif", "a.tif"]
)
def test_nonsense_under_every_name(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(np.random.default_rng(0).bytes(3000))
    refusal(tmp_path / name)
    assert capfd.readouterr().err == ""  # the libraries' own complaints stay out of sight


@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.05, 0.002])
@pytest.mark.parametrize("compressed", [True, False])
def test_truncated_dicom(tmp_path: Path, part: float, compressed: bool) -> None:
    path = tmp_path / "echo.dcm"
    if compressed:
        path.write_bytes(ECHO.read_bytes())
    else:
        write_changed_echo(path)
    refusal(cut(path, part))


@pytest.mark.parametrize(("name", "codec", "form"), [("a.mp4", "mpeg4", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p")])
@pytest.mark.parametrize("part", [0.9, 0.5, 0.2])
def test_truncated_video(tmp_path: Path, name: str, codec: str, form: str, part: float) -> None:
    write_video(tmp_path / name, codec, form)
    assert "cut off" in refusal(cut(tmp_path / name, part))


def test_truncated_video_that_only_tells_its_length(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv", "mpeg4", "yuv420p")
    assert "cut off" in refusal(cut(tmp_path / "a.mkv", 0.7))


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nii", "a.nii.gz", "a.tif"])
def test_truncated_volume(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (6, 32, 40), np.uint8)
    write_image(noise, tmp_path / name)
    refusal(cut(tmp_path / name, 0.6))


@pytest.mark.parametrize("name", ["a.mha", "a.tif"])
def test_truncated_compressed_volume(tmp_path: Path, name: str) -> None:
    noise = SimpleITK.GetImageFromArray(np.random.default_rng(0).integers(0, 255, (6, 32, 40), np.uint8))
    SimpleITK.WriteImage(noise, str(tmp_path / name), useCompression=True)
    refusal(cut(tmp_path / name, 0.6))


@pytest.mark.parametrize("name", ["1.png", "1.jpg"])
def test_truncated_picture_in_a_folder(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    write_image(noise, tmp_path / f"0{name[1:]}")
    write_image(noise, tmp_path / name)
    cut(tmp_path / name, 0.6)
    with pytest.raises(InputError, match=name):
        read_cine(tmp_path)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.avif"])
def test_truncated_animation(tmp_path: Path, name: str) -> None:
    pillow = pytest.importorskip("PIL.Image")
    pictures = [pillow.fromarray(frame) for frame in in_colour(moving_square())]
    pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:])
    assert "cut off" in refusal(cut(tmp_path / name, 0.6))


def test_one_frame(tmp_path: Path) -> None:
    write_image(moving_square(1), tmp_path / "one.nrrd")
    assert "at least two frames" in refusal(tmp_path / "one.nrrd")
    write_image(moving_square(1)[0], tmp_path / "one.tif")
    assert "at least two frames" in refusal(tmp_path / "one.tif")


def test_pictures_of_two_sizes(tmp_path: Path) -> None:
    write_image(moving_square()[0], tmp_path / "0.png")
    write_image(moving_square()[0][:-1], tmp_path / "1.png")
    with pytest.raises(InputError, match=r"1\.png is 40 x 31.*0\.png is 40 x 32"):
        read_cine(tmp_path)


@pytest.mark.parametrize("value", [0, 77])
def test_no_contrast(tmp_path: Path, value: int) -> None:
    write_image(np.full((4, 16, 16), value, np.uint8), tmp_path / "flat.nrrd")
    assert "no contrast" in refusal(tmp_path / "flat.nrrd")


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha"])
def test_nan_and_infinite_pixels_become_finite(tmp_path: Path, name: str) -> None:
    frames = moving_square(dtype="float32")
    frames[0, 0, :3] = np.nan, np.inf, -np.inf
    write_image(frames, tmp_path / name)
    cine = read_cine(tmp_path / name)
    assert cine.frames[0, 0, :4].tolist() == [0.0, 105.0, 0.0, 0.0]
    assert np.array_equal(cine.frames[1:], frames[1:]) and "3 NaN" in cine.warnings[-1]


def test_only_nan(tmp_path: Path) -> None:
    write_image(np.full((3, 8, 8), np.nan, np.float32), tmp_path / "nan.nrrd")
    assert "no finite pixel" in refusal(tmp_path / "nan.nrrd")


def test_five_channels(tmp_path: Path) -> None:
    write_image(np.zeros((3, 8, 8, 5), np.uint8), tmp_path / "five.mha", is_vector=True)
    assert "neither grey nor colour" in refusal(tmp_path / "five.mha")
