"""How much of its volume a left ventricle ejects, from one view or two.

Not for clinical use; formulas and their sources in `ventricle`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rabengine.errors import InputError

from .beats import Beats, find_beats
from .landmarks import GivenLandmarks, Landmarks, find_landmarks
from .ventricle import VentricleView, area_length_volume, disc_volume, ventricle_view

AREA_LENGTH, DISCS, BIPLANE = "area-length", "discs", "biplane"
ONE_BEAT = "No whole beat was found, so the largest and the smallest area of the cine are taken for its ends."
CUT_OFF = "The ventricle reaches the edge of the picture, beyond which nothing is measured: its volumes are too small."
UNLIKE_LENGTHS = "The long axes of the two views differ by more than 10 %: one of the views is foreshortened."
SECOND_VIEW = "Second view"  # begins what is to be known of it
_UNLIKE = 0.1


@dataclass(frozen=True)
class Ejection:
    """Volumes at the ends of a beat, in the cube of the unit of lengths.

    Attributes:
        method: AREA_LENGTH, DISCS or BIPLANE.
        ed, es: frames of end-diastole and end-systole.
        ed_volume, es_volume: on these.
        by_beat: the ejection fraction of every beat in percent; one value where there is one beat.
    """

    method: str
    ed: int
    es: int
    ed_volume: float
    es_volume: float
    by_beat: tuple[float, ...] = ()

    @property
    def percent(self) -> float:
        """EF = (EDV - ESV) / EDV, at most 100; negative when the ventricle shortens more than it narrows."""
        return 100.0 * (self.ed_volume - self.es_volume) / self.ed_volume


@dataclass(frozen=True)
class Ventricle:
    """A left ventricle in one view.

    Attributes:
        ed, es: end-diastole and end-systole of the beat whose ejection fraction is the median of all, the lower one
            of two.
        beat: first and last frame of that beat, as far as the cine goes; of the cine where no beat was found.
        ends: (end-diastole, end-systole) of every beat.
        views: {frame: what it measures}, of the ends of all beats at least.
        landmarks: likewise.
        area_length, discs: volumes and ejection fractions.
        warnings: what to know of them.
    """

    ed: int
    es: int
    beat: tuple[int, int]
    ends: tuple[tuple[int, int], ...]
    views: Mapping[int, VentricleView]
    landmarks: Mapping[int, Landmarks]
    area_length: Ejection
    discs: Ejection
    warnings: tuple[str, ...] = ()

    def strain(self, frame: int) -> float:
        """Longitudinal strain in percent against end-diastole: (L - L_ED) / L_ED of the outline from hinge to hinge.

        It is the global longitudinal strain by the length of the endocardial outline; negative where it shortens.
        """
        start = self.views[self.ed].outline
        return 100.0 * (self.views[frame].outline - start) / start

    @property
    def peak_strain(self) -> float:
        """The smallest `strain` of the beat, in percent: that of another beat is not to be read beside its volumes."""
        first, last = self.beat
        return min(self.strain(frame) for frame in self.views if first <= frame <= last)


def ends_of_beats(areas: np.ndarray, times: np.ndarray, found: Beats | None = None) -> tuple[tuple[int, int], ...]:
    """(end-diastole, end-systole) of each beat; of a cine without one the largest and the smallest area.

    Of areas alike the first is taken.

    Args:
        areas: (T,), NaN where the segment is not.
        times: (T,) of the frames.
        found: the beats of these areas, where they were found before.

    Returns:
        Empty where the segment is on fewer than two frames.
    """
    known = np.flatnonzero(np.isfinite(areas))
    if len(known) < 2:
        return ()
    beats = (found or find_beats(areas, times)).beats
    if beats:
        return tuple((beat.ed, beat.es) for beat in beats)
    return ((int(known[areas[known].argmax()]), int(known[areas[known].argmin()])),)


def measure_ventricle(
    mask_of: Callable[[int], np.ndarray],
    areas: np.ndarray,
    times: np.ndarray,
    pixel: np.ndarray,
    given: Mapping[int, GivenLandmarks] | None = None,
    on_all_frames: bool = False,
) -> Ventricle | None:
    """Volumes and ejection fractions of a segment that is a left ventricle in a long-axis view.

    Args:
        mask_of: gives the (H, W) bool mask of a frame.
        areas: (T,) of these masks in any unit, NaN where the segment is not.
        times: (T,) of the frames.
        pixel: (x, y) size of a pixel; (1, 1) where it is not known: ratios are right then for square pixels.
        given: {frame: apex and mitral plane that a person says}.
        on_all_frames: measure every frame that shows it, not only the ends of beats.

    Returns:
        None when the segment is on fewer than two frames.

    Raises:
        InputError: a mitral plane that was given leaves nothing of the ventricle.
    """
    beats = find_beats(areas, times)
    ends = ends_of_beats(areas, times, beats)
    if not ends:
        return None
    needed = sorted({frame for pair in ends for frame in pair})
    frames = [int(frame) for frame in np.flatnonzero(np.isfinite(areas))] if on_all_frames else needed
    masks = {frame: mask_of(frame) for frame in frames}
    found = find_landmarks(masks, pixel, given, voting=needed)
    views = {frame: ventricle_view(masks[frame], pixel, marks) for frame, marks in found.by_frame.items()}
    for frame, view in views.items():
        if view.area <= 0:
            raise InputError(
                f"On frame {frame} nothing of the ventricle lies on the apex's side of the mitral plane.",
                "Give other points for it.",
            )
    volumes = {frame: area_length_volume(view.area, view.length) for frame, view in views.items()}
    pairs = sorted(ends, key=lambda pair: _percent(volumes, pair))
    ed, es = pairs[(len(pairs) - 1) // 2]
    end = next((beat.end for beat in beats.beats if beat.ed == ed), None)
    discs = {frame: disc_volume(view) for frame, view in views.items()}
    return Ventricle(
        ed=ed,
        es=es,
        beat=(ed if beats.beats else 0, len(areas) - 1 if end is None else end),
        ends=ends,
        views=views,
        landmarks=found.by_frame,
        area_length=_ejection(AREA_LENGTH, volumes, (ed, es), ends),
        discs=_ejection(DISCS, discs, (ed, es), ends),
        warnings=(
            *found.warnings,
            *((CUT_OFF,) if any(views[frame].is_cut_off for frame in needed) else ()),
            *(() if beats.beats else (ONE_BEAT,)),
        ),
    )


def biplane(first: Ventricle, second: Ventricle) -> tuple[Ejection, tuple[str, ...]]:
    """Volumes and ejection fraction by discs of two views at right angles, such as apical four and two chamber.

    Each cine's own end-diastole and end-systole are taken, for the two were recorded in different beats. Lengths of
    both are to be in one unit.

    Returns:
        The ejection, with the frames of the first cine, and what to know of it: of each view, and of the two together.
    """
    pairs = [(first.views[one], second.views[other]) for one, other in ((first.ed, second.ed), (first.es, second.es))]
    ed_volume, es_volume = (disc_volume(view, other) for view, other in pairs)
    unlike = any(abs(a.length - b.length) > _UNLIKE * max(a.length, b.length) for a, b in pairs[:1])
    found = Ejection(BIPLANE, first.ed, first.es, ed_volume, es_volume)
    doubts = (*first.warnings, *(f"{SECOND_VIEW}: {text}" for text in second.warnings))
    return found, (*doubts, *((UNLIKE_LENGTHS,) if unlike else ()))


def _ejection(
    method: str, volumes: Mapping[int, float], chosen: tuple[int, int], ends: tuple[tuple[int, int], ...]
) -> Ejection:
    by_beat = tuple(_percent(volumes, pair) for pair in ends)
    return Ejection(method, *chosen, volumes[chosen[0]], volumes[chosen[1]], by_beat)


def _percent(volumes: Mapping[int, float], pair: tuple[int, int]) -> float:
    return 100.0 * (volumes[pair[0]] - volumes[pair[1]]) / volumes[pair[0]]
