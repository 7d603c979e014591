"""The figure for a publication: which frames it shows, what it says, and that nothing else is in it."""

from __future__ import annotations

import re
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from helpers.processes import assert_one_sentence, run_command
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.labels.write import write_labels
from rabengine.io.legend import legend_of
from rabengine.pictures.figure import write_figure
from rabengine.pictures.footer import footer_for
from rabengine.pictures.overlay import write_overlay
from rabengine.pictures.scale_bar import bar_length, length_text
from rabengine.pictures.shown import Shown, frames_to_show

SIDE, COUNT, PERIOD = 48, 37, 16  # a disc that is largest on frames 0, 16 and 32, smallest on 8 and 24


def beating(name: str = "Left ventricle", spacing: float | None = 0.5) -> Shown:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    radii = 11 + 5 * np.cos(2 * np.pi * np.arange(COUNT) / PERIOD)
    labels = {
        frame: ((rows - 24) ** 2 + (columns - 24) ** 2 < radius**2).astype(np.uint8)
        for frame, radius in enumerate(radii)
    }
    frames = np.stack([np.where(drawn == 1, 40, 160).astype(np.uint8) for drawn in labels.values()])
    cine = Cine(
        frames,
        spacing=None if spacing is None else (spacing, spacing),
        index_name="time",
        index_unit="s",
        index_values=tuple(0.05 * frame for frame in range(COUNT)),
    )
    return Shown(cine, labels, legend_of((1,), {1: name}))


def texts(shown: Shown, folder, frames=(0, 8), ends=None) -> str:
    path = folder / "figure.svg"
    write_figure(path, shown, frames, ends)
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)", path.read_text(encoding="utf-8")))


@pytest.mark.filterwarnings("error")
def test_names_of_segments_are_drawn_as_they_are_written_and_letters_without_a_font_are_said(tmp_path, caplog):
    for name in ("$\\alpha$", "_LV", "$\\frac{$ 5 $"):
        assert name in texts(beating(name), tmp_path)
    assert not caplog.messages
    assert "LV wide" in texts(beating("LV\twide"), tmp_path)
    texts(beating("LV \u0378"), tmp_path)  # of no script, so no font has it
    assert "No installed font has the letters \u0378" in caplog.messages[0]


def test_frames_through_the_first_beat_are_chosen_with_both_its_ends():
    shown = beating()
    assert shown.ends == ((0, 16, 32), (8, 24))
    assert frames_to_show(shown, 5) == (0, 4, 8, 12, 16)
    assert frames_to_show(shown, 4) == (0, 8, 11, 16)
    assert frames_to_show(replace(shown, labels={3: shown.labels[3], 9: shown.labels[9]}), 6)[0] == 3


def test_the_figure_says_times_ends_rate_scale_and_units(tmp_path):
    said = texts(beating(), tmp_path)
    for words in (
        "0.00 s  ED",
        "0.40 s  ES",
        "Left ventricle",
        "5 mm",
        "Time (s)",
        "Area (mm²)",
        "2 beats, 0.8",
    ):
        assert words in said
    said = texts(beating("Pupil", spacing=None), tmp_path, ends=("wide", "narrow"))
    assert "0.00 s  wide" in said and "Area (pixels)" in said and " mm" not in said
    for name in ("Pupil", "LV myocardium", "Interventricular septum"):
        assert "0.00 s  largest" in texts(beating(name), tmp_path)


def test_times_of_a_high_speed_film_are_told_as_finely_as_its_frames(tmp_path):
    shown = beating("Glottis")
    fast = replace(shown, cine=replace(shown.cine, index_values=tuple(frame / 4000 for frame in range(COUNT))))
    said = texts(fast, tmp_path)
    assert "0.0000 s  largest" in said and "0.0020 s  smallest" in said
    [each] = re.findall(r"2 beats, (\S+) s each", said)
    assert float(each) == pytest.approx(PERIOD / 4000, rel=0.01)


def test_a_frame_without_the_segment_is_no_end_of_a_beat():
    shown = beating()
    few = {0: shown.labels[0], 3: shown.labels[3] * 0, 5: shown.labels[5]}
    assert replace(shown, labels=few).ends == ((0,), (5,))


def test_a_png_has_the_width_of_two_columns_at_300_dpi(tmp_path):
    write_figure(tmp_path / "figure.png", beating(), (0, 4, 8), None)
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.width == round(180 / 25.4 * 300 - 0.5) and round(picture.info["dpi"][0]) == 300
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # The outline has the segment's colour.
    assert (np.abs(pixels - [230, 159, 0]).sum(axis=2) < 30).sum() > 500
    write_figure(tmp_path / "figure.pdf", beating(), (0,), None)
    pdf = (tmp_path / "figure.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and b"/CreationDate" not in pdf
    with pytest.raises(InputError, match="unknown kind"):
        write_figure(tmp_path / "figure.bmp", beating(), (0,), None)


def test_hidden_pixels_are_black_in_pictures_and_in_the_video():
    hidden = np.zeros((SIDE, SIDE), bool)
    hidden[:6] = True
    shown = replace(beating(), hidden=hidden)
    assert not shown.picture(3)[:6].any() and shown.picture(3)[6:].all()
    assert len(np.unique(shown.visible.frames[:, :6])) == 1


@pytest.mark.parametrize(
    ("width", "said"), [(100, "20 mm"), (24, "5 mm"), (7, "2 mm"), (400, "10 cm"), (1.2, "200 µm")]
)
def test_a_scale_bar_has_a_round_length(width, said):
    assert length_text(bar_length(width)) == said
    assert 0.15 < bar_length(width) / width < 0.4


def test_the_strip_below_a_video_covers_no_picture_and_its_bar_is_as_long_as_it_says(tmp_path):
    shown = beating()
    footer = footer_for(shown.cine, shown.legend)
    picture = np.full((480, 480, 3), 77, np.uint8)
    first, later = footer(picture, 0), footer(picture, 20)
    assert first.shape == later.shape and (first[:480] == 77).all() and (first[480:] != later[480:]).any()
    strip = first[480:].min(axis=2)
    bar = max(len(run) for line in strip for run in "".join("x" if value > 200 else " " for value in line).split())
    assert abs(bar - 480 * 5 / 24) <= 1  # 5 mm of 24
    path = tmp_path / "video.mp4"
    write_overlay(path, shown.cine, np.stack(list(shown.labels.values())), scale=10, decoration=footer)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == COUNT and frames[0].shape == (first.shape[0], 480, 3)


def test_umlauts_are_letters_in_the_strip_below_a_video(caplog):
    """A letter that a font lacks is a box, the same for each."""

    def strip(name: str) -> np.ndarray:
        shown = beating(name)
        return footer_for(shown.cine, shown.legend)(np.zeros((480, 480, 3), np.uint8), 0)[480:]

    assert not np.array_equal(strip("Wände \u0434"), strip("Wönde \u0434")) and not caplog.messages
    assert np.array_equal(strip("W\u0378"), strip("W\u0379")) and "\u0378" in caplog.messages[0]


def test_the_command_writes_figure_and_video_or_nothing(tmp_path):
    shown = beating()
    np_labels = np.stack(list(shown.labels.values()))
    write_labels(tmp_path / "cine.nrrd", shown.cine.frames, shown.cine, (1,))
    write_labels(tmp_path / "labels.seq.nrrd", np_labels, shown.cine, (1,), shown.legend)
    command = ("figure", tmp_path / "cine.nrrd", tmp_path / "labels.seq.nrrd", "-o", tmp_path / "figure.svg")
    done = run_command(*command, "--count", 3, "--video", tmp_path / "video.gif", "--crop", "--keep-text")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("; frames 0, 8, 16.\n")
    with Image.open(tmp_path / "video.gif") as video:
        assert video.n_frames == COUNT
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run_command(*command, "--frames", "0,37")
    assert done.returncode == 2 and "--frames names 37, but the cine has frames 0 to 36" in done.stderr
    assert_one_sentence(done.stderr)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
