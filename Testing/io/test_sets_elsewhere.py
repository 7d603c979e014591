"""Sets as the programs that they are for read them, where these are installed, for they are heavy."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.labelled_cines import KEEP, NAMES, SIZE, export, labelled, masks
from rabengine.exchange.polygons import polygon_of

VALUES = list(NAMES)


def drawn(name: str) -> np.ndarray:
    """Labels as numbered in a set, of the frame of a picture such as "cine_0001_000004"."""
    labels = masks(int(name[5:9]))[int(name[-6:])]
    return np.select([labels == value for value in VALUES], range(1, len(VALUES) + 1))


def test_nnunet_finds_nothing_wrong(tmp_path, monkeypatch, capsys):
    for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        monkeypatch.setenv(name, str(tmp_path))
    check = pytest.importorskip("nnunetv2.experiment_planning.verify_dataset_integrity")
    folder = tmp_path / "Dataset101_Heart"
    export(folder, "nnunet", [labelled(1, is_colour=True), labelled(2)])
    check.verify_dataset_integrity(str(folder), 1)
    said = capsys.readouterr().out
    assert "Done" in said and "rror" not in said.replace("error messages", "") and "arning" not in said
    next(folder.glob("labelsTr/*.png")).unlink()
    with pytest.raises(AssertionError):
        check.verify_dataset_integrity(str(folder), 1)


def test_ultralytics_reads_every_polygon(tmp_path):
    dataset = pytest.importorskip("ultralytics.data.dataset")
    utils = pytest.importorskip("ultralytics.data.utils")
    folder = tmp_path / "set"
    export(folder, "yolo", [labelled(1)])
    data = utils.check_det_dataset(str(folder / "data.yaml"))
    assert list(data["names"].values()) == list(NAMES.values())
    read = dataset.YOLODataset(img_path=data["train"], data=data, task="segment", imgsz=32, augment=False)
    assert len(read.labels) == 3 and sum(len(one["segments"]) for one in read.labels) == 4
    for one in read.labels:
        labels = drawn(one["im_file"].rpartition("/")[2].removesuffix(".png"))
        for number, polygon in zip(one["cls"][:, 0].astype(int), one["segments"], strict=True):
            expected = polygon_of(labels == number + 1)
            assert np.abs(polygon * [SIZE[1], SIZE[0]] - expected).max() < 1e-3
            filled = utils.polygon2mask(SIZE, [(polygon * [SIZE[1], SIZE[0]]).round().reshape(-1)])
            assert (filled[labels == number + 1] > 0).all()


@pytest.mark.parametrize(("name", "kind"), [("cvat", "cvat"), ("coco", "coco_instances")])
def test_datumaro_finds_the_masks_that_were_drawn(tmp_path, name, kind):
    datumaro = pytest.importorskip("datumaro")
    export(tmp_path / "set", name, [labelled(1), labelled(2)])
    read = datumaro.Dataset.import_from(str(tmp_path / "set"), kind)
    seen = 0
    for one in read:
        found = np.zeros(SIZE, int)
        for shape in one.annotations:
            if shape.type == datumaro.AnnotationType.mask:
                found[np.asarray(shape.image).astype(bool)] = shape.label + 1
        cine, _, frame = one.id.replace("/", "_").rpartition("_")
        assert np.array_equal(found, drawn(f"{cine}_{int(frame):06d}"))
        seen += 1
    assert seen == 6


def test_davis_finds_the_masks_that_were_drawn(tmp_path, monkeypatch):
    # It was written for an older NumPy.
    monkeypatch.setattr(np, "int", int, raising=False)
    davis = pytest.importorskip("davisinteractive.dataset.davis")
    export(tmp_path / "set", "davis", [labelled(1)], KEEP)
    read = davis.Davis(str(tmp_path / "set"))
    monkeypatch.setitem(read.dataset, "cine_0001", {"num_frames": 3, "image_size": list(SIZE[::-1])})
    assert read.load_images("cine_0001").shape == (3, *SIZE, 3)
    for found, frame in zip(read.load_annotations("cine_0001"), (0, 2, 4), strict=True):
        assert np.array_equal(found, drawn(f"cine_0001_{frame:06d}"))
