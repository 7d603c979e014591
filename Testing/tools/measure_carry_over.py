"""What a cine gets from marked frames of other cines, none of its own, on labelled videos.

    PYTHONPATH=Testing:RABSegment python -m tools.measure_carry_over VIDEO VIDEO ... [--frames 24] [--only-all]

A VIDEO is a folder with `images/` and `masks/`. Three frames of each (the first, the middle and the last) count as
marked. One line for each pair of videos: a cine from the three frames of one other; then two for each cine from the
best-matching of all others: as they are, and as a study does, which asks three others by themselves. Dice is the mean
over the frames, confidence what the engine says itself.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.evaluation.metrics import frame_dice
from rabengine.io.read import ReadOptions, load_frames, read_cine
from rabengine.propagation.input_view import grey_window
from rabengine.segmentation import Segmentation
from rabengine.study.carry_over import as_picture, carry_over
from rabengine.study.descriptors import Describer, best_matching, sampled
from rabengine.study.marked_frame import MarkedFrame
from rabengine.study.settings import StudySettings
from rabengine.study.witnesses import FRAMES, StudySupport, carry_over_asking


@dataclass(frozen=True)
class LabelledCine:
    """Frames (T, H, W[, 3]) as uint8 pictures and labels (T, H, W), 1 where there is any object."""

    name: str
    pictures: np.ndarray
    labels: np.ndarray

    @property
    def marked(self) -> list[int]:
        count = len(self.pictures)
        return [0, count // 2, count - 1]


def read_video(folder: Path, count: int) -> LabelledCine:
    frames = read_cine(folder / "images").frames[:count]
    masks = load_frames(folder / "masks", options=ReadOptions(are_labels=True)).frames[:count]
    window = grey_window(frames)
    return LabelledCine(
        folder.name, np.stack([as_picture(frame, window) for frame in frames]), (masks > 0).astype(np.uint8)
    )


def measure(cine: LabelledCine, origin: str, supports: list[MarkedFrame], preset: str) -> None:
    tell(cine, origin, carry_over(cine.pictures, supports, preset=preset, device="cpu"))


def tell(cine: LabelledCine, origin: str, found: Segmentation) -> None:
    score = float(frame_dice((found.labels > 0).astype(np.uint8), cine.labels, 1).mean())
    print(f"{cine.name:<16} {origin:<16} Dice {score:.3f}  confidence {found.confidence.mean():.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--supports", type=int, default=5)
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--only-all", action="store_true", help="leave out the pairs")
    options = parser.parse_args()
    cines = [read_video(folder, options.frames) for folder in options.videos]
    describer = Describer("cpu")
    marked = [[MarkedFrame(cine.pictures[i], cine.labels[i]) for i in cine.marked] for cine in cines]
    described = [describer.describe([frame.picture for frame in frames]) for frames in marked]
    for number, cine in enumerate(cines):
        others = [other for other in range(len(cines)) if other != number]
        for other in [] if options.only_all else others:
            measure(cine, cines[other].name, marked[other], options.preset)
        own = describer.describe([cine.pictures[i] for i in sampled(len(cine.pictures))])
        candidates = [frame for other in others for frame in marked[other]]
        origins = [other for other in others for _ in marked[other]]
        places = best_matching(own, np.concatenate([described[other] for other in others]), options.supports)
        measure(cine, f"best {len(places)} of all", [candidates[place] for place in places], options.preset)
        alike = {other: float((own @ described[other].T).mean(axis=0).max()) for other in others}
        asked = sorted(others, key=lambda other: -alike[other])[: StudySettings().witnesses]
        witnesses = [
            [StudySupport(other, marked[other][place]) for place in best_matching(own, described[other], FRAMES)]
            for other in asked
        ]
        supports = [StudySupport(origins[place], candidates[place]) for place in places]
        found, _ = carry_over_asking(cine.pictures, supports, witnesses, preset=options.preset, device="cpu")
        tell(cine, f"{len(asked)} asked", found)


if __name__ == "__main__":
    main()
