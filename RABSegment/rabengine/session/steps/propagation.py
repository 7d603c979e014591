"""The first propagation, in a crop of the frame where the objects are small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.choices import choice
from rabengine.session.step import Cost

if TYPE_CHECKING:
    from rabengine.session.work import Work


@dataclass(frozen=True)
class FirstPropagation:
    """Propagate from the marks: the first usable result, which is handed out.

    Attributes:
        crop: propagate again in a crop round the objects when they are small.
    """

    is_seeded: ClassVar[bool] = False
    crop: bool = choice(True)

    def costs(self, work: Work) -> list[Cost]:
        """One propagation, and one in a crop that is still to be found."""
        return [work.propagation_cost] * (2 if self.crop and work.box is None else 1)

    def run(self, work: Work) -> None:
        """In the crop of an earlier request where there is one, unless something leaves it."""
        from rabengine.propagation.crop import leaves_crop

        work.propagate_anew()
        work.hand_out()
        if work.box is None:
            if self.crop:
                _crop_if_small(work)
        elif leaves_crop(work.found(), work.box, work.task.known_frames(), work.store.view):
            work.see(None)
            work.then(_WholeFrame())


@dataclass(frozen=True)
class _WholeFrame:
    """The first propagation in the whole frame after all, and again in another crop."""

    def costs(self, work: Work) -> list[Cost]:
        return [work.propagation_cost] * 2

    def run(self, work: Work) -> None:
        work.propagate_anew()
        _crop_if_small(work)


@dataclass(frozen=True)
class _Crop:
    """The first propagation in the crop that was found."""

    def costs(self, work: Work) -> list[Cost]:
        return [work.propagation_cost]

    def run(self, work: Work) -> None:
        work.propagate_anew()


def _crop_if_small(work: Work) -> None:
    """Find the crop, for later requests too, and go on in it where it is worth it."""
    from rabengine.propagation.crop import find_crop

    box = find_crop(work.found(), work.task.marks, work.store.view)
    work.keep_crop(box)
    if box is not None:
        work.see(box)
        work.then(_Crop())
