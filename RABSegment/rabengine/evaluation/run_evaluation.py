"""Measure all methods on all videos, each pair in a fresh process, and write what came out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rabengine.device import choose_device
from rabengine.errors import EngineError, InputError, say
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.files.writable import make_folder
from rabengine.machine import describe_machine
from rabengine.network.weights import load_weights
from rabengine.optional import require_installed
from rabengine.presets import PRESETS, get_preset

from .cases import TO_TARGET, Case, CaseRun
from .marks_to_target import NEXT
from .methods import PRESET, MethodEntry, load_method, registry
from .plot import write_plots
from .processes import Answers, run_cases, threads_per_job
from .protocols import FIRST, THREE
from .results import Record, Results, read_results
from .settings import Settings, check_settings
from .tables import headline, to_markdown
from .versions import result_version, shipped_weights, weights_hash
from .videos import VideoFolder, find_videos

SHEETS = "worst_frames"


def run_evaluation(settings: Settings) -> None:
    """Measure, print the headline, write results.json, results.md, plots and contact sheets.

    Raises:
        InputError: the settings cannot be used. EngineError: a run failed; all others are measured and written.
    """
    check_settings(settings)
    videos = find_videos(settings.videos)
    entries, skipped = choose_methods(settings)
    _check_engine(settings, entries)
    for library in ("matplotlib", "monai", "PIL", "scipy"):
        require_installed(library, "An evaluation")
    make_folder(settings.output)
    results = _earlier_results(settings)
    _describe(results, settings, videos, entries, skipped)
    _measure(settings, videos, entries, results)
    results.outdated = _outdated(settings, results)
    write_results(results, settings.output)
    print(headline(results))
    say(f"Written to {settings.output}: results.md, results.json, plots, {SHEETS}/")
    if results.errors:
        first = results.errors[0]
        raise EngineError(
            f"{len(results.errors)} runs failed, the first with {first['method']} on {first['video']}: {first['error']}"
        )


def write_results(results: Results, output: Path) -> None:
    """Write everything that is made from the results."""
    results.write(output)
    with atomic_file(output / "results.md") as unfinished:
        unfinished.write_text(to_markdown(results), encoding="utf-8")
    write_plots(output, results)


def plan(
    settings: Settings,
    videos: list[VideoFolder],
    entries: Mapping[str, MethodEntry],
    results: Results,
    folder: Path,
) -> list[Case]:
    """The cases that have runs without a result, video by video.

    Args:
        settings: what is asked for.
        videos: to measure on.
        entries: methods to measure.
        results: what is there already.
        folder: for the answers.
    """
    cases: list[Case] = []
    for video in videos:
        for entry in entries.values():
            runs = _runs(settings, entry)
            missing = tuple(run for run in runs if not results.has(entry.name, video.name, run))
            if missing:
                cases.append(
                    Case(
                        method=entry.name,
                        video=video.name,
                        folder=video.folder,
                        objects=settings.objects,
                        frames=settings.frames,
                        engine=settings.engine,
                        runs=missing,
                        sheet=settings.output / SHEETS / f"{video.name}-{entry.name}.png",
                        sheet_run=_sheet_run(settings),
                        answers=folder / f"{len(cases)}.answers",
                    )
                )
    return cases


def _measure(
    settings: Settings, videos: list[VideoFolder], entries: Mapping[str, MethodEntry], results: Results
) -> None:
    with OwnedFolder() as folder:
        cases = plan(settings, videos, entries, results, folder)
        threads = threads_per_job(settings.jobs)

        def on_start(number: int, case: Case) -> None:
            say(f"[{number + 1}/{len(cases)}] {case.method} on {case.video}, {len(case.runs)} runs ...")

        def on_done(case: Case, answers: Answers) -> None:
            for answer in answers:
                if "error" in answer:
                    say(f"{case.method} on {case.video}, {answer['protocol']}: failed: {answer['error']}")
            results.add(case, answers, threads)
            results.write(settings.output)  # after each, for a run of hours may be interrupted

        run_cases(cases, settings.jobs, on_start, on_done)


def choose_methods(settings: Settings) -> tuple[dict[str, MethodEntry], dict[str, str]]:
    """The methods to run, and why others are not; one that was asked for by name must be there."""
    known = registry()
    names = settings.methods or tuple(known)
    _check_overrides(names if settings.methods else (), settings.engine.overrides)
    chosen: dict[str, MethodEntry] = {}
    skipped: dict[str, str] = {}
    for name in names:
        try:
            load_method(name, settings.engine)
            chosen[name] = known[name]
        except InputError as error:
            if settings.methods:
                raise
            skipped[name] = str(error)
            say(f"{name} is left out: {error}")
    return chosen, skipped


def _check_overrides(methods: Sequence[str], overrides: Mapping[str, object]) -> None:
    """Fail unless every chosen preset has the choices.

    Raises:
        InputError: it does not.
    """
    for name in methods:
        if name in PRESETS:
            get_preset(name, overrides)


def _check_engine(settings: Settings, entries: Mapping[str, MethodEntry]) -> None:
    if any(entry.kind == PRESET for entry in entries.values()):
        choose_device(settings.engine.device)
        load_weights(settings.engine.weights)


def _earlier_results(settings: Settings) -> Results:
    """What is in the output folder and would come out the same again."""
    if not settings.is_resumed:
        return Results()
    results = read_results(settings.output)
    dropped = results.keep(_is_current(settings, results))
    if dropped:
        say(f"{dropped} earlier results were made with other settings, videos or code and are left out.")
    return results


def _outdated(settings: Settings, results: Results) -> list[str]:
    """The methods with figures that the code as it is now would not give."""
    is_current = _is_current(settings, results)
    return sorted({row["method"] for row in (*results.records, *results.corrections) if not is_current(row)})


def _is_current(settings: Settings, results: Results) -> Callable[[Record], bool]:
    """Tells of a row whether measuring it again would give the same."""
    known = registry()

    @functools.cache
    def version(method: str, folder: Path) -> str | None:
        if method not in known or not (folder / "images").is_dir():
            return None
        return result_version(known[method], folder, settings.objects, settings.frames, settings.engine)

    def is_current(row: Record) -> bool:
        folder = results.videos.get(row["video"], {}).get("folder", "")
        return version(row["method"], Path(folder)) == row["version"]

    return is_current


def _describe(
    results: Results,
    settings: Settings,
    videos: list[VideoFolder],
    entries: Mapping[str, MethodEntry],
    skipped: dict[str, str],
) -> None:
    """Say in the results what they are of; kept methods and videos stay, in the order of the registry."""
    used = {row["method"] for row in (*results.records, *results.corrections)} | set(entries)
    results.settings = settings.as_json()
    results.machine = dict(describe_machine())
    results.weights = {
        "file": str(settings.engine.weights or shipped_weights()),
        "sha256": weights_hash(settings.engine.weights),
    }
    results.methods = {
        name: {"title": entry.title, "kind": entry.kind} for name, entry in registry().items() if name in used
    }
    results.skipped = {name: reason for name, reason in skipped.items() if name not in used}
    kept = {row["video"] for row in (*results.records, *results.corrections)}
    results.videos = {name: facts for name, facts in results.videos.items() if name in kept}
    results.videos |= {video.name: {"folder": str(video.folder), "kind": video.kind} for video in videos}


def _runs(settings: Settings, entry: MethodEntry) -> list[CaseRun]:
    seeds = settings.seeds if entry.is_seeded else settings.seeds[:1]
    # Only presets name the frame to mark next.
    strategies = [name for name in settings.strategies if name != NEXT or entry.kind == PRESET]
    protocols = [*settings.protocols, *(f"{TO_TARGET}:{name}" for name in strategies)]
    return [CaseRun(protocol, seed) for protocol in protocols for seed in seeds]


def _sheet_run(settings: Settings) -> CaseRun | None:
    protocol = next((name for name in (THREE, FIRST) if name in settings.protocols), None)
    return None if protocol is None else CaseRun(protocol, settings.seeds[0])
