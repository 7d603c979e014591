"""`rabsegment evaluate --study-user`: go through studies in each way, and write what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import InputError, say
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.record_file import RecordFile
from rabengine.evaluation.videos import LabelledVideo, VideoFolder, find_videos, read_video, video_version
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.files.writable import make_folder
from rabengine.optional import require_installed
from rabengine.presets import get_preset

from .plot import write_plot
from .tables import Record, to_markdown
from .user import ANEW, OURS, TITLES, StudyUser

FORMAT = "rabsegment-study-user-1"
RESULTS, TABLE, PLOT = "study_user.json", "study_user.md", "study_user.png"
LEAST = 2  # cines


@dataclass(frozen=True)
class StudyUserSettings:
    """The options of `rabsegment evaluate --study-user`.

    Attributes:
        videos: folders with `images/` and `masks/`, or folders of such; each is a cine of the study.
        output: folder to write.
        preset: of the study.
        objects: label values, None for all.
        frames: only so many of each cine from the first one on, None for all.
        seeds: for each, one order in which the cines are added, and one of the random way; of the engine the first.
        engine: device.
        is_resumed: keep the studies in `output` that were made with equal settings.
    """

    videos: tuple[Path, ...]
    output: Path
    preset: str = "fast"
    objects: tuple[int, ...] | None = None
    frames: int | None = None
    seeds: tuple[int, ...] = (0,)
    engine: EngineChoices = field(default_factory=EngineChoices)
    is_resumed: bool = False


def run_study_user(settings: StudyUserSettings) -> None:
    """Measure, print the table of marks, write study_user.json after each study, at the end the table and the picture.

    Raises:
        InputError: the settings cannot be used, or a cine cannot be read.
    """
    found = find_videos(settings.videos)
    if len(found) < LEAST:
        raise InputError("There is only one cine, which makes no study.", "Name more --videos.")
    get_preset(settings.preset)
    require_installed("matplotlib", "The picture of an evaluation")
    videos = {one.name: read_video(one.folder, settings.objects, settings.frames) for one in found}
    make_folder(settings.output)
    facts = _facts(settings, found)
    results = RecordFile(settings.output / RESULTS, FORMAT, "--study-user")
    records = results.read(facts) if settings.is_resumed else []
    for way in TITLES:
        for seed in settings.seeds:
            if not any((one["way"], one["seed"]) == (way, seed) for one in records):
                say(f"{TITLES[way]}, seed {seed} ...")
                alone = [one for one in records if one["way"] == ANEW]
                records += _again(alone, seed) if way == ANEW and alone else _gone_through(way, seed, videos, settings)
                results.write(facts, records)  # after each, for it may be interrupted
    lines = to_markdown(records)
    with atomic_file(settings.output / TABLE) as unfinished:
        unfinished.write_text("\n".join([*lines, ""]), encoding="utf-8")
    write_plot(settings.output / PLOT, records)
    print("\n".join(lines[: lines.index("", 2)]))
    say(f"Written to {settings.output}: {RESULTS}, {TABLE}, {PLOT}")


def _gone_through(
    way: str, seed: int, videos: Mapping[str, LabelledVideo], settings: StudyUserSettings
) -> list[dict[str, Any]]:
    """Of one study, or, where each cine is by itself, of as many as there are cines."""
    order = _order(seed, list(videos))
    groups = [[name] for name in order] if way == ANEW else [order]
    visits = []
    for group in groups:
        with OwnedFolder() as folder:
            cines = {name: videos[name] for name in group}
            user = StudyUser(folder, cines, settings.preset, settings.engine, settings.seeds[0])
            visits += user.go_through(way, seed, None if way == OURS else group)
    places = range(1, len(visits) + 1)
    return [{**asdict(one), "place": place} for place, one in zip(places, visits, strict=True)]


def _order(seed: int, names: Sequence[str]) -> list[str]:
    return [str(name) for name in np.random.default_rng(seed).permutation(sorted(names))]


def _again(alone: Sequence[Record], seed: int) -> list[dict[str, Any]]:
    """Cines that were looked at each by itself, in another order: each takes the same."""
    by_name = {one["cine"]: one for one in alone}
    order = _order(seed, list(by_name))
    return [{**by_name[name], "seed": seed, "place": place} for place, name in enumerate(order, start=1)]


def _facts(settings: StudyUserSettings, found: Sequence[VideoFolder]) -> dict[str, Any]:
    """What the figures depend on, but for the seeds: each study has its own."""
    return {
        "videos": {one.name: video_version(one.folder) for one in found},
        "preset": settings.preset,
        "objects": settings.objects and list(settings.objects),
        "frames": settings.frames,
        "device": settings.engine.device,
        "engine seed": settings.seeds[0],
    }
