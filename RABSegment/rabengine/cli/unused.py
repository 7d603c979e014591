"""Options that do nothing in the mode that is asked for: they are refused, never passed over."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from rabengine.errors import InputError

_DEFAULTS = "defaults_of_options"


def tell_given_apart(parser: argparse.ArgumentParser) -> None:
    """Let `refuse_unused` know which options were given, also with their defaults; call it when all are added."""
    defaults: dict[str, tuple[str, object]] = {}
    for action in parser._actions:
        if not action.option_strings or action.default is argparse.SUPPRESS:
            continue
        defaults[action.dest] = (action.option_strings[-1], action.default)
        if action.help:
            action.help = action.help.replace("%(default)s", str(action.default).replace("%", "%%"))
        action.default = None
    parser.set_defaults(**{_DEFAULTS: defaults})


def refuse_unused(options: argparse.Namespace, unused: Collection[str], mode: str) -> None:
    """Set what was not given to its default.

    Args:
        options: as they were parsed.
        unused: names of the options that the mode does not use, as `argparse` calls them.
        mode: what was asked for, for people, as "with --interactive".

    Raises:
        InputError: an option was given that does nothing in this mode.
    """
    defaults: dict[str, tuple[str, object]] = getattr(options, _DEFAULTS)
    vain = []
    for name, (flag, default) in defaults.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
        elif name in unused:
            vain.append(flag)
    if vain:
        does, them = ("does", "it") if len(vain) == 1 else ("do", "them")
        raise InputError(f"{', '.join(vain)} {does} nothing {mode}.", f"Leave {them} out.")
