"""How much of names, numbers and dates that are drawn into moving phantoms `burned_text` covers.

PYTHONPATH=Testing:RABSegment python -m tools.measure_text
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rabengine.exchange.burned_text import find_text
from rabengine.synthetic.phantom import beating_ellipse

TEXTS = ("DOE^JANE", "Meyer, Anna", "2024-11-03 14:22", "ID 881234", "Müller K 03.11.2024")
ROWS, COLUMNS, FRAMES = 240, 320, 20
PHANTOMS, DRAWN = 3, 20  # texts in each
SEEN = 20  # grey values by which a pixel of a letter differs from the picture


def with_text(frames: np.ndarray, text: str, place: tuple[int, int], size: int, colour: tuple[int, ...]) -> np.ndarray:
    """(T, H, W, 3)."""
    made = []
    for frame in frames:
        picture = Image.fromarray(frame).convert("RGB")
        ImageDraw.Draw(picture).text(place, text, fill=colour, font=ImageFont.load_default(size))
        made.append(np.asarray(picture))
    return np.stack(made)


def main() -> None:
    rng = np.random.default_rng(0)
    shares = []
    for seed in range(PHANTOMS):
        frames = np.asarray(beating_ellipse(FRAMES, ROWS, COLUMNS, seed=seed)[0], np.uint8)
        print(f"phantom {seed} without text: {find_text(frames)[0]}")
        for number in range(DRAWN):
            size = int(rng.integers(9, 22))
            place = int(rng.integers(5, 150)), int(rng.integers(5, 210))
            light = int(rng.integers(140, 256))
            colour = (light, light, light) if number % 3 else (light, light // 2, 40)
            drawn = with_text(frames, TEXTS[number % len(TEXTS)], place, size, colour)
            letters = (np.abs(drawn.astype(int) - frames[..., None]) > SEEN).any(axis=(0, 3))
            covered = np.zeros((ROWS, COLUMNS), bool)
            for left, top, width, height in find_text(drawn if number % 3 == 0 else drawn[..., 0])[0]:
                covered[top : top + height, left : left + width] = True
            shares.append(float((letters & covered).sum() / letters.sum()))
    found, whole = sum(share > 0.3 for share in shares), sum(share >= 0.95 for share in shares)
    print(f"{len(shares)} texts: {found} found, {whole} covered to 95 % and more, the least to {min(shares):.0%}")


if __name__ == "__main__":
    main()
