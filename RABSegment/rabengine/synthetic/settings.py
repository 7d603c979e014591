"""What a clip may do, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[float, float]


@dataclass(frozen=True)
class ClipSettings:
    """Chances that something happens in a clip, and the ranges its strength is drawn from (uniformly unless said).

    Times are frames of a cine at some 25 frames per second; lengths are shares of the view's side.

    Attributes:
        beat: chance that the object contracts periodically, as a heart, a vessel or the glottis does.
        beat_period: frames of one beat, log-uniform.
        beat_contraction: by how much the object shrinks along its axes: its size goes to 1 / (1 + contraction).
        beat_systole: share of the beat in which it contracts; it relaxes in the rest.
        beat_twist: radians of turning about its centre during a beat, either way.
        slide: chance that layers slide along each other across a curve, as muscle under fascia or lung under pleura.
        slide_shift: amplitude. slide_width: width of the zone of shear. slide_period: frames, log-uniform.
        rock: chance that the view moves, as a hand-held probe or scope.
        rock_turn: degrees. rock_shift: amplitude. rock_zoom: share of the size. rock_period: frames, log-uniform.
        rock_rhythm: chance that the view's motion is periodic, as with breathing, instead of irregular.
        drift: chance that tissue bends smoothly and slowly.
        drift_bend: amplitude. drift_period: frames, log-uniform.
        jump: chance that the view changes abruptly once or twice, as when a scope slips or frames are missing.
        jump_turn: degrees at most. jump_shift, jump_zoom: at most.
        leave: chance that the view moves until the object is outside it, and back.
        vanish: chance that the object is truly absent for a while, its place filled with background.
        vanish_gradual: chance that it shrinks before, as a body does that leaves the plane of the scan.
        vanish_slope: share of the clip's time that shrinking takes, and growing back.
        section: chance that an object that vanishes gradually does so part after part instead, as a body does through
            which the plane of the scan moves.
        elsewhere: chance that an object that vanishes returns in another place.
        look_alike: chance of a second copy of the object's look that is not the object.
        strand: chance that the object is a thin structure, drawn on the still and moving by itself.
        away: share of the clip's time that an absence takes.
        grain: chance of speckle. grain_strength: relative amplitude, mostly from the lower end (the square of a uniform
            number). grain_memory: frames after which its correlation is 1/e, log-uniform. grain_spread: pixels of its
            point spread across the beam; along it is a third to all of that. grain_bound: share of its variance that
            moves with the tissue.
        grain_replaced: share of the still's own grain that is taken out in exchange.
        gain: chance that brightness drifts, in all and by depth (time-gain curve). gain_change: relative amplitude.
        shadow: chance of a moving dark sector, as behind a rib or with poor contact. shadow_width: radians.
            shadow_depth: share of the light that is lost in its middle.
        scope_light: chance, for colour pictures, of highlights and a vignette that move.
        blur: chance that focus varies.
        field: chance that the view has a still border of a disc or sector, outside of which all is black.
        black_border: chance that outside the still all is black; it is mirrored there otherwise.
    """

    beat: float = 0.45
    beat_period: Span = (7.0, 45.0)
    beat_contraction: Span = (0.05, 0.8)
    beat_systole: Span = (0.25, 0.5)
    beat_twist: float = 0.15
    slide: float = 0.3
    slide_shift: Span = (0.01, 0.07)
    slide_width: Span = (0.01, 0.04)
    slide_period: Span = (15.0, 80.0)
    rock: float = 0.9
    rock_turn: Span = (0.5, 12.0)
    rock_shift: Span = (0.005, 0.09)
    rock_zoom: Span = (0.0, 0.12)
    rock_period: Span = (15.0, 90.0)
    rock_rhythm: float = 0.25
    drift: float = 0.8
    drift_bend: Span = (0.002, 0.02)
    drift_period: Span = (12.0, 80.0)
    jump: float = 0.12
    jump_turn: float = 30.0
    jump_shift: float = 0.15
    jump_zoom: float = 0.25
    leave: float = 0.08
    vanish: float = 0.12
    vanish_gradual: float = 0.6
    vanish_slope: Span = (0.05, 0.25)
    section: float = 0.0
    elsewhere: float = 0.0
    look_alike: float = 0.0
    strand: float = 0.0
    away: Span = (0.1, 0.3)
    grain: float = 0.75
    grain_strength: Span = (0.02, 0.45)
    grain_memory: Span = (0.4, 20.0)
    grain_spread: Span = (1.0, 7.0)
    grain_bound: Span = (0.0, 0.8)
    grain_replaced: Span = (0.0, 0.8)
    gain: float = 0.7
    gain_change: Span = (0.02, 0.3)
    shadow: float = 0.2
    shadow_width: Span = (0.05, 0.3)
    shadow_depth: Span = (0.3, 0.9)
    scope_light: float = 0.6
    blur: float = 0.4
    field: float = 0.12
    black_border: float = 0.4
