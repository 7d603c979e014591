"""One value a pixel from masks that were saved with colour channels or alpha."""

from __future__ import annotations

import numpy as np

from rabengine.errors import InputError

_LOSSY_DIFFERENCE = 24  # of 255 between the channels of a grey that was stored with loss
_FAINT = 0.25  # of the highest alpha; less is the end of a soft edge
_OPAQUE_LABEL = 255  # of a segment that only alpha shows, as in masks of 0 and 255


def label_plane(pixels: np.ndarray, name: str, is_lossy: bool = False) -> tuple[np.ndarray, tuple[str, ...]]:
    """(H, W) values of a mask, and a sentence where its alpha channel decided.

    What is transparent is background. A picture that has one colour only is drawn by its alpha alone.

    Args:
        pixels: (H, W), or (H, W, channels) of grey, grey and alpha, RGB, or RGBA; of any real type.
        name: of the mask, for messages.
        is_lossy: channels of a grey pixel may differ a little.

    Raises:
        InputError: the mask is in colour.
    """
    if pixels.ndim == 2:
        return pixels, ()
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4):
        raise InputError(f"{name} has pixels of shape {pixels.shape}, which are no labels.", "Save it as grey PNG.")
    channels = pixels.shape[2]
    colours = pixels[..., : channels - 1] if channels in (2, 4) else pixels
    alpha = pixels[..., -1] if channels in (2, 4) else None
    if alpha is None or alpha.min() == alpha.max():
        return _grey(colours, name, is_lossy), ()
    visible = alpha > _weakest_drawn(alpha) / 2
    shown = colours[visible]
    warning = f"{name} is transparent in part: what is transparent is taken as background."
    if len(shown) and (shown == shown[0]).all():
        value = int(shown[0, 0]) if (shown[0] == shown[0, 0]).all() else 0
        label = value if 0 < value <= _OPAQUE_LABEL else _OPAQUE_LABEL
        return np.where(visible, label, 0), (f"{warning} It has one colour, so all else is segment {label}.",)
    return _grey(np.where(visible[..., np.newaxis], colours, 0), name, is_lossy), (warning,)


def _weakest_drawn(alpha: np.ndarray) -> float:
    """The lowest alpha with which something was drawn: brushes are often half transparent, edges are soft."""
    highest = float(alpha.max())
    even = alpha == highest
    even[1:-1, 1:-1] |= _is_even(alpha)
    levels = alpha[even & (alpha >= _FAINT * highest)]
    return float(levels.min()) if levels.size else highest


def _is_even(alpha: np.ndarray) -> np.ndarray:
    """(H - 2, W - 2) bool: inner pixels like the eight around them."""
    rows, columns = alpha.shape
    middle = alpha[1:-1, 1:-1]
    even = np.ones(middle.shape, bool)
    for down in range(3):
        for right in range(3):
            even &= alpha[down : rows - 2 + down, right : columns - 2 + right] == middle
    return even


def _grey(colours: np.ndarray, name: str, is_lossy: bool) -> np.ndarray:
    """(H, W) of (H, W, channels) that are alike.

    Raises:
        InputError: they are not.
    """
    first = colours[..., 0]
    limit = _LOSSY_DIFFERENCE if is_lossy else 0
    for channel in range(1, colours.shape[2]):
        other = colours[..., channel]
        if not np.array_equal(first, other) and (
            limit == 0 or np.abs(first.astype(float) - other.astype(float)).max() > limit
        ):
            raise InputError(
                f"{name} is a colour picture, so its labels are not clear.",
                "Save it as a grey or palette image whose values are the segments' numbers.",
            )
    return np.median(colours, axis=2).astype(first.dtype) if is_lossy and colours.shape[2] == 3 else first
