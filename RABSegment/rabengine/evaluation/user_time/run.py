"""`rabsegment evaluate --user-time`: mark every cine in each way, and write what came out."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rabengine.errors import InputError, say
from rabengine.evaluation.imported_code import code_hash
from rabengine.evaluation.methods import PRESET, find_method
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.record_file import Record, RecordFile
from rabengine.evaluation.versions import result_version, weights_hash
from rabengine.evaluation.videos import VideoFolder, find_videos, read_video
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.writable import make_folder
from rabengine.network.prompt_weights import default_prompt_path, load_prompt_model
from rabengine.optional import require_installed
from rabengine.presets import PRESETS, get_preset

from .curve import groups
from .plot import write_plot
from .tables import means, to_markdown
from .ways import all_ways

FORMAT = "rabsegment-user-time-1"
RESULTS, TABLE, PLOT = "user_time.json", "user_time.md", "user_time.png"
NOT_COUNTED = ("rabengine.io",)


@dataclass(frozen=True)
class UserTimeSettings:
    """The options of `rabsegment evaluate --user-time`.

    Attributes:
        videos: folders with `images/` and `masks/`, or folders of such.
        output: folder to write.
        presets: that segment the cines.
        objects: label values, None for all.
        frames: only so many of each cine from the first one on, None for all.
        seed: of the sessions.
        engine: what the presets run with.
        is_resumed: keep what is in `output` and was made with equal settings, videos and code.
    """

    videos: tuple[Path, ...]
    output: Path
    presets: tuple[str, ...] = ("fast",)
    objects: tuple[int, ...] | None = None
    frames: int | None = None
    seed: int = 0
    engine: EngineChoices = field(default_factory=EngineChoices)
    is_resumed: bool = False


def run_user_time(settings: UserTimeSettings) -> None:
    """Measure, print the table of means, write user_time.json after each cine, at the end the table and the picture.

    Raises:
        InputError: the settings cannot be used, or a cine cannot be read.
    """
    videos = find_videos(settings.videos)
    for preset in settings.presets:
        if preset not in PRESETS:
            raise InputError(f"There is no preset {preset!r}.", f"Take some of {', '.join(PRESETS.names())}.")
        get_preset(preset, settings.engine.overrides)
    load_prompt_model()
    require_installed("matplotlib", "The picture of an evaluation")
    make_folder(settings.output)
    results = RecordFile(settings.output / RESULTS, FORMAT, "--user-time", ("cine", "preset", "version", "ways"))
    kept = results.read() if settings.is_resumed else []
    pairs = [(video, preset) for video in videos for preset in settings.presets]
    versions = {(video.name, preset): _version(video, preset, settings) for video, preset in pairs}
    records = [one for one in kept if one["version"] == versions.get((one["cine"], one["preset"]))]
    for video, preset in pairs:
        version = versions[video.name, preset]
        if not any(one["version"] == version for one in records):
            say(f"{video.name}, {preset} ...")
            records.append({"version": version, **_measured(video, preset, settings)})
            results.write(_facts(settings), records)  # after each, for a run of hours may be interrupted
    records.sort(key=lambda one: list(versions).index((one["cine"], one["preset"])))
    results.write(_facts(settings), records)
    with atomic_file(settings.output / TABLE) as unfinished:
        unfinished.write_text(to_markdown(records), encoding="utf-8")
    write_plot(settings.output / PLOT, records)
    for title, own in groups(records).items():
        print("\n".join([f"{title}:", *means(own)]))


def _measured(video: VideoFolder, preset: str, settings: UserTimeSettings) -> Record:
    """One cine with one preset."""
    labelled = read_video(video.folder, settings.objects, settings.frames)
    choices = settings.engine
    ways = all_ways(labelled, get_preset(preset, choices.overrides), choices, settings.seed)
    facts = {"cine": video.name, "kind": video.kind, "preset": preset, "seed": settings.seed}
    return {**facts, "frames": len(labelled.frames), "objects": len(labelled.objects), "ways": ways}


def _version(video: VideoFolder, preset: str, settings: UserTimeSettings) -> str:
    """Equal ones mean that measuring again would give the same."""
    entry = find_method(preset)
    assert entry.kind == PRESET
    here = __name__.rpartition(".")[0]
    parts = (
        result_version(entry, video.folder, settings.objects, settings.frames, settings.engine),
        code_hash((f"{here}.ways",), NOT_COUNTED),
        weights_hash(default_prompt_path()),
        f"{video.name} {preset} {settings.seed}",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _facts(settings: UserTimeSettings) -> dict[str, Any]:
    """The settings, as the results tell them."""
    return {name: value for name, value in asdict(settings).items() if name not in ("output", "is_resumed")}
