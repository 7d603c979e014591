"""Sets of labelled pictures as other programs write and read them, whole and damaged."""

from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.labelled_cines import NAMES, SIZE, cine, export, labelled, masks
from rabengine.errors import InputError
from rabengine.exchange.find import read_set
from rabengine.exchange.polygons import loops_of, mask_of, polygon_of
from rabengine.exchange.runs import coco_text, flat_of, runs_of_coco_text

# A square of 4 x 5 pixels, and its mask.
SQUARE = [[3.0, 2.0], [7.0, 2.0], [7.0, 7.0], [3.0, 7.0]]


def square() -> np.ndarray:
    drawn = np.zeros(SIZE, np.uint8)
    drawn[2:7, 3:7] = 1
    return drawn


@pytest.mark.parametrize("seed", range(20))
def test_a_mask_comes_back_from_its_polygon_and_from_its_runs(seed):
    random = np.random.default_rng(seed)
    size = tuple(random.integers(1, 16, 2))
    mask = random.random(size) < random.random()
    assert np.array_equal(mask_of(polygon_of(mask), size), mask)
    assert sum(len(loop) for loop in loops_of(mask)) % 2 == 0
    runs = runs_of_coco_text(coco_text(mask), "It")
    assert np.array_equal(flat_of(runs, mask.size, "It").reshape(size, order="F"), mask)


def test_pycocotools_finds_the_masks_that_were_drawn(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    export(tmp_path / "set", "coco", [labelled(1), labelled(2)])
    found = coco.COCO(str(tmp_path / "set" / "annotations" / "instances_train.json"))
    assert [one["name"] for one in found.loadCats(found.getCatIds())] == list(NAMES.values())
    seen = 0
    for image in found.loadImgs(found.getImgIds()):
        drawn = masks(image["video_id"])[image["frame_index"]]
        for one in found.loadAnns(found.getAnnIds(image["id"])):
            mask = found.annToMask(one)
            assert np.array_equal(mask == 1, drawn == list(NAMES)[one["category_id"] - 1])
            assert one["area"] == mask.sum()
            seen += 1
    assert seen == 8


def test_coco_of_other_programs_is_read_with_polygons_and_plain_runs(tmp_path):
    flat = square().astype(bool).ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size]).tolist()
    told = {
        "images": [
            {"id": 7, "file_name": "echo/frame_0001.png", "height": SIZE[0], "width": SIZE[1]},
            {"id": 9, "file_name": "echo/frame_0003.png", "height": SIZE[0], "width": SIZE[1]},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 0, "segmentation": [[x for point in SQUARE for x in point]]},
            {"id": 2, "image_id": 9, "category_id": 0, "segmentation": {"size": list(SIZE), "counts": runs}},
        ],
        "categories": [{"id": 0, "name": "heart"}],
    }
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(told))
    marks = read_set(path, cine(1))
    assert marks.names == {1: "heart"} and sorted(marks) == [1, 3]
    assert np.array_equal(marks[1], square()) and np.array_equal(marks[3], square())
    told["images"][0]["file_name"] = "echo/frame_0099.png"
    path.write_text(json.dumps(told))
    with pytest.raises(InputError, match="is of frame 99, but the cine"):
        read_set(path, cine(1))
    for number, image in enumerate(told["images"]):
        image["file_name"] = "ab"[number] + ".png"
    path.write_text(json.dumps(told))
    with pytest.raises(InputError, match="holds labels of no cine") as refused:
        read_set(path, cine(1))
    assert "echo_0012.png" in refused.value.hint


def test_tracks_of_polygons_that_cvat_exports_of_a_video_are_read(tmp_path):
    points = ";".join(f"{x:.2f},{y:.2f}" for x, y in SQUARE)
    shapes = "".join(
        f'<polygon frame="{frame}" outside="{outside}" occluded="0" keyframe="1" points="{points}" z_order="0"/>'
        for frame, outside in ((1, 0), (2, 1))
    )
    (tmp_path / "annotations.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task><name>echo</name>'
        "<labels><label><name>heart</name></label></labels><original_size><width>31</width><height>24</height>"
        f'</original_size></task></meta><track id="0" label="heart">{shapes}</track></annotations>'
    )
    marks = read_set(tmp_path / "annotations.xml", cine(1))
    assert list(marks) == [1] and marks.names == {1: "heart"} and np.array_equal(marks[1], square())


def test_boxes_of_yolo_are_no_masks(tmp_path):
    export(tmp_path / "set", "yolo", [labelled(1)])
    label = tmp_path / "set" / "labels" / "train" / "cine_0001_000000.txt"
    label.write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(InputError, match="a box, not a polygon"):
        read_set(tmp_path / "set", cine(1))


DAMAGED = {
    "nnunet": "dataset.json",
    "coco": "annotations/instances_train.json",
    "cvat": "annotations.xml",
    "yolo": "labels/train/cine_0001_000000.txt",
    "davis": "cines.json",
    "youtube-vos": "train/meta.json",
    "pairs": "masks/cine_0001_000000.png",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_set_that_is_cut_off_costs_a_sentence(tmp_path, name):
    export(tmp_path / "set", name, [labelled(1)])
    file = tmp_path / "set" / DAMAGED[name]
    content = file.read_bytes()
    for length in (len(content) // 2, len(content) - 3):
        file.write_bytes(content[:length])
        try:
            marks = read_set(tmp_path / "set", cine(1))
        except InputError as error:
            assert str(file.relative_to(tmp_path)) in error.message
        else:
            # A shorter text may be a polygon too, and the last bytes of a PNG say nothing of its pixels.
            assert name in ("yolo", "pairs") and sorted(marks) == [0, 2, 4]


@pytest.mark.parametrize("content", ["[1, 2", "{}", '{"segments": {}, "has_names": 1, "cines": [{}]}'])
def test_a_damaged_manifest_costs_a_sentence(tmp_path, content):
    export(tmp_path / "set", "pairs", [labelled(1)])
    (tmp_path / "set" / "rabsegment.json").write_text(content)
    with pytest.raises(InputError, match=r"rabsegment.json is damaged"):
        read_set(tmp_path / "set", cine(1))
