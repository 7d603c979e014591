"""Small pictures of a study's cines for the page, made one at a time as it asks for them."""

from __future__ import annotations

import asyncio

from rabengine.study import Study
from RABSegmentLib.Session.StudyPictures import cinePicture

_MOST_AT_HAND = 2000


class Thumbnails:
    """Small pictures of cines.

    Args:
        study: whose.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._at_hand: dict[int, bytes | None] = {}
        self._one = asyncio.Semaphore(1)  # reading cines is for who works; a picture can wait

    async def png(self, number: int) -> bytes | None:
        """The middle frame of a cine; None where it cannot be read."""
        if number not in self._at_hand:
            async with self._one:
                if number not in self._at_hand:
                    if len(self._at_hand) >= _MOST_AT_HAND:
                        self._at_hand.clear()
                    self._at_hand[number] = await asyncio.to_thread(cinePicture, self._study, number)
        return self._at_hand[number]
