"""Sketches by kind and seed, as the pictures that training takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch

from rabengine.io.image_sets import LabelledImage

from .canvas import SIDE, Rng
from .endoscope import glottis, polyp
from .eye import eye
from .fluoroscope import chest
from .heart import apical_view, short_axis
from .neck import thyroid
from .vessel import vessel

KINDS: Mapping[str, Callable[[Rng], tuple[np.ndarray, np.ndarray]]] = {
    "sketch-apical": apical_view,
    "sketch-short-axis": short_axis,
    "sketch-eye": eye,
    "sketch-vessel": vessel,
    "sketch-polyp": polyp,
    "sketch-glottis": glottis,
    "sketch-chest": chest,
    "sketch-thyroid": thyroid,
}


def sketch(kind: str, seed: int) -> LabelledImage:
    """A picture of a kind of `KINDS`, always the same for a seed."""
    picture, labels = KINDS[kind](np.random.default_rng((seed, *kind.encode())))
    pixels = torch.from_numpy(np.clip(255 * picture, 0, 255).astype(np.uint8)).expand(3, SIDE, SIDE).clone()
    return LabelledImage(pixels, torch.from_numpy(labels), torch.zeros_like(pixels[0]), f"{kind}-{seed}")
