"""How fast clicks are answered: with the features of the frame there, as when it has been looked at, and without."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np

from rabengine.evaluation.interactive.user import next_click, overlap
from rabengine.prompts import Click
from rabengine.session.session import Session

FRAMES = 8  # every second one is clicked without preparation
CLICKS = 3  # on each of the others


def measure_clicks(scenario: Mapping[str, Any], frames: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Click as the user of `evaluate --interactive` does.

    Args:
        scenario: device, and when the process was started.
        frames: (T, H, W) of FRAMES or more. truth: (T, H, W).
    """
    session = Session(frames, device=scenario["device"])
    nothing = np.zeros(truth.shape[1:], bool)
    session.prompt(0, clicks=[next_click(truth[0] > 0, nothing)])
    measured: dict[str, Any] = {"first_click_s": time.time() - float(scenario["started"])}
    features, prepared, at_once, ious = list[float](), list[float](), list[float](), list[float]()
    for frame in range(1, FRAMES):
        wanted, found, clicks = truth[frame] > 0, nothing, list[Click]()
        is_prepared = frame % 2 == 1
        if is_prepared:
            began = time.perf_counter()
            session.prepare_prompt(frame)
            features.append(time.perf_counter() - began)
        for _click in range(CLICKS if is_prepared else 1):
            clicks.append(next_click(wanted, found))
            began = time.perf_counter()
            found = session.prompt(frame, clicks=clicks, mask=found if found.any() else None).mask
            (prepared if is_prepared else at_once).append(time.perf_counter() - began)
        if is_prepared:
            ious.append(overlap(wanted, found))
    measured |= {
        "features_ms": 1000 * median(features),
        "click_ms": 1000 * median(prepared),
        "slowest_click_ms": 1000 * max(prepared),
        "click_at_once_ms": 1000 * median(at_once),
        "iou": float(np.mean(ious)),
        "device": str(session.device),
        "warnings": [],
    }
    return measured
