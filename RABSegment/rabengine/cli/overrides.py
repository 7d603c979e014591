"""The option `--set KEY=VALUE`: a choice that differs from the presets'."""

from __future__ import annotations

from collections.abc import Sequence

from rabengine.errors import InputError
from rabengine.presets import choice_kinds


def parse_overrides(options: Sequence[str]) -> dict[str, object]:
    """The values of the options KEY=VALUE, of the type that the choice has.

    Raises:
        InputError: an option is not of that form, or no preset has such a choice.
    """
    kinds = choice_kinds()
    chosen: dict[str, object] = {}
    for option in options:
        key, equals, text = option.partition("=")
        if not equals or key not in kinds:
            raise InputError(f"--set {option} is not a choice of a preset.", f"Take KEY=VALUE with {', '.join(kinds)}.")
        try:
            chosen[key] = _as_kind(text, kinds[key])
        except ValueError as error:
            raise InputError(
                f"--set {option} has a value of the wrong type.", f"Give a {kinds[key].__name__}."
            ) from error
    return chosen


def _as_kind(text: str, kind: type) -> object:
    if kind is bool:
        values = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in values:
            raise ValueError(text)
        return values[text.lower()]
    return kind(text)
