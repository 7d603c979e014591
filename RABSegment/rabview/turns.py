"""Long work that takes turns with the page."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TypeVar

from RABSegmentLib.Steps import Steps

Result = TypeVar("Result")


async def in_turns(steps: Steps[Result]) -> Result:
    """What comes of the work; after each step the page has its turn."""
    with contextlib.closing(steps):  # also where it is cancelled
        while True:
            try:
                next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            await asyncio.sleep(0)
