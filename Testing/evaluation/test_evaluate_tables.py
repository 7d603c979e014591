"""What becomes of the scores: means, tables and plots, recorded and synthetic cines apart."""

from __future__ import annotations

import numpy as np
import pytest

from rabengine.evaluation.plot import write_plots
from rabengine.evaluation.results import Results
from rabengine.evaluation.summary import best_peer, false_alarms, mean_curve, mean_needed, mean_of
from rabengine.evaluation.tables import headline, to_markdown

METHODS = {
    "fast": {"title": "preset fast", "kind": "preset"},
    "copy": {"title": "nearest mask copied", "kind": "peer"},
    "flow": {"title": "optical flow", "kind": "peer"},
}
VIDEOS = {
    "heart": {"folder": "heart", "kind": "real"},
    "nodule": {"folder": "nodule", "kind": "real"},
    "made": {"folder": "made", "kind": "synthetic"},
}


def row(method: str, video: str, dice: float, *, protocol: str = "first", label: int = 1, seed: int = 0) -> dict:
    return {
        "method": method,
        "video": video,
        "protocol": protocol,
        "object": label,
        "seed": seed,
        "threads": 1,
        "dice": dice,
        "iou": dice / 2,
        "hd95": 3.0,
        "boundary_f": 0.5,
        "scored_frames": 10,
        "missed_frames": 1,
        "absent_frames": 4,
        "false_alarm_frames": 1,
        "stability": 0.1,
        "rho": None,
        "seconds_per_frame": 0.5,
        "peak_memory_mib": 100.0,
    }


@pytest.fixture
def results() -> Results:
    records = [
        row(method, video, dice, protocol=protocol)
        for protocol, gain in (("first", 0.0), ("three", 0.1))
        for method, video, dice in (
            ("fast", "heart", 0.8 + gain),
            ("fast", "nodule", 0.6 + gain),
            ("fast", "made", 0.123),
            ("copy", "heart", 0.5 + gain),
            ("copy", "nodule", 0.4 + gain),
            ("copy", "made", 0.321),
        )
    ]
    records += [row("flow", "heart", 0.9, protocol=protocol) for protocol in ("first", "three")]
    return Results(methods=METHODS, videos=VIDEOS, records=records)


def test_mean_and_deviation_over_seeds():
    rows = [row("fast", "heart", 0.5 + seed / 10, seed=seed) for seed in range(3)]
    rows += [row("fast", "nodule", 0.7 + seed / 10, seed=seed) for seed in range(3)]
    mean = mean_of(rows, "dice")
    assert mean.value == pytest.approx(0.7)
    assert mean.deviation == pytest.approx(0.1)  # of 0.6, 0.7 and 0.8
    assert mean.count == 2
    assert mean_of(rows[:1], "dice").deviation is None
    assert mean_of(rows, "rho") is None


def test_false_alarms_are_pooled():
    few, many = row("fast", "heart", 1), row("fast", "nodule", 1)
    many |= {"absent_frames": 16, "false_alarm_frames": 0}
    assert false_alarms([few, many]) == pytest.approx(1 / 20)
    assert false_alarms([many | {"absent_frames": 0}]) is None


def test_a_peer_that_failed_somewhere_is_not_the_best(results):
    first = [one for one in results.records if one["protocol"] == "first" and one["video"] != "made"]
    assert best_peer(results, first) == "copy"


def test_recorded_and_synthetic_cines_are_never_mixed(results):
    text = to_markdown(results)
    recorded, _, synthetic = text.partition("## Synthetic cines")
    assert "0.123" not in recorded
    assert "0.321" not in recorded
    assert "heart" not in synthetic
    assert "| fast | ours: preset fast | 0.700 | 0.800 |" in recorded
    assert "| fast | ours: preset fast | 0.123 | 0.123 |" in synthetic
    assert "| copy | peer: nearest mask copied | 0.450 | 0.550 |" in headline(results)


def test_incomplete_means_say_so(results):
    assert "0.900 (1 of 2)" in to_markdown(results)


def test_margins_to_the_best_peers(results):
    text = to_markdown(results)
    assert "The best single peer is copy." in text
    assert "| heart | 0.500 | 0.900 flow | 0.800 (+0.300, -0.100) |" in text
    assert "| mean of cines | 0.450 |  | 0.700 (+0.250) |" in text


def test_marks_to_target_counts_who_did_not_reach_it():
    rows = [{"needed": 3, "dice": [0.5, 0.8, 0.9]}, {"needed": None, "dice": [0.2, 0.3]}]
    assert mean_needed(rows) == 7
    assert mean_curve(rows, 4) == pytest.approx([0.35, 0.55, 0.6, 0.6])
    assert mean_curve([], 4) == []


def test_what_was_left_out_and_what_failed_is_listed(results):
    results.skipped["demons"] = "It needs a package."
    results.errors.append({**row("flow", "nodule", 0), "error": "The process was ended by signal 9."})
    text = to_markdown(results)
    assert "- demons: It needs a package." in text
    assert "- flow on nodule, first, seed 0: The process was ended by signal 9." in text


def test_plots_are_drawn_for_each_kind(results, tmp_path):
    pixels = pytest.importorskip("PIL.Image")
    common = {"method": "fast", "video": "heart", "seed": 0, "strategy": "next"}
    results.corrections.append({**common, "needed": 2, "dice": [0.5, 0.9]})
    write_plots(tmp_path, results)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dice_against_marks.png",
        "dice_against_marks_synthetic.png",
    ]
    sizes = [pixels.open(path).size for path in sorted(tmp_path.iterdir())]
    assert sizes[0][0] > 1.5 * sizes[1][0]  # a second panel for the marks added one by one
    assert np.ptp(np.asarray(pixels.open(tmp_path / "dice_against_marks.png").convert("L"))) == 255


def test_results_survive_writing_and_reading(results, tmp_path):
    from rabengine.evaluation.results import read_results

    results.write(tmp_path)
    assert vars(read_results(tmp_path)) == vars(results)
    assert vars(read_results(tmp_path / "nowhere")) == vars(Results())
