"""Masks come in as the labels that were drawn, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.labels.write import write_labels
from rabengine.io.legend import LegendEntry
from rabengine.io.marks.read import parse_mark_option, read_label_sequence, read_mark, read_marks

SIZE = (24, 32)
CINE = Cine(
    frames=np.random.default_rng(0).integers(0, 255, (6, *SIZE), np.uint8),
    index_name="time",
    index_unit="s",
    index_values=tuple(frame * 0.05 for frame in range(6)),
    source="cine.dcm",
)


def drawn(value: int = 1) -> np.ndarray:
    labels = np.zeros(SIZE, np.uint8)
    labels[4:12, 6:20] = value
    return labels


def save(pixels: np.ndarray, path: Path, is_vector: bool = False) -> Path:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels, isVector=is_vector), str(path))
    return path


def test_mark_option() -> None:
    assert parse_mark_option("12=a=b.png") == (12, Path("a=b.png"))
    for wrong in ("mask.png", "=mask.png", "-1=mask.png", "one=mask.png", "3="):
        with pytest.raises(InputError, match="FRAME=MASK"):
            parse_mark_option(wrong)


@pytest.mark.parametrize("name", ["m.png", "m.nrrd", "m.mha", "m.nii.gz", "m.tif", "m.bmp"])
@pytest.mark.parametrize("value", [1, 255])
def test_values_stay_as_they_are(tmp_path: Path, name: str, value: int) -> None:
    labels = read_mark(save(drawn(value), tmp_path / name), SIZE).labels
    assert labels.dtype == np.uint8 and np.array_equal(labels, drawn(value))


@pytest.mark.parametrize("name", ["m.nrrd", "m.mha", "m.nii.gz"])
def test_volume_of_one_slice_and_float_labels(tmp_path: Path, name: str) -> None:
    assert np.array_equal(read_mark(save(drawn(3)[np.newaxis], tmp_path / name), SIZE).labels, drawn(3))
    assert np.array_equal(read_mark(save(drawn(3).astype(np.float32), tmp_path / name), SIZE).labels, drawn(3))


def test_palette_gives_indices(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    picture = pillow.fromarray(drawn(2))
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    picture.save(tmp_path / "palette.png")
    assert picture.mode == "P" and np.array_equal(read_mark(tmp_path / "palette.png", SIZE).labels, drawn(2))


@pytest.mark.parametrize("channels", [3, 4])
def test_grey_in_colour_channels(tmp_path: Path, channels: int) -> None:
    pixels = np.repeat(drawn(9)[..., np.newaxis], channels, axis=-1)
    if channels == 4:
        pixels[..., 3] = 255
    assert np.array_equal(read_mark(save(pixels, tmp_path / "m.png", is_vector=True), SIZE).labels, drawn(9))


def test_masks_that_are_refused(tmp_path: Path) -> None:
    red = np.zeros((*SIZE, 3), np.uint8)
    red[..., 0] = drawn(255)
    refused = {
        "does not exist": tmp_path / "nowhere.png",
        "is a folder": tmp_path,
        "colour picture": save(red, tmp_path / "red.png", is_vector=True),
        "31 x 24 pixels, but the frames are 32 x 24": save(drawn()[:, :-1], tmp_path / "small.png"),
        "values that are not labels": save(drawn().astype(np.float32) / 2, tmp_path / "half.nrrd"),
        "cannot be read": tmp_path / "broken.png",
    }
    (tmp_path / "broken.png").write_bytes((tmp_path / "small.png").read_bytes()[:60])
    for words, path in refused.items():
        with pytest.raises(InputError, match=words) as caught:
            read_mark(path, SIZE)
        assert path.name in caught.value.message
    for wrong in (300, -1):
        with pytest.raises(InputError, match="not labels"):
            read_mark(save(drawn().astype(np.int16) * wrong, tmp_path / "wide.nrrd"), SIZE)


def test_marks_by_frame(tmp_path: Path) -> None:
    full, empty = save(drawn(), tmp_path / "é 1.png"), save(drawn(0), tmp_path / "empty.png")
    marks = read_marks([f"5={full}", f"0={empty}"], CINE)
    assert sorted(marks) == [0, 5] and np.array_equal(marks[5], drawn()) and not marks[0].any()
    with pytest.raises(InputError, match="frames 0 to 5"):
        read_marks([f"6={full}"], CINE)
    with pytest.raises(InputError, match="second mask for frame 2"):
        read_marks([f"2={full}", f"2={empty}"], CINE)
    with pytest.raises(InputError, match="No object is marked"):
        read_marks([f"2={empty}"], CINE)


@pytest.mark.parametrize("name", ["l.seq.nrrd", "l.nrrd", "l.mha", "l.nii.gz", "folder"])
def test_label_sequences(tmp_path: Path, name: str) -> None:
    labels = np.zeros((6, *SIZE), np.uint8)
    labels[1], labels[4] = drawn(1), drawn(7)
    write_labels(tmp_path / name, labels, CINE, (1, 7))
    marks = read_label_sequence(tmp_path / name, CINE)
    assert sorted(marks) == [1, 4]
    assert np.array_equal(marks[1], drawn(1)) and np.array_equal(marks[4], drawn(7))


@pytest.mark.parametrize("name", ["l.seq.nrrd", "l.nrrd", "l.seg.nrrd", "folder"])
def test_names_and_colours_of_segments_come_back(tmp_path: Path, name: str) -> None:
    labels = np.zeros((6, *SIZE), np.uint8)
    labels[1], labels[4] = drawn(1), drawn(200)
    legend = {
        1: LegendEntry('Ventrikel, links "LV" \u00e4', (1, 128, 254)),
        200: LegendEntry("\u5de6\u5fc3\u5ba4; C:\\new\\\\n = 'x'", (255, 0, 77)),
    }
    write_labels(tmp_path / name, labels, CINE, (1, 200), legend)
    assert read_label_sequence(tmp_path / name, CINE).legend == legend


def test_folder_of_few_masks_named_by_frame(tmp_path: Path) -> None:
    save(drawn(), tmp_path / "0003.png")
    save(drawn(2), tmp_path / "0005.png")
    marks = read_label_sequence(tmp_path, CINE)
    assert sorted(marks) == [3, 5] and marks[5].max() == 2
    save(drawn(), tmp_path / "0006.png")
    with pytest.raises(InputError, match=r"0006\.png.*frames 0 to 5"):
        read_label_sequence(tmp_path, CINE)
    save(drawn(), tmp_path / "other.png")
    with pytest.raises(InputError, match="names do not say"):
        read_label_sequence(tmp_path, CINE)


def test_decimals_in_names_of_masks_are_no_numbers_of_frames(tmp_path: Path) -> None:
    for name in ("mask_t=0.25s.png", "mask_t=0.5s.png"):
        save(drawn(), tmp_path / name)
    with pytest.raises(InputError, match="names do not say"):
        read_label_sequence(tmp_path, CINE)


def test_sequence_of_marked_times_only(tmp_path: Path) -> None:
    few = replace(CINE, frames=CINE.frames[:2], index_values=(0.1, 0.25))
    write_labels(tmp_path / "few.seq.nrrd", np.stack([drawn(1), drawn(2)]), few, (1, 2))
    marks = read_label_sequence(tmp_path / "few.seq.nrrd", CINE)
    assert sorted(marks) == [2, 5] and marks[5].max() == 2


def test_label_sequences_that_are_refused(tmp_path: Path) -> None:
    write_labels(tmp_path / "none.nrrd", np.zeros((6, *SIZE), np.uint8), CINE, ())
    with pytest.raises(InputError, match="no object on any frame"):
        read_label_sequence(tmp_path / "none.nrrd", CINE)
    save(np.stack([drawn()] * 5), tmp_path / "five.nrrd")
    with pytest.raises(InputError, match=r"five\.nrrd have 5 frames, but the cine cine\.dcm has 6"):
        read_label_sequence(tmp_path / "five.nrrd", CINE)
    save(np.stack([drawn()[1:]] * 6), tmp_path / "size.nrrd")
    with pytest.raises(InputError, match="32 x 23 pixels"):
        read_label_sequence(tmp_path / "size.nrrd", CINE)
    (tmp_path / "labelme.json").write_text('{"shapes": []}')
    with pytest.raises(InputError, match=r"The labels .*labelme\.json are of a type") as refused:
        read_label_sequence(tmp_path / "labelme.json", CINE)
    assert "COCO" in refused.value.hint and ".mp4" not in refused.value.hint, "what marks may be, not cines"
