"""Several cines in one file or folder: the user says which one, or is told what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rabengine.errors import ChoiceError, InputError

_MOST_LISTED = 12


@dataclass(frozen=True)
class CineChoice:
    """One of several cines.

    Attributes:
        label: what the user gives to choose it, such as "3" or "3.1"; a part before a dot names the group it is in.
        description: for people, such as "slice at 12.0 mm, 25 frames".
        frames: numbers of its frames (or files) in the list that was divided.
        length: how many frames it makes, where that is not the number of `frames`.
        aliases: other words that choose it, such as the UID of a series.
    """

    label: str
    description: str
    frames: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    length: int | None = None

    @property
    def listing(self) -> str:
        """As errors list it; it chooses it, too."""
        return f"{self.label} ({self.description})"

    @property
    def is_cine(self) -> bool:
        """Whether it makes more than one frame."""
        return (len(self.frames) if self.length is None else self.length) > 1


def chosen(choices: Sequence[CineChoice], wanted: str | None, source: str, what: str) -> CineChoice:
    """The one choice that there is, or that the user named.

    Args:
        wanted: `ReadOptions.series`; it may be given also where there is only one.
        source: the file or folder, for messages.
        what: it holds several of, such as "series or slice positions".

    Raises:
        ChoiceError: there are several and none was named, or none has that name; it lists them.
        InputError: none of them is a cine.
    """
    if wanted is None:
        if len(choices) == 1:
            return choices[0]
        raise _refusal(choices, f"{source} holds {len(choices)} {what}")
    word = wanted.strip()
    found = [one for one in choices if word in (one.label, one.listing)] or [
        one for one in choices if word in one.aliases or one.label.startswith(f"{word}.")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise _refusal(found, f"{source} holds {len(found)} {what} under {word}")
    raise _refusal(choices, f"{source} holds no {word}")


def _refusal(choices: Sequence[CineChoice], what: str) -> InputError:
    listed = "; ".join(one.listing for one in choices[:_MOST_LISTED])
    more = f"; and {len(choices) - _MOST_LISTED} more" if len(choices) > _MOST_LISTED else ""
    cines = [one for one in choices if one.is_cine]
    if not cines:
        return InputError(f"{what} of one frame each: {listed}{more}.", "Give frames of one place, taken one by one.")
    hint = f"Choose one, such as with --series {cines[0].label}."
    return ChoiceError(f"{what}: {listed}{more}.", hint, tuple(one.listing for one in cines))
