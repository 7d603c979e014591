"""What `rabsegment measure` does."""

from __future__ import annotations

import argparse
import json
import math
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import Cancelled, InputError
from rabengine.exchange.isolated import read_any_marks_isolated
from rabengine.exchange.report import write_structured_report
from rabengine.io.derived.sources import require_dicom
from rabengine.io.dicom.patient import patient_of
from rabengine.io.files.file_names import check_suffix, is_file_name
from rabengine.io.files.outputs import Outputs
from rabengine.io.files.regular import check_regular, resolved
from rabengine.io.files.writable import check_writable, folder_for_outputs
from rabengine.io.isolated import read_cine_isolated
from rabengine.io.legend import Legend, legend_of, told_apart
from rabengine.io.options import ReadOptions
from rabengine.measurement.ejection import SECOND_VIEW
from rabengine.measurement.landmarks import GivenLandmarks
from rabengine.measurement.measure import Given, masks_of, measure_biplane, measure_masks, words_of
from rabengine.measurement.measurements import Measurements, together
from rabengine.measurement.mmode import line_edges, sample_line
from rabengine.measurement.scale import Scale
from rabengine.measurement.tables import (
    number_text,
    unit_text,
    write_beat_table,
    write_edge_table,
    write_frame_table,
    write_summary_table,
)
from rabengine.optional import require, require_installed
from rabengine.pictures.measurement_plot import write_measurement_chart, write_mmode

from .segment import read_options, tell_warnings
from .streams import deliver

FRAMES, BEATS, SUMMARY, CHART = "frames.csv", "beats.csv", "summary.csv", "chart.png"
MMODE, EDGES = "mmode.png", "mmode.csv"
_DIGITS = 4  # of what is printed

Writer = Callable[[Path], None]


class View:
    """A cine and the segments that are asked for.

    Args:
        labels: (T, H, W).
        names: {label value: name}.
        told: {label value: what a file says of it}.
        wanted: names or label values; none for all.
        source: of the labels.
    """

    def __init__(
        self,
        cine: Cine,
        labels: np.ndarray,
        names: dict[int, str],
        told: Legend,
        wanted: Sequence[str],
        source: Path,
    ) -> None:
        self.cine = cine
        self.scale = Scale.of(cine)
        values = _values(labels, names, wanted, source)
        self.segments = masks_of(cine, labels, names, values)
        self.legend = {entry.name: entry for entry in legend_of(values, names, told).values()}
        self.colours = {name: entry.colour for name, entry in self.legend.items()}


def measure(options: argparse.Namespace, outputs: Outputs, cancel: threading.Event) -> int:
    """Do what the options say; raises instead of returning anything but 0."""
    _check(options)
    view = _read(options.cine, options.labels, options.marks_of, read_options(options), options.segment, cancel)
    if options.sr is not None:
        require_dicom(view.cine, "A DICOM report")
    given = _given(options.apex, options.mitral, view.cine)
    parts = [measure_masks(view.segments, view.scale, options.what, view.cine, given, options.closed)]
    if options.second is not None:
        parts.append(_biplane(options, view, given, cancel))
    found = together(parts)
    if cancel.is_set():
        raise Cancelled
    with ExitStack() as folder:
        if options.output is not None and not _is_table(options.output):
            folder.enter_context(folder_for_outputs(options.output))
        folder.callback(outputs.discard)  # before the folder goes, which must be empty
        files = _files(options, view, found)
        if options.sr is not None:
            files[options.sr] = lambda path: write_structured_report(
                path, view.cine, found.measured, found.warnings, view.legend
            )
        for path, writer in files.items():
            outputs.write(path, writer)
        outputs.commit()
    tell_warnings(dict.fromkeys((*view.cine.warnings, *found.warnings)))
    deliver([_json(found, files)] if options.json else _lines(found))
    return 0


def _check(options: argparse.Namespace) -> None:
    """What can be told without reading anything."""
    words_of(options.what)
    inputs = [options.cine, options.labels, *(options.second or ())]
    for path in inputs:
        check_regular(path)
    if options.second is not None:
        _check_patients(options.cine, options.second[0])
    if not (math.isfinite(options.thickness) and 0 < options.thickness <= 1000):
        raise InputError("--thickness is no number of pixels from above 0 to 1000.", "Give such as 5.")
    _check_used(options)
    targets = _checked_output(options)
    if options.sr is not None:
        check_suffix("--sr", options.sr, (".dcm",))
        check_writable(options.sr)
        require_installed("highdicom", "A DICOM report")
    for path in inputs:
        if resolved(path) in {resolved(target) for target in targets}:
            raise InputError(f"-o {options.output} would overwrite {path}.", "Choose another name.")
        if options.sr is not None and resolved(path) == resolved(options.sr):
            raise InputError(f"--sr {options.sr} would overwrite {path}.", "Choose another name.")


def _checked_output(options: argparse.Namespace) -> list[Path]:
    """What would be written at -o, and might lie on an input."""
    output = options.output
    if output is None and not (options.json or options.sr):
        raise InputError("Nothing says where what is measured goes.", "Give -o, --json or --sr.")
    if options.mmode is not None and (output is None or _is_table(output)):
        raise InputError("An M-mode is a picture and a table, which need a folder.", "Give a folder to -o.")
    if output is None:
        return []
    if _is_table(output):
        check_writable(output)
        return [output]
    if is_file_name(output) and not output.is_dir():
        raise InputError(f"-o {output} is neither a folder nor a .csv file.", "Choose another name.")
    require("matplotlib.figure", "A chart of measurements")
    return [output / name for name in (FRAMES, BEATS, SUMMARY, EDGES)]


def _check_used(options: argparse.Namespace) -> None:
    """Refuse options that would do nothing."""
    is_of_second = any((options.second_marks_of, options.second_apex, options.second_mitral)) or any(
        given is not None for given in (options.second_spacing, options.second_frame_time)
    )
    vain = {
        "--apex and --mitral are for --what ventricle.": (options.apex or options.mitral)
        and "ventricle" not in options.what
        and options.second is None,
        "--closed is for --what glottis.": options.closed and "glottis" not in options.what,
        "--thickness is for --mmode.": options.thickness != 1 and options.mmode is None,
        "Options that begin with --second- are for the cine of --second.": is_of_second and options.second is None,
    }
    for sentence, is_vain in vain.items():
        if is_vain:
            raise InputError(sentence, "Give both, or leave it out.")


def _check_patients(first: Path, second: Path) -> None:
    if resolved(first) == resolved(second):
        raise InputError(f"{first} is both views of the biplane pair.", "Give another view of the same patient.")
    patients = patient_of(first), patient_of(second)
    if None not in patients and patients[0] != patients[1]:
        raise InputError(
            f"{first} and {second} are of two patients, so they are no biplane pair.",
            "Give two views of one patient.",
        )


def _is_table(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _read(
    source: Path,
    labels: Path,
    name: str | None,
    reading: ReadOptions,
    wanted: Sequence[str],
    cancel: threading.Event,
) -> View:
    cine = read_cine_isolated(source, options=reading, cancel=cancel)
    marks = read_any_marks_isolated(labels, cine, name=name, cancel=cancel)
    tell_warnings(marks.warnings)
    drawn = np.zeros((cine.frame_count, *cine.frame_size), np.uint8)
    for frame, plane in marks.items():
        drawn[frame] = plane
    return View(cine, drawn, told_apart(marks.names), marks.legend, wanted, labels)


def _values(labels: np.ndarray, names: dict[int, str], wanted: Sequence[str], source: Path) -> list[int]:
    """Label values of the segments that are asked for by name or number; all where none is."""
    present = sorted({int(value) for frame in labels for value in np.unique(frame)} - {0})
    known = {value: entry.name for value, entry in legend_of(present, names).items()}
    if not wanted:
        return present
    found: list[int] = []
    for word in wanted:
        fitting = [value for value, name in known.items() if word.strip().casefold() in (name.casefold(), str(value))]
        if not fitting:
            there = ", ".join(f"{name} ({value})" for value, name in known.items())
            raise InputError(f"{source} has no segment {word!r}.", f"There are: {there}.")
        found += fitting
    return sorted(set(found))


def _given(apexes: Sequence[Any], planes: Sequence[Any], cine: Cine) -> Given:
    by_frame: dict[int, GivenLandmarks] = {}
    for frame in {frame for frame, _place in (*apexes, *planes)}:
        if frame >= cine.frame_count:
            raise InputError(f"There is no frame {frame}.", f"Frames are 0 to {cine.frame_count - 1}.")
        by_frame[frame] = GivenLandmarks(dict(apexes).get(frame), dict(planes).get(frame))
    return by_frame


def _biplane(options: argparse.Namespace, view: View, given: Given, cancel: threading.Event) -> Measurements:
    source, labels = options.second
    spacing = None if options.second_spacing is None else tuple(options.second_spacing)
    reading = ReadOptions(spacing=spacing, frame_time=options.second_frame_time)
    other = _read(source, labels, options.second_marks_of, reading, options.segment, cancel)
    for one, path in ((view, options.labels), (other, labels)):
        if len(one.segments) != 1:
            raise InputError(
                f"{path} has {len(one.segments)} segments, and a biplane pair is of one.",
                "Say which is the ventricle: --segment NAME.",
            )
    said = _given(options.second_apex, options.second_mitral, other.cine)
    doubts = tuple(f"{SECOND_VIEW}: {one}" for one in (*other.scale.warnings, *other.cine.doubts))
    found = measure_biplane((view.segments[0], view.scale, given), (other.segments[0], other.scale, said))
    return together([Measurements(warnings=doubts), found])


def _files(options: argparse.Namespace, view: View, found: Measurements) -> dict[Path, Writer]:
    """What is to be written where."""
    scale = view.scale
    if options.output is None:
        return {}
    if _is_table(options.output):
        return {options.output: lambda path: write_frame_table(path, found, scale)}
    folder = options.output
    files: dict[Path, Writer] = {
        folder / FRAMES: lambda path: write_frame_table(path, found, scale),
        folder / BEATS: lambda path: write_beat_table(path, found, scale),
        folder / SUMMARY: lambda path: write_summary_table(path, found),
        folder / CHART: lambda path: write_measurement_chart(path, found, scale, view.cine.frame_count, view.colours),
    }
    if options.mmode is not None:
        mmode = sample_line(view.cine.frames, scale, options.mmode, options.thickness)
        edges = line_edges(view.segments, scale, options.mmode, view.cine.frame_size)
        notes = (*scale.warnings, *view.cine.doubts)
        files[folder / MMODE] = lambda path: write_mmode(path, mmode, edges, view.colours, notes)
        files[folder / EDGES] = lambda path: write_edge_table(path, edges, scale)
    return files


def _lines(found: Measurements) -> list[str]:
    """The values of the whole cine, for people: to four digits, which is finer than they are exact."""
    return [
        " ".join(filter(None, (f"{one.segment}: {one.name}", number_text(one.value, _DIGITS), unit_text(one.unit))))
        for one in found.summary
    ]


def _json(found: Measurements, files: dict[Path, Writer]) -> str:
    told = {
        "measured": [asdict(one) for one in found.measured],
        "warnings": list(found.warnings),
        "files": [str(path) for path in files],
    }
    return json.dumps(told)
