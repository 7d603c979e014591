"""Overlay videos, contact sheets and area plots, decoded again and compared with the labels they show."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.legend import segment_colour
from rabengine.io.read import read_cine
from rabengine.pictures import write_area_plot, write_contact_sheet, write_overlay
from rabengine.pictures.area_plot import segment_areas
from rabengine.pictures.contact_sheet import MARKED_COLOUR, chosen_frames
from rabengine.pictures.display import DisplayWindow, display_window, to_rgb
from rabengine.pictures.painting import border, enlarge_labels
from rabengine.segmentation import Segmentation

FRAMES, ROWS, COLUMNS = 12, 41, 63  # odd sides: a video needs padding
FRAME_SECONDS = 0.04


def disc(frame: int) -> np.ndarray:
    """A disc that moves to the right and grows, (ROWS, COLUMNS) bool."""
    row, column = np.mgrid[:ROWS, :COLUMNS]
    return (row - 20) ** 2 + (column - 22 - frame) ** 2 < (8 + frame / 2) ** 2


@pytest.fixture
def labels() -> np.ndarray:
    """A moving disc as segment 1 and a still square as segment 2."""
    stack = np.stack([disc(frame) for frame in range(FRAMES)]).astype(np.uint8)
    stack[:, 2:10, 50:60] = 2
    return stack


@pytest.fixture
def cine(labels) -> Cine:
    """A grey 16-bit cine, dark in the disc, with a time index and a calibration."""
    noise = np.random.default_rng(0).integers(0, 400, (FRAMES, ROWS, COLUMNS))
    frames = np.where(labels == 1, 200, 2400).astype(np.uint16) + noise.astype(np.uint16)
    times = tuple(FRAME_SECONDS * frame for frame in range(FRAMES))
    return Cine(frames, spacing=(0.5, 0.5), index_name="time", index_unit="s", index_values=times)


@pytest.fixture
def segmentation(labels) -> Segmentation:
    confidence = np.linspace(0.2, 0.9, FRAMES * 2, dtype=np.float32).reshape(FRAMES, 2)
    return Segmentation(labels, confidence, (1, 2), (3, 7), preset="image", device="cpu", seed=0)


def decoded_video(path: Path) -> tuple[list[np.ndarray], float]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate)
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], rate


def decoded_gif(path: Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        pictures = []
        for frame in range(picture.n_frames):
            picture.seek(frame)
            pictures.append(np.asarray(picture.convert("RGB")))
        return pictures


def colourfulness(pixels: np.ndarray) -> np.ndarray:
    """How far red and blue are apart: 0 for grey."""
    return np.abs(pixels[..., 0].astype(int) - pixels[..., 2].astype(int))


@pytest.mark.parametrize("name", ["overlay.mp4", "overlay.mov", "overlay.avi"])
def test_video_has_every_frame_at_the_pace_of_the_cine_and_colour_at_the_border(
    tmp_path, cine, labels, name: str
) -> None:
    path = tmp_path / "öut put" / name
    path.parent.mkdir()
    write_overlay(path, cine, labels, fill_opacity=0)
    pictures, rate = decoded_video(path)
    assert len(pictures) == FRAMES
    assert rate == pytest.approx(1 / FRAME_SECONDS, rel=0.01)
    for frame in (0, 5, 11):
        picture = pictures[frame]
        assert picture.shape == (2 * ROWS, 2 * COLUMNS, 3)
        enlarged = enlarge_labels(labels[frame], (2 * ROWS, 2 * COLUMNS))
        on_border = colourfulness(picture[border(enlarged == 1)])
        assert np.median(on_border) > 60  # colour is stored at half resolution, so a thin line fades a little
        away = (enlarged == 0) & ~border(enlarged == 0, 5)
        assert np.percentile(colourfulness(picture[away]), 95) < 30


@pytest.mark.parametrize("name", ["overlay.mp4", "overlay.mov", "overlay.gif"])
def test_frames_that_were_not_taken_evenly_are_shown_at_their_times(tmp_path, cine, labels, name: str) -> None:
    times = tuple(0.04 * frame + (0.5 if frame > 4 else 0.0) for frame in range(FRAMES))
    write_overlay(tmp_path / name, replace(cine, index_name="time", index_unit="s", index_values=times), labels)
    shown = read_cine(tmp_path / name)
    assert shown.frame_count == FRAMES
    assert shown.index_values == pytest.approx(times, abs=0.002)


def test_gif_has_every_frame_and_the_exact_contour_colours(tmp_path, cine, labels) -> None:
    path = tmp_path / "overlay.gif"
    write_overlay(path, cine, labels)
    pictures = decoded_gif(path)
    assert len(pictures) == FRAMES
    for frame, picture in enumerate(pictures):
        enlarged = enlarge_labels(labels[frame], (2 * ROWS, 2 * COLUMNS))
        for segment in (1, 2):
            assert (picture[border(enlarged == segment)] == segment_colour(segment)).all()


@pytest.mark.parametrize("step", [1 / 30, 0.0301, 0.0449])
def test_a_gif_lasts_as_long_as_the_cine_whose_steps_are_no_hundredths(tmp_path, cine, labels, step: float) -> None:
    for times in (np.arange(FRAMES) * step, np.arange(FRAMES) * step + (np.arange(FRAMES) > 4) * 0.021):
        timed = replace(cine, index_name="time", index_unit="s", index_values=tuple(times.tolist()))
        write_overlay(tmp_path / "overlay.gif", timed, labels)
        assert read_cine(tmp_path / "overlay.gif").index_values == pytest.approx(times, abs=0.0051)


def test_gif_keeps_equal_frames_apart(tmp_path) -> None:
    frames = np.repeat(np.random.default_rng(1).random((1, 20, 20, 3)).astype(np.float32), 5, axis=0)
    write_overlay(tmp_path / "still.gif", Cine(frames), np.zeros((5, 20, 20), dtype=np.uint8))
    assert len(decoded_gif(tmp_path / "still.gif")) == 5


def test_large_odd_frames_are_padded_and_not_enlarged(tmp_path) -> None:
    frames = np.zeros((2, 301, 601, 3), dtype=np.uint8)
    write_overlay(tmp_path / "large.mp4", Cine(frames), np.zeros((2, 301, 601), dtype=np.uint8))
    pictures, _ = decoded_video(tmp_path / "large.mp4")
    assert [picture.shape for picture in pictures] == [(302, 602, 3)] * 2


@pytest.mark.parametrize(
    ("spacing", "size"), [((0.4, 0.7), (70, 80)), ((0.5, 0.25), (40, 160)), ((0.001, 1.0), (40, 80))]
)
def test_pixels_that_are_not_square_are_shown_in_their_shape(tmp_path, spacing, size) -> None:
    frames = np.random.default_rng(1).integers(0, 255, (2, 20, 40), np.uint8)
    write_overlay(tmp_path / "shape.gif", Cine(frames, spacing=spacing), np.zeros((2, 20, 40), np.uint8))
    assert decoded_gif(tmp_path / "shape.gif")[0].shape == (*size, 3)


def test_overlay_reads_a_memory_mapped_cine(tmp_path, cine, labels) -> None:
    np.save(tmp_path / "frames.npy", cine.frames)
    mapped = Cine(np.load(tmp_path / "frames.npy", mmap_mode="r"))
    write_overlay(tmp_path / "mapped.gif", mapped, labels)
    assert len(decoded_gif(tmp_path / "mapped.gif")) == FRAMES


@pytest.mark.parametrize("name", ["overlay.webm", "overlay"])
def test_unknown_kind_of_overlay_is_refused(tmp_path, cine, labels, name: str) -> None:
    with pytest.raises(InputError, match=r"\.mp4"):
        write_overlay(tmp_path / name, cine, labels)
    assert not list(tmp_path.iterdir())


def test_labels_of_another_length_are_refused(tmp_path, cine, labels) -> None:
    with pytest.raises(InputError, match="another size or length"):
        write_overlay(tmp_path / "overlay.gif", cine, labels[1:])


@pytest.mark.parametrize("name", ["overlay.mp4", "overlay.gif", "sheet.png", "plot.png"])
def test_output_in_a_missing_folder_is_refused_and_leaves_nothing(
    tmp_path, cine, labels, segmentation, name: str
) -> None:
    path = tmp_path / "absent" / name
    with pytest.raises(InputError, match="absent"):
        if name.startswith("overlay"):
            write_overlay(path, cine, labels)
        elif name.startswith("sheet"):
            write_contact_sheet(path, cine, segmentation)
        else:
            write_area_plot(path, cine, segmentation)
    assert not list(tmp_path.iterdir())


def test_missing_library_is_named_with_its_mend(tmp_path, cine, labels, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)  # what Python itself puts there to say "not to be found"
    with pytest.raises(InputError, match="pip install av"):
        write_overlay(tmp_path / "overlay.mp4", cine, labels)
    assert not list(tmp_path.iterdir())


def test_contact_sheet_has_a_tile_a_frame_and_frames_the_marked_ones(tmp_path, cine, segmentation) -> None:
    write_contact_sheet(tmp_path / "sheet.png", cine, segmentation)
    page = np.asarray(Image.open(tmp_path / "sheet.png"))
    contour = (page == segment_colour(1)).all(axis=-1)
    white_rows = (page == MARKED_COLOUR).all(axis=-1).sum(axis=1)
    assert contour.any()
    # Top and bottom edge of the frames round the tiles of the marked frames 3 and 7, over 320 pixels wide.
    assert (white_rows > 300).sum() >= 8
    assert white_rows.max() <= 2 * 330


def test_contact_sheet_of_a_long_cine_is_an_even_selection_with_the_marks() -> None:
    chosen = chosen_frames(1000, (123, 777), 60)
    assert len(chosen) <= 60
    assert {0, 123, 777, 999} <= set(chosen)
    assert max(np.diff(chosen)) < 40
    assert chosen_frames(60, (), 60) == list(range(60))


def test_contact_sheet_without_any_segment_shows_whole_frames(tmp_path, cine) -> None:
    labels = np.zeros(cine.frames.shape, np.uint8)
    empty = Segmentation(labels, np.zeros((FRAMES, 0)), (), (), "image", "cpu", 0)
    write_contact_sheet(tmp_path / "sheet.png", cine, empty)
    assert Image.open(tmp_path / "sheet.png").size[0] > 320


def test_areas_are_pixels_or_square_millimetres(segmentation, cine) -> None:
    pixels = segment_areas(segmentation)
    assert pixels[0].tolist() == [disc(0).sum(), 80]
    np.testing.assert_allclose(segment_areas(segmentation, cine.pixel_area_mm2), pixels * 0.25)


@pytest.mark.parametrize("kind", [".png", ".svg"])
def test_area_plot_says_its_unit_and_does_not_name_the_phases(tmp_path, cine, segmentation, kind: str) -> None:
    uncalibrated = Cine(cine.frames)
    small, least = replace(cine, spacing=(0.01, 0.01)), f"min {disc(0).sum() * 1e-4:.3g} mm"
    for name, given, unit in (("mm", cine, "mm"), ("px", uncalibrated, "not calibrated"), ("small", small, least)):
        path = tmp_path / f"{name}{kind}"
        write_area_plot(path, given, segmentation)
        if kind == ".png":
            assert Image.open(path).size == (1200, 675)
        else:
            comments = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if "<!--" in line)
            assert unit in comments
            assert "systole" not in comments


def test_window_is_robust_and_the_same_for_every_dtype() -> None:
    frames = np.random.default_rng(2).normal(1000, 100, (20, 50, 50))
    frames[0, 0, 0] = 1e9
    for dtype in (np.uint16, np.float32, np.float64):
        window = display_window(np.clip(frames, 0, 60000).astype(dtype))
        assert 650 < window.low < 800
        assert 1200 < window.high < 1350


def test_display_survives_pixels_that_are_no_numbers_and_constant_cines() -> None:
    frames = np.full((3, 5, 5), np.nan, dtype=np.float32)
    assert not to_rgb(frames[0], display_window(frames)).any()
    frames[1:] = 7
    assert not to_rgb(frames[1], display_window(frames)).any()
    picture = to_rgb(np.array([[np.inf, -np.inf, np.nan, 5.0]]), DisplayWindow(0, 10))
    assert picture[0, :, 0].tolist() == [255, 0, 0, 128]


def test_enlarged_labels_keep_area_and_do_not_mix_neighbours() -> None:
    labels = np.zeros((20, 20), dtype=np.uint8)
    labels[5:15, 4:10] = 1
    labels[5:15, 10:16] = 3
    enlarged = enlarge_labels(labels, (80, 80))
    assert set(np.unique(enlarged)) == {0, 1, 3}
    for segment in (1, 3):
        assert (enlarged == segment).sum() == pytest.approx(16 * (labels == segment).sum(), rel=0.08)
