"""Labelled cines on disk, laid out as an evaluation reads them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rabengine.synthetic.phantom import beating_ellipse


def write_video(folder: Path, frames: np.ndarray, truth: np.ndarray, kind: str | None = None) -> Path:
    """Write frames and truth (T, H, W) uint8 as `images/` and `masks/`, and the description of a generated cine."""
    for name, pictures in (("images", frames), ("masks", truth)):
        (folder / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            sitk.WriteImage(sitk.GetImageFromArray(picture), str(folder / name / f"{number:04d}.png"))
    if kind is not None:
        (folder / "cine.json").write_text(json.dumps({"kind": kind}), encoding="utf-8")
    return folder


def two_objects(count: int, side: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A beating ellipse, label 1, with its bright wall to one side, label 2, that is gone on the last frame."""
    frames, truth = beating_ellipse(count, side, side, seed=seed)
    wall = np.roll(truth, side // 5, axis=2) & ~truth & 1
    labels = truth + 2 * wall
    labels[-1][labels[-1] == 2] = 0
    return frames, labels.astype(np.uint8)
