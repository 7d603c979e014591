"""Masks as programs save them: with palettes, alpha, soft edges and loss, cropped, in layers, under any name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.mark_file import read_mark_file
from rabengine.io.marks.read import FrameLabels, read_label_sequence, read_mark, read_marks
from rabengine.io.options import ReadOptions
from rabengine.io.picture.folder import load_folder
from rabengine.io.read import read_cine

pillow: Any = pytest.importorskip("PIL.Image")

SIZE = (64, 80)
PALETTE = [0, 0, 0, 255, 0, 0, 0, 255, 0]  # black, red, green
CINE = Cine(
    frames=np.random.default_rng(0).integers(40, 90, (8, *SIZE), np.uint8),
    spacing=(0.5, 0.5),
    index_values=tuple(float(frame) for frame in range(8)),
    source="cine.tif",
)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]]
DISC = (ROWS - 26) ** 2 + (COLUMNS - 30) ** 2 < 120
OTHER = (ROWS - 44) ** 2 + (COLUMNS - 60) ** 2 < 60


def labels(first: int = 1, second: int = 2) -> np.ndarray:
    drawn = np.zeros(SIZE, np.uint8)
    drawn[DISC], drawn[OTHER] = first, second
    return drawn


def disc(value: int = 255) -> np.ndarray:
    return (DISC * value).astype(np.uint8)


def smooth_disc(factor: int = 8, top: int = 255) -> np.ndarray:
    """The disc as programs draw it that smooth its edge: each pixel is as bright as it is covered."""
    rows, columns = np.mgrid[: SIZE[0] * factor, : SIZE[1] * factor] / factor - 0.5 + 0.5 / factor
    fine = (rows - 26) ** 2 + (columns - 30) ** 2 < 120
    return (fine.reshape(SIZE[0], factor, SIZE[1], factor).mean(axis=(1, 3)) * top).round().astype(np.uint8)


def save(pixels: np.ndarray, path: Path, palette: list[int] | None = None, **options: Any) -> Path:
    image = pillow.fromarray(pixels)
    if palette is not None:
        image.putpalette(palette)
    image.save(path, **options)
    return path


def read(path: Path) -> FrameLabels:
    return read_mark(path, SIZE)


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "gif"])
def test_palettes_give_their_indices(tmp_path: Path, suffix: str) -> None:
    path = save(labels(), tmp_path / f"m.{suffix}", PALETTE)
    assert pillow.open(path).mode == "P"
    mark = read(path)
    assert np.array_equal(mark.labels, labels()) and mark.warnings == ()


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_one_bit_is_one_segment(tmp_path: Path, suffix: str) -> None:
    path = save(DISC, tmp_path / f"m.{suffix}")
    assert pillow.open(path).mode == "1"
    assert np.array_equal(read(path).labels, disc(1))


def test_a_grey_with_a_transparent_value_keeps_its_values(tmp_path: Path) -> None:
    assert np.array_equal(read(save(labels(), tmp_path / "m.png", transparency=0)).labels, labels())


@pytest.mark.parametrize("transparency", [None, 3])
def test_a_palette_that_starts_above_0_has_its_black_or_transparent_entry_as_background(
    tmp_path: Path, transparency: int | None
) -> None:
    background = 5 if transparency is None else transparency
    pixels = np.where(labels(6, 7) == 0, background, labels(6, 7)).astype(np.uint8)
    palette = [200, 200, 200] * 5 + [0, 0, 0, 255, 0, 0, 0, 255, 0]
    options = {} if transparency is None else {"transparency": transparency}
    mark = read(save(pixels, tmp_path / "m.png", palette, **options))
    assert np.array_equal(mark.labels, labels(6, 7))
    assert f"value {background}" in mark.warnings[0] and "background" in mark.warnings[0]


def test_of_black_and_white_the_white_is_the_segment_whatever_its_index(tmp_path: Path) -> None:
    mark = read(save((~DISC).astype(np.uint8), tmp_path / "m.bmp", [255, 255, 255, 0, 0, 0]))
    assert np.array_equal(mark.labels, disc(1)) and "white" in mark.warnings[0]


def test_a_mask_without_background_stays_as_it_is(tmp_path: Path) -> None:
    pixels = np.where(DISC, 2, 1).astype(np.uint8)
    assert np.array_equal(read(save(pixels, tmp_path / "m.png", [0, 0, 0, 255, 0, 0, 0, 255, 0])).labels, pixels)


@pytest.mark.parametrize("suffix", ["tif", "gif"])
def test_a_file_of_palette_pages_is_a_label_sequence(tmp_path: Path, suffix: str) -> None:
    drawn = [np.roll(labels() if number != 5 else disc(2), number, axis=1) for number in range(8)]
    pages = [pillow.fromarray(labels) for labels in drawn]
    for page in pages:
        page.putpalette(PALETTE)
    pages[0].save(tmp_path / f"m.{suffix}", save_all=True, append_images=pages[1:], optimize=False, duration=50)
    marks = read_label_sequence(tmp_path / f"m.{suffix}", CINE)
    assert sorted(marks) == list(range(8))
    assert all(np.array_equal(marks[number], drawn[number]) for number in marks)


@pytest.mark.parametrize(("mode", "hidden"), [("RGBA", 255), ("RGBA", 0), ("LA", 255), ("LA", 0)])
def test_a_mask_in_the_alpha_channel_is_found(tmp_path: Path, mode: str, hidden: int) -> None:
    grey = np.where(DISC, 255, hidden).astype(np.uint8)
    channels = [grey] * (3 if mode == "RGBA" else 1) + [disc()]
    mark = read(save(np.stack(channels, axis=-1), tmp_path / "m.png"))
    assert np.array_equal(mark.labels, disc()) and "transparent" in mark.warnings[0]


def test_one_colour_on_nothing_is_a_segment_and_labels_under_alpha_keep_their_values(tmp_path: Path) -> None:
    red = np.zeros((*SIZE, 4), np.uint8)
    red[DISC] = (255, 0, 0, 255)
    assert np.array_equal(read(save(red, tmp_path / "red.png")).labels, disc())
    two = np.repeat(np.where(labels(), labels(), 9).astype(np.uint8)[..., np.newaxis], 4, axis=2)  # 9 is hidden
    two[..., 3] = 255 * (labels() > 0)
    mark = read(save(two, tmp_path / "two.png"))
    assert np.array_equal(mark.labels, labels()) and "background" in mark.warnings[0]


def test_soft_alpha_is_cut_at_its_half(tmp_path: Path) -> None:
    white = np.full((*SIZE, 4), 255, np.uint8)
    white[..., 3] = smooth_disc()
    assert np.array_equal(read(save(white, tmp_path / "m.png")).labels, 255 * (smooth_disc() > 127))


def test_a_mask_belongs_to_the_picture_that_is_called_the_same(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    for number, frame in enumerate(CINE.frames):
        save(frame, tmp_path / "images" / f"frame_{number + 1:04d}.png")
    save(labels(), tmp_path / "masks" / "frame_0003.png")
    cine = read_cine(tmp_path / "images")
    marks = read_label_sequence(tmp_path / "masks", cine)
    assert list(marks) == [2] and "frame_0003.png for frame 2" in marks.warnings[0]
    mask = tmp_path / "masks" / "frame_0003.png"
    assert "is frame 2" in read_marks([f"3={mask}"], cine).warnings[0]
    assert read_marks([f"2={mask}"], cine).warnings == ()


@pytest.mark.parametrize("axes", [(True, False, False), (False, True, False), (True, True, True)])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_labels_that_are_stored_mirrored_lie_where_they_lie_in_space(
    tmp_path: Path, name: str, axes: tuple[bool, bool, bool]
) -> None:
    drawn = np.zeros(CINE.frames.shape, np.uint8)
    drawn[2] = labels()
    image, volume = SimpleITK.GetImageFromArray(drawn), SimpleITK.GetImageFromArray(CINE.frames)
    for one in (image, volume):
        one.SetSpacing((0.5, 0.4, 3.0))
        one.SetOrigin((-20.0, 10.0, 5.0))
    SimpleITK.WriteImage(volume, str(tmp_path / "cine.nii.gz"))
    cine = read_cine(tmp_path / "cine.nii.gz")
    SimpleITK.WriteImage(image, str(tmp_path / name))
    assert read_label_sequence(tmp_path / name, cine).warnings == ()
    SimpleITK.WriteImage(SimpleITK.Flip(image, axes, False), str(tmp_path / name))
    marks = read_label_sequence(tmp_path / name, cine)
    assert list(marks) == [2] and np.array_equal(marks[2], labels()) and "stored mirrored" in marks.warnings[0]
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    SimpleITK.WriteImage(image, str(tmp_path / name))
    marks = read_label_sequence(tmp_path / name, cine)
    assert np.array_equal(marks[2], labels()) and "look whether it fits" in marks.warnings[0]


def test_a_mask_of_one_frame_that_is_stored_mirrored_is_turned(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(labels()[np.newaxis])
    image.SetSpacing((0.5, 0.5, 1.0))
    SimpleITK.WriteImage(SimpleITK.Flip(image, (False, True, False), False), str(tmp_path / "m.nii"))
    marks = read_marks([f"1={tmp_path / 'm.nii'}"], CINE)
    assert np.array_equal(marks[1], labels()) and "stored mirrored" in marks.warnings[0]


@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (-20.0, 10.0, 5.0)])
def test_of_the_masks_of_a_volume_that_of_the_cines_slice_is_taken(tmp_path: Path, origin: tuple[float, ...]) -> None:
    volumes = np.stack([CINE.frames] * 3, axis=1)  # frames, slices, rows, columns
    image = SimpleITK.JoinSeries([SimpleITK.GetImageFromArray(volume) for volume in volumes])
    image.SetSpacing((1.5, 1.5, 8.0, 0.04))
    image.SetOrigin((*origin, 0.0))
    SimpleITK.WriteImage(image, str(tmp_path / "4d.nii.gz"))
    drawn = SimpleITK.GetImageFromArray(np.stack([labels(3, 4), labels(1, 2), labels(5, 6)]))
    drawn.SetSpacing((1.5, 1.5, 8.0))
    drawn.SetOrigin(origin)
    SimpleITK.WriteImage(drawn, str(tmp_path / "gt.nii.gz"))
    cine = read_cine(tmp_path / "4d.nii.gz", options=ReadOptions(series="1"))
    marks = read_marks([f"1={tmp_path / 'gt.nii.gz'}"], cine)
    assert np.array_equal(marks[1], labels(1, 2)) and "only slice 1 was taken" in marks.warnings[0]
    assert np.array_equal(read_mark_file(tmp_path / "gt.nii.gz", cine, 4)[4], labels(1, 2)), "on the frame in view"
    drawn.SetOrigin((origin[0], origin[1], origin[2] + 4))
    SimpleITK.WriteImage(drawn, str(tmp_path / "gt.nii.gz"))
    with pytest.raises(InputError, match="has 3 frames, not one"):
        read_marks([f"1={tmp_path / 'gt.nii.gz'}"], cine)


def test_a_white_mask_beside_numbered_ones_is_said_to_be_another_segment(tmp_path: Path) -> None:
    one, white = save(labels(1, 1), tmp_path / "one.png"), save(disc(), tmp_path / "white.png")
    assert "white.png is white, which is segment 255" in read_marks([f"0={one}", f"3={white}"], CINE).warnings[0]
    assert read_marks([f"0={white}", f"3={white}"], CINE).warnings == ()
    both = save(labels(1, 255), tmp_path / "both.png")
    assert read_marks([f"0={both}", f"3={white}"], CINE).warnings == (), "255 is one of its segments"


def test_what_lanczos_leaves_beside_soft_edges_are_no_segments(tmp_path: Path) -> None:
    large = pillow.fromarray(disc()).resize((SIZE[1] * 4, SIZE[0] * 4))
    soft = np.array(large.resize((SIZE[1], SIZE[0]), pillow.Resampling.LANCZOS))
    assert len({*range(1, 4)} & set(np.unique(soft))) >= 2, "it overshoots beside the edge"
    mark = read(save(soft, tmp_path / "m.png"))
    assert np.array_equal(mark.labels, disc()) and "soft edges" in mark.warnings[0]


@pytest.mark.parametrize("top", [255, 100])
def test_soft_edges_are_brought_back_to_clear_levels(tmp_path: Path, top: int) -> None:
    soft = smooth_disc(top=top)
    assert len(np.unique(soft)) > 10
    mark = read(save(soft, tmp_path / "m.png"))
    assert np.array_equal(mark.labels, top * (soft >= top / 2))
    assert "soft edges" in mark.warnings[0] and f"0 and {top}" in mark.warnings[0] and "m.png" in mark.warnings[0]


def test_the_edge_of_one_level_is_not_taken_for_another(tmp_path: Path) -> None:
    soft = smooth_disc()
    expected = np.where(OTHER, 128, 255 * (soft > 127))
    soft[np.abs(soft.astype(int) - 128) < 20] = 128
    soft[OTHER] = 128  # a segment of its own; the disc's edge passes through this value
    assert np.count_nonzero(soft == 128) > np.count_nonzero(OTHER)
    found = read(save(soft, tmp_path / "m.png")).labels
    assert np.array_equal(found == 128, OTHER) and np.count_nonzero(found != expected) <= 8


@pytest.mark.parametrize("quality", [40, 75, 95, 100])
def test_masks_stored_as_jpeg_are_brought_back_to_clear_levels(tmp_path: Path, quality: int) -> None:
    path = save(labels(255, 128), tmp_path / "m.jpg", quality=quality)
    assert len(np.unique(np.asarray(pillow.open(path)))) > 3
    mark = read(path)
    assert sorted(np.unique(mark.labels)) == [0, 128, 255]
    assert np.count_nonzero(mark.labels != labels(255, 128)) <= (12 if quality < 75 else 3)
    assert "loss" in mark.warnings[0]


def test_jpeg_noise_kept_in_a_png_is_cleaned_too(tmp_path: Path) -> None:
    pixels = np.asarray(pillow.open(save(disc(), tmp_path / "m.jpg", quality=75)))
    assert np.array_equal(read(save(pixels, tmp_path / "m.png")).labels, disc())


def test_jpegs_of_one_command_line_share_their_levels(tmp_path: Path) -> None:
    first = save(labels(85, 170), tmp_path / "a.jpg", quality=30)
    second = save(np.roll(labels(85, 170), 5, axis=1), tmp_path / "b.jpg", quality=90)
    marks = read_marks([f"0={first}", f"4={second}"], CINE)
    assert len(np.unique(np.stack(list(marks.values())))) == 3
    assert "a.jpg" in marks.warnings[0] and "b.jpg" in marks.warnings[0]


def test_a_folder_of_jpegs_and_a_lossy_video_share_their_levels(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    folder = tmp_path / "masks"
    folder.mkdir()
    with av.open(str(tmp_path / "m.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(8):
            pixels = disc() if number in (2, 6) else disc(0)
            save(pixels, folder / f"{number:04d}.jpg", quality=75)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    for path in (folder, tmp_path / "m.mp4"):
        marks = read_label_sequence(path, CINE)
        assert sorted(marks) == [2, 6] and len(marks.warnings) == 1
        for drawn in marks.values():
            assert sorted(np.unique(drawn)) == [0, 255] and np.count_nonzero(drawn != disc()) <= 8


SMALL_LABELS: dict[str, Callable[[], np.ndarray]] = {
    "one pixel each": lambda: np.where((ROWS % 16 == 8) & (COLUMNS == ROWS), ROWS, 0).astype(np.uint8),
    "a thin ring between two segments": lambda: np.where(DISC, np.where(_inner(DISC), 3, 2), 0).astype(np.uint8),
    "a thin ring of odd values": lambda: np.where(DISC, np.where(_inner(DISC), 200, 90), 0).astype(np.uint8),
    "forty blocks": lambda: np.kron(np.arange(40, dtype=np.uint8).reshape(4, 10) * 6, np.ones((16, 8), np.uint8)),
    "a fine line": lambda: np.where(ROWS == COLUMNS // 2, 7, 0).astype(np.uint8),
}


def _inner(mask: np.ndarray) -> np.ndarray:
    return mask & np.roll(mask, 1, 0) & np.roll(mask, -1, 0) & np.roll(mask, 1, 1) & np.roll(mask, -1, 1)


@pytest.mark.parametrize("kind", SMALL_LABELS)
def test_label_images_keep_every_value(tmp_path: Path, kind: str) -> None:
    drawn = SMALL_LABELS[kind]()
    mark = read(save(drawn, tmp_path / "m.png"))
    assert np.array_equal(mark.labels, drawn) and mark.warnings == ()


def test_pictures_that_are_no_masks_are_refused(tmp_path: Path) -> None:
    wide = np.clip(smooth_disc().astype(float) + 30 * np.sin(ROWS / 3.0) + COLUMNS, 0, 255).astype(np.uint8)
    refused = {
        "frame.png": save(CINE.frames[0], tmp_path / "frame.png"),
        "frame.jpg": save(CINE.frames[0], tmp_path / "frame.jpg"),
        "photo.jpg": save(wide, tmp_path / "photo.jpg"),
        "faint.jpg": save(labels(10, 20), tmp_path / "faint.jpg"),
        "fainter.jpg": save(labels(1, 4), tmp_path / "fainter.jpg", quality=95),
    }
    for name, path in refused.items():
        with pytest.raises(InputError, match="no clear levels") as caught:
            read(path)
        assert name in caught.value.message and "PNG" in caught.value.hint


def test_the_cine_itself_is_no_label_sequence(tmp_path: Path) -> None:
    for name in ("cine.tif", "again.tif"):
        pages = [pillow.fromarray(frame) for frame in CINE.frames]
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    cine = read_cine(tmp_path / "cine.tif")
    for name in ("cine.tif", "again.tif"):
        with pytest.raises(InputError, match=f"{name} are the cine itself"):
            read_label_sequence(tmp_path / name, cine)


def test_a_mask_that_promises_more_pixels_than_it_holds_is_refused_before_they_are_made(tmp_path: Path) -> None:
    content = bytearray(save(disc(), tmp_path / "m.bmp").read_bytes())
    content[18:22] = (4_325_504).to_bytes(4, "little")
    (tmp_path / "m.bmp").write_bytes(content)
    with pytest.raises(InputError, match=r"m\.bmp"):
        read(tmp_path / "m.bmp")


# --- Slicer's own segmentations


def write_segmentation(path: Path, layers: np.ndarray, segments: list[tuple[str, int, int]], **keys: str) -> Path:
    """A .seg.nrrd of (slices, H, W[, layers]); segments are (name, layer, label value)."""
    image = SimpleITK.GetImageFromArray(layers, isVector=layers.ndim == 4)
    image.SetSpacing((0.5, 0.5, 1.0))
    for number, (name, layer, value) in enumerate(segments):
        for key, text in (("ID", f"S{number}"), ("Name", name), ("Layer", str(layer)), ("LabelValue", str(value))):
            image.SetMetaData(f"Segment{number}_{key}", text)
    for key, text in keys.items():
        image.SetMetaData(key, text)
    SimpleITK.WriteImage(image, str(path))
    return path


def test_a_cropped_segmentation_is_put_where_it_was_drawn(tmp_path: Path) -> None:
    cropped = labels()[np.newaxis, 12:60, 15:72]
    path = write_segmentation(
        tmp_path / "m.seg.nrrd",
        cropped,
        [("LV", 0, 1), ("LA", 0, 2)],
        Segmentation_ReferenceImageExtentOffset="15 12 0",
    )
    marks = read_marks([f"3={path}"], CINE)
    assert np.array_equal(marks[3], labels()) and marks.names == {1: "LV", 2: "LA"}
    outside = write_segmentation(tmp_path / "o.seg.nrrd", cropped, [], Segmentation_ReferenceImageExtentOffset="60 0 0")
    with pytest.raises(InputError, match="outside of the frames"):
        read_marks([f"3={outside}"], CINE)


def test_a_segmentation_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = write_segmentation(tmp_path / "m.seg.nrrd", labels()[np.newaxis], [("LV", 0, 1)])
    path.write_bytes(path.read_bytes().replace(b"sizes: 80 64 1", b"sizes: 80000 64000 1"))
    with pytest.raises(InputError, match=r"m\.seg\.nrrd says"):
        read(path)


def test_a_cropped_segmentation_without_an_offset_is_placed_by_its_origin(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(labels()[np.newaxis, 12:60, 15:72])
    image.SetSpacing((0.5, 0.5, 1.0))
    image.SetOrigin((15 * 0.5 + 4, 12 * 0.5 - 2, 0))
    SimpleITK.WriteImage(image, str(tmp_path / "m.seg.nrrd"))
    marks = read_marks([f"3={tmp_path / 'm.seg.nrrd'}"], replace(CINE, origin=(4.0, -2.0, 0.0)))
    assert np.array_equal(marks[3], labels())


def test_layers_are_joined_and_overlaps_are_said(tmp_path: Path) -> None:
    layers = np.stack([DISC, OTHER], axis=-1).astype(np.uint8)[np.newaxis]
    segments = [("LV", 0, 1), ("LA", 1, 1)]  # the same value in two layers
    mark = read(write_segmentation(tmp_path / "m.seg.nrrd", layers, segments))
    assert np.array_equal(mark.labels, labels()) and names_of(mark) == {1: "LV", 2: "LA"} and mark.warnings == ()
    layers[0, 20:30, 25:35] = 1
    mark = read(write_segmentation(tmp_path / "m.seg.nrrd", layers, segments))
    assert "100 pixels" in mark.warnings[0] and (mark.labels[20:30, 25:35] == 2).all()


def names_of(mark: FrameLabels) -> dict[int, str]:
    return {label: entry.name for label, entry in mark.legend.items()}


def test_segmentations_of_older_slicers_have_a_layer_a_segment(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.stack([DISC, OTHER], axis=-1).astype(np.uint8)[np.newaxis], isVector=True)
    for number, name in enumerate(("LV", "LA")):
        image.SetMetaData(f"Segment{number}_ID", name)
        image.SetMetaData(f"Segment{number}_Name", name)
    SimpleITK.WriteImage(image, str(tmp_path / "m.seg.nrrd"))
    mark = read(tmp_path / "m.seg.nrrd")
    assert np.array_equal(mark.labels, labels()) and names_of(mark) == {1: "LV", 2: "LA"}


def test_the_slices_of_a_segmentation_are_the_frames(tmp_path: Path) -> None:
    layers = np.zeros((8, *SIZE, 2), np.uint8)
    layers[0, ..., 0], layers[5, ..., 1] = DISC, OTHER
    path = write_segmentation(tmp_path / "m.seg.nrrd", layers, [("LV", 0, 1), ("LA", 1, 1)])
    marks = read_label_sequence(path, CINE)
    assert sorted(marks) == [0, 5]
    assert np.array_equal(marks[0], disc(1)) and np.array_equal(marks[5], labels(0, 2))
    assert np.array_equal(read_marks([f"5={path}"], CINE)[5], labels(0, 2))
    with pytest.raises(InputError, match="2 slices"):
        read(path)
    cropped = write_segmentation(
        tmp_path / "c.seg.nrrd", layers[4:6], [], Segmentation_ReferenceImageExtentOffset="0 0 4"
    )
    marks = read_label_sequence(cropped, CINE)
    assert sorted(marks) == [5] and "frames 4 to 5" in marks.warnings[0]


# --- Names


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["frame_000000.png", "frame_000004.png"], [0, 4]),
        (["1.png", "5.png"], [1, 5]),
        (["patient12_frame_0003_mask.png", "patient12_frame_0007_mask.png"], [3, 7]),
        (["2024_img2.png", "2024_img6.png"], [2, 6]),
        (["mask-0.png", "label05.png"], [0, 5]),
        (["frame3_of_8.png"], [3]),
        (["p1_frame-2_v2.png", "p2_frame-6_v3.png"], [2, 6]),
    ],
)
def test_numbers_in_names_are_frames_and_said(tmp_path: Path, names: list[str], frames: list[int]) -> None:
    for name in names:
        save(disc(1), tmp_path / name)
    marks = read_label_sequence(tmp_path, CINE)
    assert sorted(marks) == frames
    for name, frame in zip(names, frames, strict=True):
        assert f"{name} for frame {frame}" in marks.warnings[0]


def test_as_many_masks_as_frames_are_taken_in_order_and_said_when_numbered_otherwise(tmp_path: Path) -> None:
    for number in range(8):
        save(disc(int(number in (0, 7))), tmp_path / f"{number + 1}.png")
    marks = read_label_sequence(tmp_path, CINE)
    assert sorted(marks) == [0, 7] and "in the order of their names" in marks.warnings[0]


def test_names_without_usable_numbers_are_refused(tmp_path: Path) -> None:
    save(disc(1), tmp_path / "first.png")
    save(disc(1), tmp_path / "second.png")
    with pytest.raises(InputError, match="names do not say"):
        read_label_sequence(tmp_path, CINE)
    for name in ("first", "second"):
        (tmp_path / f"{name}.png").rename(tmp_path / f"{name}_20260101.png")
    with pytest.raises(InputError, match="names do not say"):
        read_label_sequence(tmp_path, CINE)


# --- Frames


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_pictures_are_turned_as_they_say(tmp_path: Path, suffix: str, orientation: int) -> None:
    from PIL import ImageOps

    corner = CINE.frames[0] // 2
    corner[:20, :30] = 220
    image = pillow.fromarray(corner)
    exif = image.getexif()
    exif[0x0112] = orientation
    for number in range(2):
        image.save(tmp_path / f"{number}.{suffix}", exif=exif, **({"quality": 100} if suffix == "jpg" else {}))
    expected = np.asarray(ImageOps.exif_transpose(image)).astype(int)  # Pillow's own way
    found = load_folder(tmp_path).frames[0]
    assert found.shape == expected.shape == (SIZE if orientation < 5 else SIZE[::-1])
    assert np.abs(found - expected).mean() < (4 if suffix == "jpg" else 1e-6)


def test_frames_of_palette_and_one_bit_tiff_are_their_colours(tmp_path: Path) -> None:
    for number in range(2):
        save(np.roll(labels(), number, axis=1), tmp_path / f"{number}.tif", PALETTE)
    frames = load_folder(tmp_path).frames
    assert frames.dtype == np.uint8 and np.array_equal(frames[0], np.reshape(PALETTE, (3, 3))[labels()])
    for number in range(2):
        save(DISC, tmp_path / f"{number}.tif")
    assert np.array_equal(load_folder(tmp_path).frames[1], disc())


def test_grey_frames_with_a_transparent_value_and_16_bits_of_colour_come_whole(tmp_path: Path) -> None:
    for number in range(2):
        save(CINE.frames[number], tmp_path / f"{number}.png", transparency=0)
    assert np.array_equal(load_folder(tmp_path).frames, CINE.frames[:2])
    deep = CINE.frames[:3].astype(np.uint16).transpose(1, 2, 0) * 251
    for number in range(2):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(deep, isVector=True), str(tmp_path / f"{number}.png"))
    assert np.array_equal(load_folder(tmp_path).frames[1], deep)
