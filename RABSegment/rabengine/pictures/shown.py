"""What a figure shows of a cine: its segments, their areas, the beats, and which frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from rabengine.cine import Cine
from rabengine.io.legend import Legend
from rabengine.io.table import frame_times
from rabengine.measurement.beats import Beats, find_beats

from .display import DisplayWindow, to_rgb, view_window


@dataclass(frozen=True)
class Shown:
    """A cine with its segments as figures and videos show it.

    Attributes:
        cine: its frames.
        labels: {frame: (H, W) uint8} of the frames that have labels.
        legend: name and colour of the segments to show, by label value.
        hidden: (H, W) bool, pixels that are shown black; None for none.
    """

    cine: Cine
    labels: Mapping[int, np.ndarray]
    legend: Legend
    hidden: np.ndarray | None = None

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds from the first frame, or numbers of frames where there are no times."""
        times = frame_times(self.cine)
        if times is None:
            return np.arange(self.cine.frame_count, dtype=np.float64)
        return np.asarray(times, np.float64) - times[0]

    @property
    def has_times(self) -> bool:
        """Whether `times` are seconds."""
        return frame_times(self.cine) is not None

    @cached_property
    def areas(self) -> dict[int, np.ndarray]:
        """{label value: (T,) pixels of the segment}, NaN on frames without labels."""
        found = {value: np.full(self.cine.frame_count, np.nan) for value in self.legend}
        for frame, labels in self.labels.items():
            counts = np.bincount(labels.ravel(), minlength=256)
            for value, areas in found.items():
                areas[frame] = counts[value]
        return found

    @cached_property
    def beats(self) -> Beats:
        """Of the first segment."""
        return find_beats(self._first_areas, self.times)

    @cached_property
    def ends(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Frames where the first segment is largest and where it is smallest: of each beat, else of the cine."""
        beats = self.beats.beats
        if beats:
            largest = [beat.ed for beat in beats] + ([beats[-1].end] if beats[-1].end is not None else [])
            return tuple(largest), tuple(beat.es for beat in beats)
        areas = self._first_areas
        if not np.isfinite(areas).any() or np.nanmin(areas) == np.nanmax(areas):
            return (), ()
        return (int(np.nanargmax(areas)),), (int(np.nanargmin(areas)),)

    @cached_property
    def _first_areas(self) -> np.ndarray:
        """(T,) of the first segment, NaN where it is not: a frame that does not show it is no end of a beat."""
        areas = self.areas[next(iter(self.legend))]
        return np.where(areas > 0, areas, np.nan)

    def picture(self, frame: int) -> np.ndarray:
        """(H, W, 3) uint8."""
        shown = to_rgb(np.asarray(self.cine.frames[frame]), self._window)
        if self.hidden is not None:
            shown[self.hidden] = 0
        return shown

    @property
    def visible(self) -> Cine:
        """The cine with its hidden pixels as dark as any."""
        if self.hidden is None:
            return self.cine
        frames = np.array(self.cine.frames)
        frames[:, self.hidden] = frames.min()
        return replace(self.cine, frames=frames)

    @cached_property
    def _window(self) -> DisplayWindow:
        return view_window(self.cine.frames)


def moment_text(times: Sequence[float], frame: int) -> str:
    """When a frame was taken after the first, as finely as neighbours can be told apart: "0.04 s", "0.0125 s".

    Args:
        times: (T,) seconds.
    """
    step = (times[-1] - times[0]) / max(len(times) - 1, 1)
    decimals = int(np.clip(np.ceil(-np.log10(step)), 2, 6)) if step > 0 else 2
    return f"{times[frame] - times[0]:.{decimals}f} s"


def frames_to_show(shown: Shown, count: int) -> tuple[int, ...]:
    """So many frames: evenly through the first whole beat, else through what has labels; the ends are among them.

    Args:
        count: 1 or more; fewer frames are given where there are fewer.
    """
    whole = next((beat for beat in shown.beats.beats if beat.end is not None), None)
    if whole is not None and whole.end is not None and count >= 3:
        first, last, wanted = whole.ed, whole.end, {whole.ed, whole.es, whole.end}
    else:
        labelled = sorted(shown.labels)
        first, last = labelled[0], labelled[-1]
        wanted = {places[0] for places in shown.ends if places}
    evenly = np.linspace(first, last, count).round().astype(int).tolist()
    for end in sorted(wanted - set(evenly)):
        free = [place for place, frame in enumerate(evenly) if frame not in wanted]
        if free:
            evenly[min(free, key=lambda place: abs(evenly[place] - end))] = end
    return tuple(sorted(set(evenly)))
