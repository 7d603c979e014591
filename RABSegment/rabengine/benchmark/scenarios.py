"""What the benchmark measures: presets on cines of different lengths and sizes."""

from __future__ import annotations

from dataclasses import dataclass

USE = "use"
FRAMES = "frames"
PIXELS = "pixels"
PRESETS = ("image", "fast", "balanced", "accurate", "paper")
DEFAULT_PRESET = "balanced"


@dataclass(frozen=True)
class Scenario:
    """One cine and one preset.

    Attributes:
        group: USE (a 30-frame 256 x 256 cine and its correction), FRAMES or PIXELS (what grows).
        preset: of the request.
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


def all_scenarios(is_quick: bool) -> list[Scenario]:
    """The scenarios of a run, cheap ones first in each group."""
    if is_quick:
        return [
            Scenario(USE, DEFAULT_PRESET, 30, 256, 256, is_corrected=True),
            *(Scenario(FRAMES, "fast", frames, 256, 256) for frames in (30, 100)),
            *(Scenario(PIXELS, "fast", 30, side, side) for side in (256, 512)),
        ]
    growing = ("fast", DEFAULT_PRESET)
    return [
        *(Scenario(USE, preset, 30, 256, 256, is_corrected=True) for preset in PRESETS),
        *(Scenario(FRAMES, preset, frames, 256, 256) for preset in growing for frames in (30, 100, 300, 1000)),
        *(Scenario(PIXELS, preset, 30, *size) for preset in growing for size in ((256, 256), (512, 512), (768, 1024))),
    ]
