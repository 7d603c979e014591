"""Which cine of a study, and which frame of it, a person had best look at next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .likeness import gains
from .records import FAILED, GIVEN, PREDICTED, StudyCine
from .study import Study


@dataclass(frozen=True)
class NextCine:
    """A cine to look at.

    Attributes:
        cine: its number. name, path: of the cine. frame: to begin with.
        why: a sentence.
    """

    cine: int
    name: str
    path: str
    frame: int
    why: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return dict(vars(self))


def next_cine(study: Study, without: Collection[int] = ()) -> NextCine | None:
    """The cine whose marking helps the study most, among those that nobody has checked; None where nobody is needed.

    A cine that needs a person comes before one that does not, and one that was predicted before one that waits. Of
    those that need a person, its own doubt counts, and that of others as far as they are like it (`likeness.gains`).

    Args:
        without: cines that are not named, such as the one that is being looked at.
    """
    known = study.cines()
    cines = [cine for cine in known if cine.id not in without]
    predicted = [cine for cine in cines if cine.status == PREDICTED and cine.prediction is not None]
    if predicted:
        needing = {cine.id: _doubt(cine) for cine in predicted if cine.prediction and cine.prediction.needs_person}
        found, others = gains(needing, study.appearances() if len(needing) > 1 else {})
        chosen = min(predicted, key=lambda cine: (-found.get(cine.id, 0.0), -_doubt(cine), cine.id))
        return _of(chosen, others.get(chosen.id, 0))
    unmarked = [cine for cine in cines if not cine.marks and cine.status != FAILED]
    if unmarked and not any(cine.marks for cine in known):
        return _first(unmarked[0], "No cine of the study has a mark yet.")
    waiting = [cine for cine in unmarked if cine.prediction is None]
    return _first(waiting[0], "It has no prediction yet; a run of the study may make one.") if waiting else None


def _doubt(cine: StudyCine) -> float:
    assert cine.prediction is not None
    return max(1 - cine.prediction.confidence, 1e-6)


def _of(cine: StudyCine, alike: int) -> NextCine:
    found = cine.prediction
    assert found is not None
    others = "one other cine" if len(found.carried) == 1 else f"{len(found.carried)} other cines"
    if GIVEN in found.carried:
        others = "the structure file" if len(found.carried) == 1 else "the structure file and of other cines"
    origin = f"from marks of {others}" if found.carried else "from marks of its own"
    need = "Needs a person" if found.needs_person else "Least sure of those that nobody has checked"
    like = f"; {alike} other{'s are' if alike > 1 else ' is'} like it" if alike else ""
    why = f"{need}: {found.why}; it was predicted {origin}{like}."
    return NextCine(cine.id, cine.name, str(cine.path), found.next_frame or 0, why)


def _first(cine: StudyCine, why: str) -> NextCine:
    return NextCine(cine.id, cine.name, str(cine.path), 0, why)
