"""What the network sees of the frames: a window of grey values, a window of the plane, a bounded size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.errors import InputError

STRIDE = 16
SAMPLED_FRAMES = 16
DIM = 128  # an 8-bit cine whose brightest pixels stay under this is stretched


@dataclass(frozen=True)
class GreyWindow:
    """Values that become 0 and 1."""

    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """A window of the frame in pixels: rows top..bottom, columns left..right, ends not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left


def check_frames(frames: np.ndarray) -> None:
    """Raise InputError unless the array is a usable cine: (T, H, W) or (T, H, W, 3), T at least 2, with contrast."""
    if not isinstance(frames, np.ndarray):
        raise InputError(f"Frames of type {type(frames).__name__} are no NumPy array.", "Give numpy.asarray(frames).")
    if frames.ndim not in (3, 4) or (frames.ndim == 4 and frames.shape[3] != 3):
        raise InputError(f"Frames of shape {frames.shape} are no cine.", "Give (T, H, W) or (T, H, W, 3).")
    if frames.shape[0] < 2:
        raise InputError("A cine needs at least two frames, and there is one.", "Give a longer one.")
    if min(frames.shape[1:3]) < STRIDE:
        raise InputError(f"Frames of {frames.shape[1]} x {frames.shape[2]} pixels are too small.", "Give 16 or more.")
    if frames.dtype.kind not in "uifb":
        raise InputError(f"Frames of type {frames.dtype} cannot be read.", "Give integers or floats.")


def grey_window(frames: np.ndarray) -> GreyWindow:
    """The window of the whole cine, from a sample of its frames; NaN and infinite pixels do not count.

    Raises:
        InputError: the cine shows nothing (all pixels equal, or none finite).
    """
    picks = np.unique(np.linspace(0, len(frames) - 1, SAMPLED_FRAMES).round().astype(int))
    values = np.concatenate([np.asarray(frames[i][::2, ::2], dtype=np.float32).ravel() for i in picks])
    values = values[np.isfinite(values)]
    if values.size == 0 or float(values.max()) == float(values.min()):
        raise InputError("The cine shows nothing: all its pixels are equal.", "Check that it was read as intended.")
    low, high = np.percentile(values, (0.1, 99.9))
    if high <= low:  # hardly anything is lit
        low, high = float(values.min()), float(values.max())
    if frames.dtype == np.uint8:
        return GreyWindow(0.0, 255.0 if high >= DIM else float(high))
    return GreyWindow(float(low), float(high))


class InputView:
    """Frames as network input.

    Args:
        frames: (T, H, W) or (T, H, W, 3), may be a memory map: one frame at a time is read.
        size: longer side of the network's input.
        box: the part of the plane to look at, all of it by default.
    """

    def __init__(self, frames: np.ndarray, size: int, box: Box | None = None, window: GreyWindow | None = None) -> None:
        self.frames = frames
        self.full = Box(0, int(frames.shape[1]), 0, int(frames.shape[2]))
        self.box = box or self.full
        self.window = window or grey_window(frames)
        height, width = self.box.size
        scale = size / max(height, width)
        self.input_size = (_to_stride(height * scale), _to_stride(width * scale))

    @property
    def map_size(self) -> tuple[int, int]:
        """Size of soft masks (stride 4)."""
        return self.input_size[0] // 4, self.input_size[1] // 4

    def frame(self, index: int) -> Tensor:
        """(1, 3, h, w) float32 in [0, 1]."""
        b = self.box
        pixels = np.asarray(self.frames[index][b.top : b.bottom, b.left : b.right], dtype=np.float32)
        pixels = np.nan_to_num(pixels, nan=self.window.low, posinf=self.window.high, neginf=self.window.low)
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        scaled = np.clip((pixels - self.window.low) / (self.window.high - self.window.low), 0.0, 1.0)
        tensor = self._resize(torch.from_numpy(scaled).permute(2, 0, 1)[None])
        return tensor.expand(1, 3, -1, -1).clamp(0, 1)

    def mask(self, mask: np.ndarray) -> Tensor:
        """(H, W) bool of the whole frame to (h, w) float32, share of the object in each input pixel."""
        b = self.box
        part = torch.from_numpy(mask[b.top : b.bottom, b.left : b.right].astype(np.float32))
        return self._resize(part[None, None])[0, 0].clamp(0, 1)

    def paste(self, logits: Tensor, outside: float = -8.0) -> Tensor:
        """(K, h, w) logits of the view to (K, H, W) of the frame, smooth between the grid points."""
        size = self.box.size
        fine = F.interpolate(logits[None].float(), size=size, mode="bicubic", align_corners=False)[0]
        if self.box == self.full:
            return fine
        whole = fine.new_full((fine.shape[0], *self.full.size), outside)
        whole[:, self.box.top : self.box.bottom, self.box.left : self.box.right] = fine
        return whole

    def _resize(self, image: Tensor) -> Tensor:
        shrinks = image.shape[-2] > self.input_size[0] or image.shape[-1] > self.input_size[1]
        return F.interpolate(image, size=self.input_size, mode="bilinear", align_corners=False, antialias=shrinks)


def _to_stride(length: float) -> int:
    return max(STRIDE * 2, round(length / STRIDE) * STRIDE)
