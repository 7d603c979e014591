"""Masks that move with the tissue: the motion of the cine, found before anything is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.choices import choice
from rabengine.session.step import Cost, Phase

if TYPE_CHECKING:
    from rabengine.session.work import Work

TRACKING = Phase("tracking", 0.03)


@dataclass(frozen=True)
class MotionTracking:
    """Carry the marked masks along with the motion; propagations and the result weigh them in (beyond the paper).

    Attributes:
        least_likeness: of a frame with the marked one along the mask's edge, at which what is carried has half the say.
        enough_followed: where motion leads to more than this share of the frames, steps that make up for it do nothing.
    """

    is_seeded: ClassVar[bool] = False
    least_likeness: float = choice(0.8, 0, 1)
    enough_followed: float = choice(0.9, 0, 1)

    def costs(self, work: Work) -> list[Cost]:
        return [(TRACKING, work.tracks(self.least_likeness).steps())]

    def run(self, work: Work) -> None:
        tracks = work.tracks(self.least_likeness)
        work.progress.begin(TRACKING, tracks.steps())
        tracks.follow(work.progress.advance)
        work.tracked = tracks
        work.is_followed = tracks.followed > self.enough_followed
        if work.is_followed:
            work.hand_out_carried()
