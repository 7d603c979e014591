"""The sample cine: in the module Sample Data, and in the panel's menu *Open...*."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from rabengine.demo.sample import sample_cine_path
from rabengine.errors import InputError
from RABSegmentLib.Scene.CineLoading import loadCine

SAMPLE_NAME = "Echocardiogram"
_ICONS = Path(__file__).resolve().parents[1] / "Resources" / "Icons"


def registerSampleData() -> None:
    """Offer the sample cine in the module Sample Data, where this Slicer's pydicom has it."""
    import SampleData

    try:
        path = sample_cine_path()
    except InputError as error:
        logging.info(f"Segment Video offers no sample cine: {error}")
        return
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="RABSegment",
        sampleName=SAMPLE_NAME,
        uris=path.as_uri(),
        fileNames=f"{SAMPLE_NAME}.dcm",
        nodeNames=SAMPLE_NAME,
        thumbnailFileName=str(_ICONS / f"{SAMPLE_NAME}.png"),
        customDownloader=loadSampleCine,
    )


def loadSampleCine(_source: Any = None) -> Any:
    """The browser of an apical echocardiogram of 30 frames; it comes with pydicom, nothing is downloaded."""
    with slicer.util.tryWithErrorDisplay(_("The sample cine cannot be opened."), waitCursor=True):
        return loadCine(slicer.mrmlScene, sample_cine_path()).browserNode
