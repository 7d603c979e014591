"""What the name of a segment says of it, as far as measurements depend on that."""

from __future__ import annotations

import re

_SOLID = re.compile(
    r"\b(walls?|myo\w*|epi(card\w*)?|septum|septal|muscles?|papillary|mass|thromb\w*|clots?|plaques?|intima\w*|media|"
    r"adventitia|outflow|valves?|leaflets?|annulus|stents?|catheters?|leads?|wires?|needles?|fat)\b",
    re.IGNORECASE,
)


def is_of_cavity(name: str) -> bool:
    """False where a name says that a segment is a wall, or something in or beside a cavity: "LV myocardium" is no
    left ventricle whose area is that of its blood, and "carotid plaque" no carotid."""
    return _SOLID.search(name.replace("_", " ")) is None
