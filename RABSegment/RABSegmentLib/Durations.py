"""Times as people say them."""

from __future__ import annotations

from .Translation import tr as _


def durationText(seconds: float) -> str:
    """How long something takes, as people say it: seconds up to one and a half minutes, then minutes, then hours."""
    whole = max(round(seconds), 1)
    if whole < 90:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return _("{minutes} min").format(minutes=minutes)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
