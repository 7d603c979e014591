"""Tells Slicer's segment editors of the effect *Mark by clicks*."""

from __future__ import annotations

import logging
from pathlib import Path

import slicer

EFFECT_NAME = "Mark by clicks"
EFFECT = Path(__file__).resolve().parents[1] / "RABSegmentEffect" / "SegmentEditorEffect.py"


def registerEffect() -> None:
    """Offer the effect in all segment editors from now on; does nothing where it is offered already."""
    if hasattr(slicer, EFFECT.parent.name):  # Slicer names the object there that it makes of the file
        return
    try:
        import qSlicerSegmentationsEditorEffectsPythonQt as effects
    except ImportError:  # Slicer without its segment editor
        logging.info("Segment Video offers no effect: this application has no segment editor.")
        return
    effect = effects.qSlicerSegmentEditorScriptedEffect(None)
    if effect.setPythonSource(EFFECT.as_posix()):
        effect.self().register()
