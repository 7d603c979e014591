"""All formats of the exchange: our own, and those that other packages add.

A package adds one by an entry point of the group "rabsegment.exchange" that names an `ExchangeFormat` object or a class
without arguments that makes one.
"""

from __future__ import annotations

from pathlib import Path

from rabengine.registry import Registry

from .format import ExchangeFormat

FORMATS: Registry[ExchangeFormat] = Registry(
    "exchange format",
    "rabsegment.exchange",
    # In the order in which they are asked whose a folder is: the most particular first.
    {
        "nnunet": "rabengine.exchange.nnunet:NnUNet",
        "davis": "rabengine.exchange.davis:Davis",
        "youtube-vos": "rabengine.exchange.youtube_vos:YouTubeVos",
        "yolo": "rabengine.exchange.yolo:Yolo",
        "coco": "rabengine.exchange.coco:Coco",
        "cvat": "rabengine.exchange.cvat:Cvat",
        "pairs": "rabengine.exchange.pairs:Pairs",
        "dicom-seg": "rabengine.exchange.dicom:DicomSegmentation",
        "dicom-labelmap": "rabengine.exchange.dicom:DicomLabelMap",
        "dicom-sr": "rabengine.exchange.dicom:DicomReport",
    },
    lambda found: isinstance(found, ExchangeFormat) and not isinstance(found, type),
)


def format_of(path: Path) -> tuple[str, ExchangeFormat] | None:
    """The name and the format of a file or folder, None when it is of none of them."""
    if not path.exists():
        return None
    return next(((name, one) for name, one in FORMATS.all() if one.recognizes(path)), None)
