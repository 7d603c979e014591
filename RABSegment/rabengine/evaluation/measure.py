"""One case in a process of its own: `python -m rabengine.evaluation.measure CASE.json`.

A process of its own makes its peak memory that of the method, and its crash nobody else's. The answers go to the
file that the case names, a line of JSON for each run, since libraries may print on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.environment import keep_freed_memory, peak_memory_mib
from rabengine.errors import as_known_error, one_line
from rabengine.io.files.owned_folder import exit_now
from rabengine.session.checks import segments_of

from .cases import Case, CaseRun
from .marks_to_target import Correction
from .methods import find_method, load_method
from .metrics import as_record, dice_table, score_object
from .prediction import Method, Prediction
from .protocols import marked_frames, marks_of
from .versions import result_version
from .videos import LabelledVideo, read_video


def measure(case: Case) -> None:
    """Do all runs; a run that raises is answered with its error, and the others go on.

    The answers hold the version of what was measured, found here: somebody may edit the code while others wait.
    """
    keep_freed_memory()
    answer = _Answers(case.answers)
    try:
        method = load_method(case.method, case.engine)
        entry = find_method(case.method)
        answer.version = result_version(entry, case.folder, case.objects, case.frames, case.engine)
        video = read_video(case.folder, case.objects, case.frames)
    except Exception as error:  # whatever it was, the evaluation goes on with the other cases
        for run in case.runs:
            answer.failure(run, error)
        return
    # Beside the answers, in a folder that whoever started this removes, however this process ends.
    folder = case.answers.with_suffix(".labels")
    folder.mkdir()
    _measure_protocols(case, method, video, folder, answer)
    _measure_corrections(case, method, video, answer)


class _Answers:
    """Adds lines to a file."""

    def __init__(self, file: Path) -> None:
        self.version = ""
        self._file = file

    def __call__(self, run: CaseRun, answer: dict[str, Any]) -> None:
        line = {"protocol": run.protocol, "seed": run.seed, "version": self.version, **answer}
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def failure(self, run: CaseRun, error: Exception) -> None:
        self(run, {"error": one_line(str(as_known_error(error)))})


@dataclass(frozen=True)
class _Kept:
    """A prediction that waits for its scores; its labels are on disk, so that none adds to the next one's memory."""

    labels: Path
    confidence: np.ndarray | None
    facts: dict[str, Any]


def _measure_protocols(case: Case, method: Method, video: LabelledVideo, folder: Path, answer: _Answers) -> None:
    """Predict all, then score all: the libraries of the scores take memory that is not the method's."""
    kept: dict[CaseRun, _Kept] = {}
    for number, run in enumerate(run for run in case.runs if run.strategy is None):
        try:
            kept[run] = _predict(method, video, run, folder / f"{number}.npy")
        except Exception as error:
            answer.failure(run, error)
    for run, one in kept.items():
        try:
            prediction = Prediction(np.load(one.labels, mmap_mode="r"), one.confidence)
            answer(run, {**one.facts, "records": _scores(prediction, video, one.facts["marked_frames"])})
            if case.sheet is not None and run == case.sheet_run:
                _write_sheet(case, video, prediction, one.facts["marked_frames"])
        except Exception as error:
            answer.failure(run, error)


def _predict(method: Method, video: LabelledVideo, run: CaseRun, file: Path) -> _Kept:
    marked = marked_frames(run.protocol, video.truth, video.objects)
    marks = marks_of(video.truth, marked)
    start = time.perf_counter()
    prediction = method(video.frames, marks, run.seed)
    seconds = time.perf_counter() - start
    if prediction.labels.shape != video.truth.shape:
        raise ValueError(f"labels of shape {prediction.labels.shape} for frames of shape {video.truth.shape}")
    np.save(file, prediction.labels)
    facts = {
        "marked_frames": list(marked),
        "seconds": round(seconds, 4),
        "seconds_per_frame": round(seconds / len(video.truth), 5),
        "peak_memory_mib": _rounded(peak_memory_mib()),
    }
    return _Kept(file, prediction.confidence, facts)


def _scores(prediction: Prediction, video: LabelledVideo, marked: list[int]) -> list[dict[str, Any]]:
    marked_labels = segments_of(marks_of(video.truth, marked))
    return [
        {"object": label, **as_record(score_object(prediction, video.truth, label, marked, marked_labels))}
        for label in video.objects
    ]


def _measure_corrections(case: Case, method: Method, video: LabelledVideo, answer: _Answers) -> None:
    corrections: dict[int, Correction] = {}
    for run in case.runs:
        if run.strategy is None:
            continue
        correction = corrections.setdefault(run.seed, Correction(method, video, run.seed))
        try:
            answer(run, {"correction": correction.run(run.strategy)})
        except Exception as error:
            answer.failure(run, error)


def _write_sheet(case: Case, video: LabelledVideo, prediction: Prediction, marked: list[int]) -> None:
    from .worst_frames import write_worst_frames

    assert case.sheet is not None and case.sheet_run is not None
    dice = dice_table(prediction.labels, video.truth, video.objects).mean(axis=1)
    title = f"{case.method} on {case.video}, marked: {', '.join(map(str, marked))}"
    write_worst_frames(case.sheet, video, prediction.labels, dice, marked, title)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


if __name__ == "__main__":
    measure(Case.from_json(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.flush()
    exit_now(0)  # Python takes a third of a second to clear away PyTorch
