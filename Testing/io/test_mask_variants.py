"""Masks as other programs save them: half transparent, sorted palettes, WebP, floats, and what is no mask."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from helpers.dicom_files import write_dicom
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.files.regular import check_regular
from rabengine.io.marks.read import read_label_sequence, read_mark, read_marks

tifffile = pytest.importorskip("tifffile")

SIZE = (40, 50)
FIRST = np.zeros(SIZE, bool)
FIRST[6:18, 8:22] = True
SECOND = np.zeros(SIZE, bool)
SECOND[24:34, 28:44] = True
LABELS = FIRST * np.uint8(1) + SECOND * np.uint8(2)


def test_brushes_of_any_strength_count(tmp_path: Path) -> None:
    for weak in (255, 128, 100, 66):
        pixels = np.full((*SIZE, 4), 255, np.uint8)
        pixels[..., 3] = FIRST * np.uint8(255) + SECOND * np.uint8(weak)
        Image.fromarray(pixels).save(tmp_path / "mask.png")
        assert np.array_equal(read_mark(tmp_path / "mask.png", SIZE).labels > 0, FIRST | SECOND), weak
    pixels[..., 3] = FIRST * np.uint8(70)
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    assert np.array_equal(read_mark(tmp_path / "mask.png", SIZE).labels > 0, FIRST)


def test_soft_edges_of_a_weak_brush_end_in_their_middle(tmp_path: Path) -> None:
    large = Image.new("L", (SIZE[1] * 8, SIZE[0] * 8))
    ImageDraw.Draw(large).ellipse([80, 80, 240, 240], fill=90)
    alpha = np.asarray(large.resize(SIZE[::-1], Image.Resampling.BOX))
    pixels = np.dstack([np.full((*SIZE, 3), 200, np.uint8), alpha])
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    assert np.array_equal(read_mark(tmp_path / "mask.png", SIZE).labels > 0, alpha > 45)


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_a_sorted_palette_has_its_background_where_it_is_black(tmp_path: Path, suffix: str) -> None:
    colours = np.zeros((*SIZE, 3), np.uint8)
    colours[FIRST], colours[SECOND] = (255, 0, 0), (0, 255, 0)
    image = Image.fromarray(np.choose(LABELS, [2, 1, 0]).astype(np.uint8))
    image.putpalette([0, 255, 0, 255, 0, 0, 0, 0, 0] + [0] * 759)
    image.save(tmp_path / f"mask.{suffix}")
    mark = read_mark(tmp_path / f"mask.{suffix}", SIZE)
    assert np.array_equal(mark.labels, LABELS)
    assert "background" in " ".join(mark.warnings)


@pytest.mark.parametrize("name", ["mask.png", "mask.jpg"])
def test_a_thin_segment_with_soft_edges_is_not_given_to_another(tmp_path: Path, name: str) -> None:
    pixels = np.zeros(SIZE, np.uint8)
    pixels[4:30, 6:30] = 100
    pixels[4:30, 30:33] = 250  # after smoothing it has no area of its own
    soft = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.8))
    soft.save(tmp_path / name)
    with pytest.raises(InputError, match="too thin"):
        read_mark(tmp_path / name, SIZE)


def test_webp_and_avif(tmp_path: Path) -> None:
    Image.fromarray(LABELS).convert("RGB").save(tmp_path / "exact.webp", lossless=True)
    assert np.array_equal(read_mark(tmp_path / "exact.webp", SIZE).labels, LABELS)
    noise = np.random.default_rng(0).integers(0, 6, SIZE, np.uint8)  # without it AVIF keeps black and white exactly
    for name in ("lossy.webp", "lossy.avif"):
        Image.fromarray(FIRST * np.uint8(250) + noise).convert("RGB").save(tmp_path / name, quality=80)
        mark = read_mark(tmp_path / name, SIZE)
        assert np.array_equal(mark.labels > 0, FIRST) and "stored with loss" in " ".join(mark.warnings)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int64", "uint32"])
def test_tiff_of_any_number(tmp_path: Path, kind: str) -> None:
    tifffile.imwrite(tmp_path / "mask.tif", LABELS.astype(kind), photometric="minisblack")
    assert np.array_equal(read_mark(tmp_path / "mask.tif", SIZE).labels, LABELS)


def test_what_is_no_mask_is_refused_by_its_name(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", LABELS)
    segmentation = "1.2.840.10008.5.1.4.1.1.66.4"
    write_dicom(tmp_path / "mask.dcm", np.stack([FIRST, SECOND]).astype(np.uint8), segmentation)
    cine = Cine(np.stack([LABELS] * 2))
    for name, said, mend in (
        ("mask.npy", "type that is not supported", "PNG"),
        ("mask.dcm", "describe no segment", "Export the segmentation again"),  # it only calls itself one
    ):
        with pytest.raises(InputError) as caught:
            read_marks([f"0={tmp_path / name}"], cine)
        assert name in caught.value.message and said in caught.value.message and mend in caught.value.hint


def named(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "masks"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(LABELS).save(folder / name)
    return folder


def test_names_of_label_studio_and_of_coco(tmp_path: Path) -> None:
    cine = Cine(np.arange(8 * 40 * 50, dtype=np.uint16).reshape(8, *SIZE))
    studio = "task-{}-annotation-3-by-1-tag-LV-0.png"
    marks = read_label_sequence(named(tmp_path, studio.format(1), studio.format(5)), cine)
    assert list(marks) == [1, 5] and "for frame 5" in " ".join(marks.warnings)
    assert list(read_label_sequence(named(tmp_path / "coco", "000000000003.png"), cine)) == [3]
    with pytest.raises(InputError, match="not the one mask of a frame"):
        read_label_sequence(
            named(tmp_path / "two", *(f"task-{n}-annotation-1-by-1-tag-{tag}-0.png" for n in range(4) for tag in "AB")),
            cine,
        )
    with pytest.raises(InputError, match="names do not say") as caught:
        read_label_sequence(named(tmp_path / "none", "mask.png"), cine)
    assert "0012.png" in caught.value.hint


@pytest.mark.skipif(os.name == "nt", reason="making a link takes rights that few have there")
def test_links_that_lead_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(InputError, match=r"one is a link that leads back to itself"):
        check_regular(tmp_path / "one")


def test_a_segmentation_that_unfolds_to_far_more_than_the_cine_is_refused_unread(tmp_path: Path) -> None:
    header = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 50 40 100000\nencoding: gzip\n\n"
    (tmp_path / "bomb.seg.nrrd").write_bytes(header.encode() + gzip.compress(bytes(1000)))
    with pytest.raises(InputError, match="50 x 40 x 100000 voxels"):
        read_marks([f"0={tmp_path / 'bomb.seg.nrrd'}"], Cine(np.stack([LABELS] * 2)))


def test_a_segmentation_that_is_empty_where_it_is_asked_for_says_where_it_is_not(tmp_path: Path) -> None:
    drawn = np.zeros((4, *SIZE), np.uint8)
    drawn[1], drawn[3] = LABELS, LABELS
    header = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 50 40 4\nencoding: raw\n"
    keys = "Segment0_ID:=a\nSegment0_LabelValue:=1\nSegment1_ID:=b\nSegment1_LabelValue:=2\n\n"
    (tmp_path / "a.seg.nrrd").write_bytes((header + keys).encode() + drawn.tobytes())
    cine = Cine(np.stack([LABELS] * 4))
    with pytest.raises(InputError, match=r"a\.seg\.nrrd has nothing on its slice 0, but on 1, 3"):
        read_marks([f"0={tmp_path / 'a.seg.nrrd'}"], cine)
    assert np.array_equal(read_marks([f"3={tmp_path / 'a.seg.nrrd'}"], cine)[3], LABELS)
