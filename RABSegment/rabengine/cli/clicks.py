"""Points on the command line; imported before anything that may fail to load."""

from __future__ import annotations

from collections.abc import Sequence

CLICK, BOX = "--click", "--box"


def join_clicks(arguments: Sequence[str]) -> list[str]:
    """Arguments in which a click is one with its option: argparse takes `-40,60` for an option of its own."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in (CLICK, BOX):
            joined[-1] = f"{joined[-1]}={argument}"
        else:
            joined.append(argument)
    return joined
