"""Segment the echocardiogram that pydicom ships from two marked frames, and write every kind of output."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from rabengine.cine import Cine
from rabengine.environment import peak_memory_mib
from rabengine.events import Event, PartialResult, ProgressCallback
from rabengine.io.files.outputs import Outputs
from rabengine.io.files.writable import check_writable, folder_for_outputs
from rabengine.io.labels.write import write_labels
from rabengine.io.read import read_cine
from rabengine.io.report import write_report
from rabengine.io.table import write_table
from rabengine.optional import require
from rabengine.pictures import write_area_plot, write_contact_sheet, write_overlay
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

from .sample import sample_cine_path, sample_marks


class _FirstPropagation:
    """Passes events on and notes when the first usable result came."""

    def __init__(self, start: float, progress: ProgressCallback | None) -> None:
        self.seconds: float | None = None
        self._start = start
        self._progress = progress

    def __call__(self, event: Event) -> None:
        if self.seconds is None and isinstance(event, PartialResult):
            self.seconds = time.perf_counter() - self._start
        if self._progress is not None:
            self._progress(event)


def run_demo(
    directory: Path,
    *,
    device: str = "auto",
    preset: str = "balanced",
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
    outputs: Outputs | None = None,
) -> None:
    """Segment the left ventricle through the demo's cine, write the results, and print where they are.

    Args:
        directory: folder for segmentation.seq.nrrd, overlay.gif (and overlay.mp4 where the package av is
            installed), contact_sheet.png, area_time.png, table.csv and report.json; made when absent.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        preset: that segments it.
        progress: called with every event.
        cancel: set it to stop.
        outputs: what puts the files in place, for a caller that may have to abandon it.

    Raises:
        InputError: pydicom, Pillow or matplotlib is missing, or the folder cannot be written.
        Cancelled: `cancel` was set.
        EngineError: the engine failed.
    """
    start = time.perf_counter()
    for module in ("PIL.Image", "matplotlib"):  # before the work, not after it
        require(module, "The demo")
    cine = read_cine(sample_cine_path())
    marks = sample_marks(cine.frame_size)
    places = _places(directory)
    outputs = Outputs(cancel) if outputs is None else outputs
    with folder_for_outputs(directory):
        for path in places:
            check_writable(path)
        print(f"Segmenting {cine.frame_count} frames, {len(marks)} of them marked ...", flush=True)
        first = _FirstPropagation(start, progress)
        session = Session(cine.frames, device=device)
        segmentation = session.segment(marks, preset=preset, progress=first, cancel=cancel)
        segmented = time.perf_counter() - start
        try:
            for path in places:
                outputs.write(path, _writer(path, cine, segmentation))
            outputs.commit()
        finally:
            outputs.discard()
    _print_summary(cine, segmentation, places, first.seconds, segmented, time.perf_counter() - start)


def _places(directory: Path) -> list[Path]:
    """Where every output goes, the overlays first."""
    videos = ["overlay.gif", "overlay.mp4"] if find_spec("av") is not None else ["overlay.gif"]
    others = ["contact_sheet.png", "area_time.png", "segmentation.seq.nrrd", "table.csv", "report.json"]
    return [directory / name for name in (*videos, *others)]


def _writer(path: Path, cine: Cine, segmentation: Segmentation) -> Callable[[Path], object]:
    """What writes the output of that name to another place."""
    writers: dict[str, Callable[[Path], object]] = {
        "contact_sheet.png": lambda place: write_contact_sheet(place, cine, segmentation),
        "area_time.png": lambda place: write_area_plot(place, cine, segmentation),
        "segmentation.seq.nrrd": lambda place: write_labels(place, segmentation.labels, cine, segmentation.segments),
        "table.csv": lambda place: write_table(place, segmentation, cine),
        "report.json": lambda place: write_report(place, segmentation, cine, peak_memory_mib()),
    }
    return writers.get(path.name, lambda place: write_overlay(place, cine, segmentation.labels))


def _print_summary(
    cine: Cine,
    segmentation: Segmentation,
    written: list[Path],
    first: float | None,
    segmented: float,
    everything: float,
) -> None:
    marked = " and ".join(str(frame) for frame in segmentation.marked_frames)
    print(f"{cine.frame_count} frames segmented on {segmentation.device} from the marks on frames {marked}.")
    for warning in (*cine.warnings, *segmentation.warnings):
        print(f"Note: {warning}")
    if first is not None:
        print(f"First propagation after {first:.1f} s,", end=" ")
    print(f"segmentation after {segmented:.1f} s, all files after {everything:.1f} s:")
    for path in written:
        print(f"  {path}")
