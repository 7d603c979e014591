"""`rabsegment evaluate --interactive`: click on every object with every method, and write what came out."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any, cast

from rabengine.evaluation.markdown import decimal, table
from rabengine.evaluation.videos import find_videos
from rabengine.io.files.atomic import written_together
from rabengine.io.files.writable import make_folder
from rabengine.machine import describe_machine
from rabengine.network.prompt_weights import prompt_card

from .methods import chosen_methods
from .objects import click_objects
from .user import COUNTS, TARGETS, Clicked, click_until_good

RESULTS, TABLE = "interactive.json", "interactive.md"
PICTURES = 20  # of each folder
MEAN = "mean of the folders"
UNSEEN = "mean of the kinds that our training did not see"


@dataclass(frozen=True)
class InteractiveSettings:
    """The options of `rabsegment evaluate --interactive`.

    Attributes:
        folders: with `images/` and `masks/`, or folders of such; videos or sets of stills.
        output: folder to write.
        methods: names, None for all that are installed.
        objects: label values to click, None for all.
        pictures: of each folder, evenly apart.
        weights: of the prompt model, None for the shipped ones. device: see `device.choose_device`.
    """

    folders: tuple[Path, ...]
    output: Path
    methods: tuple[str, ...] | None = None
    objects: tuple[int, ...] | None = None
    pictures: int = PICTURES
    weights: Path | None = None
    device: str = "auto"


def run_interactive(settings: InteractiveSettings) -> None:
    """Measure, print the table, write interactive.json and interactive.md.

    Raises:
        InputError: the settings cannot be used, or a picture cannot be read.
    """
    folders = find_videos(settings.folders)
    methods = chosen_methods(settings.methods, settings.weights, settings.device)
    trained = list(cast(Mapping[str, object], prompt_card(settings.weights).get("sets", {})))
    make_folder(settings.output)
    found: dict[str, dict[str, list[Clicked]]] = {name: {} for name in methods}
    for folder in folders:
        for one in click_objects(folder, settings.pictures, settings.objects):
            for name, start in methods.items():
                found[name].setdefault(folder.name, []).append(click_until_good(one.truth, start(one.picture)))
        print(f"{folder.name}: {_progress(found, folder.name)}", flush=True)
    unseen = [folder.name for folder in folders if not is_of(folder.name, trained)]
    scores = {name: {folder: _scores(clicked) for folder, clicked in by.items()} for name, by in found.items()}
    lines = _lines(scores, unseen)
    with written_together([settings.output / RESULTS, settings.output / TABLE]) as (results, page):
        facts = {"settings": _facts(settings), "machine": describe_machine(), "trained on": trained}
        facts |= {"kinds that no training saw": unseen, "scores": scores}
        results.write_text(json.dumps(facts, indent=1, default=str), encoding="utf-8")
        page.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))


def is_of(folder: str, kinds: Collection[str]) -> bool:
    """Whether a folder is of one of the kinds: a set of that name, or a video whose name begins with it."""
    return any(folder == kind or folder.startswith(f"{kind}-") for kind in kinds)


def _scores(clicked: Sequence[Clicked]) -> dict[str, float]:
    """Means over objects; the median of the seconds."""
    return {
        "objects": len(clicked),
        **{f"clicks to {target:.2f}": fmean(one.clicks_to(target) for one in clicked) for target in TARGETS},
        **{f"IoU after {count}": fmean(one.ious[count - 1] for one in clicked) for count in COUNTS},
        "seconds a click": median(value for one in clicked for value in one.seconds),
    }


def _lines(scores: Mapping[str, Mapping[str, Mapping[str, float]]], unseen: Collection[str]) -> list[str]:
    """A table: one row a folder and method, and for each method the means of all folders and of the unseen kinds."""
    names = list(next(iter(next(iter(scores.values())).values()))) if any(scores.values()) else []
    rows = []
    for method, by_folder in scores.items():
        rest = {folder: one for folder, one in by_folder.items() if folder in unseen}
        means = {MEAN: _mean(by_folder, names)} | ({UNSEEN: _mean(rest, names)} if rest else {})
        for folder, one in {**by_folder, **means}.items():
            digits = {"objects": 0, "seconds a click": 3}
            cells = [decimal(one.get(name), digits.get(name, 1 if "clicks to" in name else 3)) for name in names]
            rows.append([method, folder, *cells])
    return table(["method", "folder", *names], rows)


def _mean(by_folder: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> dict[str, float]:
    """Of folders, each as much as the others; of their objects the sum."""
    if not by_folder:
        return {}
    means = {name: fmean(one[name] for one in by_folder.values()) for name in names}
    return {**means, "objects": sum(one["objects"] for one in by_folder.values())}


def _progress(found: Mapping[str, Mapping[str, Sequence[Clicked]]], folder: str) -> str:
    parts = []
    for name, by_folder in found.items():
        clicked = by_folder.get(folder, ())
        mean = fmean(one.clicks_to(0.85) for one in clicked) if clicked else None
        parts.append(f"{name} {decimal(mean, 1)} clicks to IoU 0.85")
    return ", ".join(parts)


def _facts(settings: InteractiveSettings) -> dict[str, Any]:
    return {
        "folders": [str(path) for path in settings.folders],
        "methods": settings.methods,
        "objects": settings.objects,
        "pictures": settings.pictures,
        "weights": None if settings.weights is None else str(settings.weights),
        "device": settings.device,
    }
