"""How far the result can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rabengine.session.step import Cost

if TYPE_CHECKING:
    from rabengine.session.work import Work


@dataclass(frozen=True)
class Check:
    """Reverse classification accuracy of the result, for its confidence."""

    is_seeded: ClassVar[bool] = False

    def costs(self, work: Work) -> list[Cost]:
        return [work.check_cost]

    def run(self, work: Work) -> None:
        work.scores = work.check()
