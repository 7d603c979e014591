"""What the benchmark measures: presets and other methods on cines of different lengths and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rabengine.presets import DEFAULT, PRESETS

USE = "use"
FRAMES = "frames"
PIXELS = "pixels"
CLICKS = "clicks"
GROWING = ("fast", DEFAULT)  # whose growth is measured where nobody says which


@dataclass(frozen=True)
class Scenario:
    """One cine and one preset or other method.

    Attributes:
        group: USE (a 30-frame 256 x 256 cine and its correction), FRAMES or PIXELS (what grows), or CLICKS.
        preset: of the request, the name of another method, or CLICKS.
        frames: number of frames.
        height: rows of a frame.
        width: columns of a frame.
        is_corrected: also mark a second frame afterwards and measure the warm request.
    """

    group: str
    preset: str
    frames: int
    height: int
    width: int
    is_corrected: bool = False


def all_scenarios(is_quick: bool, names: Sequence[str] = ()) -> list[Scenario]:
    """The scenarios of a run, group by group.

    Args:
        is_quick: fewer and smaller ones.
        names: of presets and other methods; every preset without one, and how two of them grow.
    """
    growing = names or (GROWING[:1] if is_quick else GROWING)
    used = names or ((DEFAULT,) if is_quick else PRESETS.names())
    lengths = (30, 100) if is_quick else (30, 100, 300, 1000)
    sizes = ((256, 256), (512, 512)) if is_quick else ((256, 256), (512, 512), (768, 1024))
    clicked = () if names else sizes  # clicks are answered by no preset
    return [
        *(Scenario(USE, name, 30, 256, 256, is_corrected=True) for name in used),
        *(Scenario(CLICKS, CLICKS, 8, *size) for size in clicked),
        *(Scenario(FRAMES, name, frames, 256, 256) for name in growing for frames in lengths),
        *(Scenario(PIXELS, name, 30, *size) for name in growing for size in sizes),
    ]
