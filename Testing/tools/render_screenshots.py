"""Render the panel in each of its states into drawings/, which git ignores: `make screenshots`.

    PYTHONPATH=Testing python -m tools.render_screenshots [OUTPUT] [--width 460]

The panel runs in the test host, so buttons look as plain Qt draws them and Slicer's own widgets are stand-ins. The
pictures of the panel in Resources/Screenshots are of the Slicer application itself; these are to look at while
working on it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from slicer_host import SlicerHost  # isort: skip  (first: it chooses Qt's platform)

import slicer

from rabengine.demo.sample import sample_cine_path, sample_marks

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "RABSegment" / "RABSegment.py"
HEIGHT = 900  # of a picture in pixels: the part that scrolls does not say how high it wants to be


def render(output: Path, width: int) -> None:
    """Write one PNG a state."""
    from RABSegmentLib.Scene.CineLoading import loadCine

    output.mkdir(parents=True, exist_ok=True)
    with SlicerHost() as host:
        widget = host.loadModule(MODULE)
        ui = widget.ui
        host.enter()
        until(host, lambda: bool(widget.logic.devices.information.automatic))

        def shot(name: str) -> None:
            host.screenshot(host.widget, output / f"{name}.png", width, HEIGHT)
            print(f"{output / name}.png")

        shot("no_cine")
        browser = loadCine(slicer.mrmlScene, sample_cine_path()).browserNode
        ui.cineSelector.setCurrentNode(browser)
        host.click("Paint")
        rename(widget, "Left ventricle")
        for frame, labels in sorted(sample_marks().items()):
            widget.panel.shown.segmentation.select(frame)
            host.processEvents(50)
            host.paint(ui.segmentEditor, labels > 0)
        shot("marking")
        clicks(host, widget)
        shot("clicking")
        host.click("undoButton")
        host.click("Paint")
        host.click("segmentButton")
        until(host, lambda: bool(ui.phaseLabel.text.strip()))  # what comes after may be over at once
        shot("running")
        until(host, lambda: ui.segmentButton.text == "Segment video")
        host.click("nextButton")
        host.click("verifyButton")
        host.click("nextButton")
        ui.ventricleSelector.setCurrentIndex(1)
        widget.panel.results.onVentricleChosen(1)
        host.click("statisticsButton")
        shot("finished")
        sys.modules["RABSegmentPanel.Panel"].hasTorch = lambda: False
        widget.panel.update()
        shot("torch_missing")


def clicks(host: SlicerHost, widget: object) -> None:
    """Two clicks on a frame without a mark: one in the ventricle, one that is not of it."""
    from slicer_host.view_events import ViewMouse

    widget.panel.shown.segmentation.select(15)
    host.processEvents(50)
    host.click("Mark by clicks")
    rows, columns = next(iter(sample_marks().values())).nonzero()
    mouse = ViewMouse(widget.ui.segmentEditor)
    mouse.click((columns.mean(), rows.mean()))
    mouse.click((columns.mean(), rows.max() + 20), button="Right")
    until(host, lambda: not widget.panel.shown.session.isPrompting)


def rename(widget: object, name: str) -> None:
    segmentation = widget.panel.shown.segmentation
    segmentation.renameSegment(segmentation.segmentIds()[0], name)


def until(host: SlicerHost, condition: Callable[[], bool], seconds: float = 600.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("The panel did not get into the next state")
        host.processEvents(30)


def main() -> None:
    """Render all states."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=REPOSITORY / "drawings")
    parser.add_argument("--width", type=int, default=460, help="of the panel in pixels (default: %(default)s)")
    options = parser.parse_args()
    render(options.output, options.width)


if __name__ == "__main__":
    main()
