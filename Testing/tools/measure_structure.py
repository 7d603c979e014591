"""What a structure file that other cines taught is worth for a cine, on labelled videos.

    PYTHONPATH=Testing:RABSegment python -m tools.measure_structure VIDEO VIDEO ... [--only NAME] [--steps 40]

A VIDEO is a folder with `images/` and `masks/`. Each in turn is the new cine; three frames of each of the others teach.
First the IoU of a click in the middle of the object on two frames, by itself and with examples in memory. Then, with
`--steps` above 0, the mean Dice of the unmarked frames from the first frame's mark, by itself, with the network as a
beginning, and with examples beside it too; and with no mark at all from the network alone.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt

from helpers.overlap import iou
from rabengine.evaluation.metrics import frame_dice
from rabengine.presets import get_preset
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session
from rabengine.study.descriptors import describer_name, describer_on
from rabengine.study.learning import learn_appearance
from rabengine.study.marked_frame import MarkedFrame
from rabengine.study.prompted import prompt_learned
from rabengine.study.structure import Structure, save_structure
from rabengine.study.structured import SUPPORTS, Learned, segment_learned
from tools.measure_carry_over import LabelledCine, read_video


def learned_from(cines: list[LabelledCine], steps: int, preset: str) -> Learned:
    frames = [MarkedFrame(cine.pictures[frame], cine.labels[frame]) for cine in cines for frame in cine.marked]
    described = describer_on("cpu").describe([frame.picture for frame in frames]).astype(np.float16)
    size = get_preset(preset).size
    network = learn_appearance(frames, (1,), size, steps, "cpu", 0, lambda _done: None) if steps else None
    structure = Structure({1: "Object"}, {}, tuple(frames), described, describer_name(), network)
    with tempfile.TemporaryDirectory() as folder:
        save_structure(Path(folder) / "structure.rab", structure)
        return Learned(Path(folder) / "structure.rab", "cpu")


def middle(mask: np.ndarray) -> tuple[float, float]:
    """(x, y) of the pixel that is farthest from the border."""
    row, column = np.unravel_index(distance_transform_edt(mask).argmax(), mask.shape)
    return float(column), float(row)


def measure_clicks(cine: LabelledCine, learned: Learned) -> list[tuple[float, float]]:
    rows = []
    for frame in (len(cine.labels) // 4, (3 * len(cine.labels)) // 4):
        truth = cine.labels[frame] > 0
        alone = Session(cine.pictures, device="cpu").prompt(frame, clicks=[middle(truth)])
        helped = prompt_learned(cine.pictures, learned, frame, 1, [middle(truth)], device="cpu")
        rows.append((iou(alone.mask, truth), iou(helped.mask, truth)))
        print(
            f"{cine.name:<16} frame {frame}: click IoU {rows[-1][0]:.3f}, with examples {rows[-1][1]:.3f}", flush=True
        )
    return rows


def measure_masks(cine: LabelledCine, learned: Learned, preset: str) -> None:
    mark = {0: cine.labels[0]}

    def score(found: Segmentation) -> str:
        dice = frame_dice((found.labels > 0).astype(np.uint8), cine.labels, 1)
        return f"{float(np.mean(dice[1:])):.3f}"

    alone = Session(cine.pictures, device="cpu").segment(mark, preset=preset)
    begun = segment_learned(cine.pictures, learned, mark, examples=[], preset=preset, device="cpu")
    shown = learned.best_examples(cine.pictures, SUPPORTS)
    beside = segment_learned(cine.pictures, learned, mark, examples=shown, preset=preset, device="cpu")
    unmarked = segment_learned(cine.pictures, learned, examples=[], preset=preset, device="cpu")
    print(
        f"{cine.name:<16} one mark: Dice {score(alone)}, with the network {score(begun)}, with examples too "
        f"{score(beside)}; no mark, network alone {score(unmarked)}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="+")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="measure only these")
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--preset", default="balanced")
    options = parser.parse_args()
    cines = [read_video(folder, options.frames) for folder in options.videos]
    rows: list[tuple[float, float]] = []
    for cine in cines:
        if options.only and cine.name not in options.only:
            continue
        others = [other for other in cines if other is not cine]
        learned = learned_from(others, options.steps, options.preset)
        rows += measure_clicks(cine, learned)
        if options.steps:
            measure_masks(cine, learned, options.preset)
    alone, helped = np.mean(rows, axis=0)
    print(f"mean click IoU {alone:.3f}, with examples {helped:.3f} ({len(rows)} frames)")


if __name__ == "__main__":
    main()
