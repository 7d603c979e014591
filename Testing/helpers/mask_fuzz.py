"""Damaged masks for all readers, as fuzz.py runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK
from pydicom.uid import RLELossless

from helpers.dicom_files import dicom, save
from helpers.fuzz import Fuzz
from rabengine.cine import Cine
from rabengine.io.marks.label_sequence import read_label_sequence
from rabengine.io.marks.read import read_marks

FRAMES = 4
CINE = Cine(np.arange(FRAMES * 24 * 28, dtype=np.uint16).reshape(FRAMES, 24, 28) % 251, spacing=(0.4, 0.5))
LABELS = np.zeros((24, 28), np.uint8)
LABELS[4:14, 5:15] = 1
LABELS[12:20, 16:24] = 2


def seeds(folder: Path) -> dict[str, bytes]:
    """Small valid masks by name; the name tells the reader."""
    made: dict[str, bytes] = {}
    _pictures(folder, made)
    _tiffs(folder, made)
    for name in ("raw.nrrd", "raw.mha", "raw.nii", "zlib.mha", "gzip.nrrd", "cut.seg.nrrd"):
        image = SimpleITK.GetImageFromArray(LABELS[np.newaxis])
        if name.endswith(".seg.nrrd"):
            image = image[2:26, 2:22, :]
            texts = {"Segmentation_ReferenceImageExtentOffset": "2 2 0"}
            for number in (0, 1):
                texts |= {f"Segment{number}_ID": f"s{number}", f"Segment{number}_Name": f"part {number}"}
                texts |= {f"Segment{number}_LabelValue": str(number + 1), f"Segment{number}_Layer": "0"}
            for key, text in texts.items():
                image.SetMetaData(key, text)
        SimpleITK.WriteImage(image, str(folder / name), useCompression=name.startswith(("zlib", "gzip", "cut")))
        made[name] = (folder / name).read_bytes()
    made["plain.dcm"] = save(dicom(LABELS), folder / "seed.dcm").read_bytes()
    packed = dicom(LABELS)
    packed.compress(RLELossless)
    made["rle.dcm"] = save(packed, folder / "seed.dcm").read_bytes()
    return made


def _pictures(folder: Path, made: dict[str, bytes]) -> None:
    from PIL import Image

    grey = Image.fromarray(LABELS)
    palette = grey.copy()
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0] + [0] * 759)
    alpha = np.dstack([np.full((*LABELS.shape, 3), 255, np.uint8), LABELS * 120])
    soft = Image.fromarray((LABELS > 0).astype(np.uint8) * 255)
    pictures = {
        "grey.png": grey,
        "palette.png": palette,
        "alpha.png": Image.fromarray(alpha),
        "bit.png": soft.convert("1"),
        "grey.bmp": grey,
        "palette.bmp": palette,
        "palette.gif": palette,
        "soft.jpg": soft,
        "folder.png": grey,
        "folder.jpg": soft,
        "folder.bmp": grey,
        "soft.webp": soft,
    }
    for name, picture in pictures.items():
        picture.save(folder / name)
        made[name] = (folder / name).read_bytes()


def _tiffs(folder: Path, made: dict[str, bytes]) -> None:
    import tifffile

    ways: dict[str, dict] = {
        "plain": {},
        "zlib": {"compression": "zlib"},
        "lzw": {"compression": "lzw"},
        "jpeg": {"compression": "jpeg"},
        "tiled": {"tile": (16, 16)},
        "big": {"bigtiff": True},
        "folder": {},
    }
    for name, how in ways.items():
        drawn = (LABELS > 0).astype(np.uint8) * 255 if name == "jpeg" else LABELS
        tifffile.imwrite(folder / "seed.tif", drawn, photometric="minisblack", **how)
        made[f"{name}.tif"] = (folder / "seed.tif").read_bytes()
    for name, mode, how in (("palette", "P", {}), ("bit", "1", {"compression": "group4"})):
        from PIL import Image

        picture = Image.fromarray(LABELS)
        if mode == "P":
            picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0] + [0] * 759)
        else:
            picture = picture.point(lambda value: 255 * (value > 0)).convert("1")
        picture.save(folder / "seed.tif", **how)
        made[f"{name}.tif"] = (folder / "seed.tif").read_bytes()


def _read(path: Path) -> str:
    marks = read_label_sequence(path, CINE) if path.is_dir() else read_marks([f"0={path}"], CINE)
    return f"{sorted(marks)}"


FUZZ = Fuzz(seeds, _read, damaged="2")

if __name__ == "__main__":
    from rabengine.io import child

    child.is_child = True  # as in the child that reads masks for the command
    FUZZ.main()
