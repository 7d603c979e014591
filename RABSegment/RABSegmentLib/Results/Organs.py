"""What a segment is by its name, as far as it is measured in a way of its own."""

from __future__ import annotations

import re

from rabengine.measurement.names import is_of_cavity

from .Measuring import isNamedAsVentricle

VENTRICLE, VESSEL, GLOTTIS = "ventricle", "vessel", "glottis"  # words of `rabengine.measurement`
_NAMES = {
    VESSEL: re.compile(r"\b(vessels?|arter(y|ies)|veins?|carotid|aorta|lymphatic\w*|lumen)\b", re.IGNORECASE),
    GLOTTIS: re.compile(r"\b(glottis|glottal)\b", re.IGNORECASE),
}


def organOf(name: str) -> str | None:
    """The engine's word for a segment that is named as a left ventricle, a vessel or the glottis; None for others, such
    as the wall of one."""
    if not is_of_cavity(name):
        return None
    if isNamedAsVentricle(name):
        return VENTRICLE
    return next((word for word, pattern in _NAMES.items() if pattern.search(name)), None)
