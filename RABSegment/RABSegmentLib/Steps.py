"""Long work in steps, between which whoever has it done may do something else, such as answer its user."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")
Steps: TypeAlias = Generator[None, None, Result]


def allOf(steps: Steps[Result]) -> Result:
    """What comes of the work, done at a stretch."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
