"""What each action of `rabsegment study` does."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabengine.errors import Cancelled, InputError, RABSegmentError, one_line, say
from rabengine.exchange.formats import FORMATS

from . import study_trust
from .segment import read_many_marks, read_options, tell_warnings
from .set_options import blanking_of, chosen_of, patient_of
from .study_answers import answer, answer_log, doubts_of_labels, opened

if TYPE_CHECKING:
    from rabengine.cine import Cine
    from rabengine.study.cluster import Workers
    from rabengine.study.records import StudyCine
    from rabengine.study.run_events import RunEvent
    from rabengine.study.study import Study

_PROBLEMS = InputError.exit_code


def create(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Make a study."""
    from rabengine.study.settings import StudySettings
    from rabengine.study.study import Study

    named = ("preset", "supports", "witnesses", "certain", "store")
    settings = StudySettings(**{name: getattr(options, name) for name in named})
    study = Study.create(options.study, settings, options.by, options.structure)
    answer(options, {"study": str(study.folder), "settings": settings.as_json()}, [f"Made the study {study.folder}."])
    return 0


def add(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Add cines; one that cannot be added costs itself alone."""
    study, reading = opened(options), read_options(options)
    results: list[dict[str, Any]] = []
    problems = 0
    for path in _cine_paths(options):
        if cancel.is_set():
            raise Cancelled
        try:
            added = study.add(path, reading, options.by)
        except RABSegmentError as error:
            problems += 1
            _complain(error)
            results.append({"path": str(path), "problem": str(error)})
        else:
            results.append({"path": str(path), "cine": added.cine, "new": added.is_new, "moved": added.was_moved})
    new = sum(bool(one.get("new")) for one in results)
    moved = sum(bool(one.get("moved")) for one in results)
    known = len(results) - new - moved - problems
    lines = [f"{new} added, {known} known already, {moved} found again at a new place, {problems} not added."]
    answer(options, {"cines": results}, lines)
    return _PROBLEMS if problems else 0


def mark(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Mark frames of a cine, verify them, take marks back, note minutes."""
    study = opened(options)
    _check_mark(options)
    cine = study.find(options.cine)
    if options.mark or options.marks:
        drawn, frames = _drawn(study, cine, options, cancel)
        tell_warnings((*drawn.warnings, *doubts_of_labels(study, drawn)))
        study.mark(cine.id, drawn, drawn.names, options.by, frames, is_repeat=options.repeat)
    for frame in options.verify:
        study.verify(cine.id, frame, options.by)
    for frame in options.unmark:
        study.unmark(cine.id, frame, options.by)
    if options.checked:
        study.check(cine.id, options.by)
    if options.minutes is not None:
        study.add_minutes(cine.id, options.minutes, options.by)
    now = study.cine(cine.id)
    marked = ", ".join(str(frame) for frame in now.marks) or "none"
    answer(options, now.as_json(), [f"Cine {now.id}, {now.name}: marked frames {marked}; {now.status}."])
    return 0


def status(options: argparse.Namespace, cancel: threading.Event) -> int:
    """List the cines or the log."""
    study = opened(options)
    if options.log:
        answer_log(options, study)
        return 0
    cines = study.cines()
    counts = {name: sum(cine.status == name for cine in cines) for name in _statuses()}
    told = {
        "study": str(study.folder),
        "settings": study.settings().as_json(),
        "counts": counts,
        "cines": [cine.as_json() for cine in cines],
    }
    summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no cine yet"
    answer(options, told, [*(_line(cine) for cine in cines), f"{len(cines)} cines: {summary}."])
    return 0


def run(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Segment what is to be segmented."""
    from rabengine.environment import require_torch
    from rabengine.study.run import run_study

    study = opened(options)
    require_torch()
    summary = run_study(
        study,
        device=options.device,
        seed=options.seed,
        again=options.all,
        retry=options.retry,
        retries=options.retries,
        workers=_workers(options),
        by=options.by,
        heard=_json_event if options.json else _say_event,
        cancel=cancel,
    )
    lines = [
        f"{len(summary.done)} segmented in {summary.seconds:.0f} s, {len(summary.need_person)} of them need a person; "
        f"{len(summary.failed)} failed."
    ]
    answer(options, {"event": "end", **summary.as_json()}, lines)
    return _PROBLEMS if summary.failed else 0


def _workers(options: argparse.Namespace) -> Workers:
    """Who does the work."""
    from rabengine.study.cluster import Workers

    if options.slurm is None:
        return Workers(options.workers, options.scheduler)
    pairs = [text.partition("=") for text in options.slurm]
    wrong = [text for text, (name, _, value) in zip(options.slurm, pairs, strict=True) if not name or not value]
    if wrong:
        raise InputError(f"{wrong[0]!r} of --slurm is not KEY=VALUE.", "Give such as jobs=50 queue=gpu.")
    from rabengine.study.slurm_options import LISTS

    told: dict[str, str] = {}
    for name, _, value in pairs:
        if name in told and name not in LISTS:
            raise InputError(f"{name} of --slurm is said twice.", f"Only {', '.join(LISTS)} may be.")
        told[name] = f"{told[name]}\n{value}" if name in told else value
    return Workers(options.workers, slurm=told)


def learn(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Write what the study has learned."""
    from . import study_learning

    answer(options, *study_learning.learn(options, cancel))
    return 0


def next_(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Name the cine to look at."""
    from rabengine.study.next_cine import next_cine

    found = next_cine(opened(options))
    if found is None:
        answer(options, {"cine": None}, ["No cine needs to be looked at."])
        return 0
    answer(options, found.as_json(), [f"Cine {found.cine}, frame {found.frame}: {found.path}", found.why])
    return 0


def export(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Write labels and tables."""
    from rabengine.study.export import export_study

    study_trust.check_export(options)
    if options.format in FORMATS:
        return _export_set(options, cancel)
    study = opened(options)
    suffix = "" if options.format == "folder" else f".{options.format.lstrip('.')}"

    def is_chosen(cine: StudyCine) -> bool:
        if cancel.is_set():
            raise Cancelled
        return options.status is None or cine.status == options.status

    if options.deidentify:
        from rabengine.study.deidentified import export_deidentified

        blanking = blanking_of(options)
        exported = export_deidentified(
            study, options.output, blanking, suffix, is_chosen, options.key, options.blank_mask, options.by
        )
    else:
        exported = export_study(study, options.output, suffix, is_chosen, options.by)
    for number, problem in exported.problems.items():
        say(f"rabsegment: cine {number}: {one_line(problem)}")
    tell_warnings(f"cine {number}: {doubt}" for number, doubt in exported.doubts.items())
    tell_warnings(filter(None, [exported.unlogged]))
    count = len(exported.files)
    answer(options, exported.as_json(), [f"Wrote the labels of {count} cine{'' if count == 1 else 's'}."])
    return _PROBLEMS if exported.problems else 0


def _export_set(options: argparse.Namespace, cancel: threading.Event) -> int:
    from rabengine.exchange.page import counted
    from rabengine.study.export_set import export_set

    choices = chosen_of(options, FORMATS.get(options.format))

    def is_chosen(cine: StudyCine) -> bool:
        return options.status is None or cine.status == options.status

    def patient(cine: Cine, path: Path, number: int) -> str:
        if cancel.is_set():
            raise Cancelled
        return patient_of(options, cine, path, number)

    study = opened(options)
    exported = export_set(study, options.output, options.format, choices, patient, is_chosen, options.by)
    for number, problem in exported.problems.items():
        say(f"rabsegment: cine {number}: {one_line(problem)}")
    tell_warnings(filter(None, [*exported.doubts, exported.unlogged]))
    told = {
        "cines": {str(number): name for number, name in exported.cines.items()},
        "frames": exported.frames,
        "problems": {str(number): why for number, why in exported.problems.items()},
    }
    frames, cines = counted(exported.frames, "frame"), counted(len(exported.cines), "cine")
    answer(options, told, [f"Wrote {frames} of {cines} to {options.output}."])
    return _PROBLEMS if exported.problems else 0


def report(options: argparse.Namespace, cancel: threading.Event) -> int:
    """Write the report."""
    from rabengine.study.report import write_study_report

    page, table, twice = write_study_report(opened(options), options.output, options.deidentify)
    found = {"page": str(page), "table": str(table), "agreement": str(twice)}
    answer(options, found, [f"Wrote {page}, {table} and {twice}."])
    return 0


def give_back(options: argparse.Namespace) -> bool:
    """Before the process is ended amid its work: the cine that it is at has not failed. True, for it may end."""
    from rabengine.study.queue import give_back_all

    if options.action == "run":
        with contextlib.suppress(RABSegmentError):
            give_back_all(opened(options))
        if options.slurm is not None:
            from rabengine.study.slurm_jobs import cancel_jobs

            cancel_jobs()
    return True


ACTIONS: Mapping[str, Callable[[argparse.Namespace, threading.Event], int]] = {
    "create": create,
    "add": add,
    "mark": mark,
    "status": status,
    "run": run,
    "learn": learn,
    "next": next_,
    "export": export,
    "report": report,
    **study_trust.ACTIONS,
}


def _statuses() -> tuple[str, ...]:
    from rabengine.study.records import STATUSES

    return STATUSES


def _cine_paths(options: argparse.Namespace) -> Iterator[Path]:
    for path in options.cines:
        if not options.inside:
            yield path
            continue
        try:
            entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
        except OSError as error:
            raise InputError(
                f"{path} is no folder that can be read ({error.strerror or error}).", "Give a folder of cines."
            ) from error
        yield from entries


def _check_mark(options: argparse.Namespace) -> None:
    """Before anything is changed."""
    is_marking = options.mark or options.marks or options.verify or options.unmark
    if not (is_marking or options.checked or options.minutes is not None):
        raise InputError("Nothing is said of the cine.", "Give --mark, --marks, --verify, --unmark or --checked.")
    if options.mark and options.marks:
        raise InputError("There are both --mark and --marks.", "Give one of them.")
    if options.repeat and not (options.mark or options.marks):
        raise InputError("--repeat says nothing without a mark.", "Give --mark or --marks with it.")
    if options.checked and is_marking:
        raise InputError("A prediction that is marked anew cannot be checked yet.", "Run the study before --checked.")
    if options.minutes is not None and not (math.isfinite(options.minutes) and options.minutes >= 0):
        raise InputError("--minutes is no number of minutes.", "Give a number from 0 on.")


def _drawn(study: Study, cine: StudyCine, options: argparse.Namespace, cancel: threading.Event) -> tuple[Any, Any]:
    """The marks of the options, and the cine's frames."""
    from rabengine.io.marks.isolated import read_marks_isolated

    frames = study.read(cine.id)
    if options.marks is not None:
        return read_many_marks(options.marks, frames, options.marks_of, cancel), frames
    return read_marks_isolated(options.mark, frames, cancel), frames


def _line(cine: StudyCine) -> str:
    found = cine.prediction
    confidence = "    " if found is None else f"{found.confidence:.2f}"
    if cine.problem:
        note = cine.problem
    elif found is not None and cine.status == "predicted":
        note = "needs a person" if found.needs_person else ""
    else:
        note = ""
    return f"{cine.id:>6} {cine.status:<9} {len(cine.marks):>3} marks {confidence} {cine.name}  {note}".rstrip()


def _say_event(event: RunEvent) -> None:
    """What people see of a run, on stderr."""
    for warning in event.warnings:
        say(f"rabsegment: warning: cine {event.cine}: {one_line(warning)}")
    if event.event == "started":
        left = "" if event.seconds_left is None else f", {_spoken(event.seconds_left)} left"
        say(f"Cine {event.cine}, {event.path} ({event.left} to do{left}) ...")
    elif event.event == "done":
        need = "; needs a person" if event.needs_person else ""
        say(f"Cine {event.cine}: confidence {event.confidence:.2f}{need}.")
    elif event.event == "workers":
        say(f"rabsegment: warning: {one_line(event.problem)}")
    else:
        say(f"rabsegment: cine {event.cine}: {one_line(event.problem)}")


def _spoken(seconds: float) -> str:
    """A time as people say it: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _json_event(event: RunEvent) -> None:
    print(json.dumps(event.as_json()), file=sys.stdout, flush=True)


def _complain(error: RABSegmentError) -> None:
    say(f"rabsegment: {one_line(str(error))}")
