"""What each choice of the presets is worth on labelled videos.

    PYTHONPATH=Testing python -m tools.ablate_presets --videos VIDEOS -o FOLDER [--frames 24] [--objects
        1,3] [--only fast]

Every row is one `rabsegment evaluate` with one choice changed, from three seeds where anything depends on the seed;
the table says by how much mean Dice of the unmarked frames differs from that of the preset as it is, and how many of
the frames without the object were painted, all seeds together. A row that is
there already is not computed again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.evaluation.protocols import FIRST, THREE
from rabengine.session.steps.appearance import AppearanceLearning
from tools.ablation_options import ablation_parser

COUNTED = (FIRST, THREE)
STEPS = AppearanceLearning().appearance_steps
LESSONS = AppearanceLearning().lessons


@dataclass(frozen=True)
class Row:
    """One choice changed in one preset."""

    preset: str
    name: str
    changes: tuple[str, ...] = ()


ROWS = (
    Row("fast", "as it is"),
    Row("fast", "no trusted frames among the supports", ("rounds=0",)),
    Row("fast", "one round of them", ("rounds=1",)),
    Row("fast", "three rounds", ("rounds=3",)),
    Row("fast", "no matching priors", ("priors=false",)),
    Row("fast", "no neighbouring frame", ("neighbour=false",)),
    Row("fast", "no closer look at small objects", ("crop=false",)),
    Row("fast", "one support a frame", ("supports=1",)),
    Row("fast", "doubtful masks stay", ("drops_doubtful=false",)),
    Row("fast", "160 pixels", ("size=160",)),
    Row("fast", "224 pixels", ("size=224",)),
    Row("fast", "256 pixels", ("size=256",)),
    Row("balanced", "as it is"),
    Row("balanced", "no trusted frames as examples", ("trusted_frames=0",)),
    Row("balanced", "one lesson", ("lessons=1",)),
    Row("balanced", "one lesson of as many steps", ("lessons=1", f"appearance_steps={LESSONS * STEPS}")),
    Row("balanced", "twice the steps", (f"appearance_steps={2 * STEPS}",)),
    Row("balanced", "share of the appearance model 0.3", ("appearance_share=0.3",)),
    Row("balanced", "share of the appearance model 0.7", ("appearance_share=0.7",)),
    Row("balanced", "the paper's relearning besides", ("temporal_weight=0.1",)),
    Row("accurate", "as it is"),
    Row("paper", "as it is"),
    Row("paper", "without relearning (preset image)", ("temporal_weight=0", "feature_weight=0", "prediction_weight=0")),
    Row("paper", "without L_t", ("temporal_weight=0",)),
    Row("paper", "with ten times the L_t", ("temporal_weight=1",)),
    Row("paper", "without L_f", ("feature_weight=0",)),
    Row("paper", "without L_p", ("prediction_weight=0",)),
    Row("paper", "without TAU", ("temporal_attention=false",)),
    Row("paper", "backbone frozen", ("train_backbone=false",)),
)


def _evaluate(row: Row, folder: Path, options: argparse.Namespace) -> None:
    seeds = "0" if row.preset == "fast" else options.seeds
    command = [sys.executable, "-m", "rabengine", "evaluate", "--videos", *map(str, options.videos), "-o", str(folder)]
    command += ["--methods", row.preset, "--objects", options.objects, "--frames", str(options.frames)]
    command += ["--protocols", ",".join(COUNTED), "--seeds", seeds, "--jobs", str(options.jobs), "--resume"]
    for change in row.changes:
        command += ["--set", change]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Score:
    """Of one row and protocol: Dice over the pairs of cine and object, and what was painted where nothing is."""

    dice: float
    spread: float  # of the seeds' means
    false_alarms: int
    absent: int


def _score(folder: Path, protocol: str) -> Score:
    content = json.loads((folder / "results.json").read_text())
    records = [record for record in content["records"] if record["protocol"] == protocol]
    by_seed: dict[int, list[float]] = {}
    for record in records:
        if record["dice"] is not None:
            by_seed.setdefault(record["seed"], []).append(record["dice"])
    means = [float(np.mean(values)) for values in by_seed.values()]
    return Score(
        float(np.mean(means)),
        float(np.std(means)),
        sum(record["false_alarm_frames"] for record in records),
        sum(record["absent_frames"] for record in records),
    )


def _cell(score: Score, base: Score | None) -> str:
    """Dice of a preset as it is, with its spread; else the difference to it; and the false alarms."""
    dice = f"{score.dice:.3f} ± {score.spread:.3f}" if base is None else f"{score.dice - base.dice:+.3f}"
    return f"{dice} ({score.false_alarms} of {score.absent})"


def main() -> None:
    """Compute what is missing, one row after the other, and print the table."""
    parser = ablation_parser(__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=sorted({row.preset for row in ROWS}), help="rows of one preset alone")
    options = parser.parse_args()
    rows = [row for row in ROWS if options.only in (None, row.preset)]
    lines = [f"| preset | changed | {' | '.join(COUNTED)} |", f"|---|---|{'---|' * len(COUNTED)}"]
    for row in rows:
        folder = options.output / "-".join([row.preset, *row.changes]).replace("=", "_")
        _evaluate(row, folder, options)
        base = options.output / row.preset
        cells = [
            _cell(_score(folder, protocol), _score(base, protocol) if row.changes else None) for protocol in COUNTED
        ]
        lines.append(f"| {row.preset} | {row.name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    (options.output / "ablations.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
