"""What is known of a cine beside its pixels, as JSON can carry it from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rabengine.cine import Cine

_FIELDS = (
    "spacing",
    "origin",
    "direction",
    "index_name",
    "index_unit",
    "index_values",
    "source",
    "slice_spacing",
    "warnings",
)


def cine_record(cine: Cine) -> dict[str, Any]:
    """All attributes of a cine but its frames; plain numbers, texts and lists."""
    return {name: _plain(getattr(cine, name)) for name in _FIELDS}


def cine_of_record(record: Mapping[str, Any], frames: np.ndarray) -> Cine:
    """The cine that a record was made of.

    Args:
        record: of `cine_record`, also after it was JSON.
        frames: (T, H, W) or (T, H, W, 3).

    Raises:
        KeyError: something is missing in the record.
    """
    values: dict[str, Any] = {}
    for name in _FIELDS:
        value = record[name]
        values[name] = tuple(value) if isinstance(value, list) else value
    return Cine(frames, **values)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value
