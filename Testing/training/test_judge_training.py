"""Training of the judge: the cines that it learns from, a short run, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.labelled_videos import write_video
from helpers.processes import run_command
from rabengine.errors import InputError
from rabengine.network.judge import EVIDENCE, Judge
from rabengine.network.judge_weights import load_judge
from rabengine.presets import PRESETS
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training import judge_cines
from rabengine.training.judge_cines import LARGEST, MOST_SEGMENTS, CineDraws, LabelledCine
from rabengine.training.judge_examples import JudgedCine, judged
from rabengine.training.judge_options import JudgeOptions
from rabengine.training.judge_trainer import rank_correlation, train_judge

FEW = 5  # cines
SIZE = 48  # pixels that are seen of them, for speed


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("videos")
    for number in range(2):
        write_video(root / f"eye-{number}", *beating_ellipse(30, 272, 64, seed=number))
    return root


def test_cines_are_drawn_with_marks_that_show_something(tmp_path, videos):
    options = JudgeOptions((), tmp_path / "judge.pt", tmp_path, videos=(videos,), validation_share=0.0)
    drawn = [cine for cine in islice(CineDraws(options, 0).from_number(0), FEW) if cine is not None]
    draws = CineDraws(options, 0)
    again = [cine for start in range(FEW) for cine in islice(draws.from_number(start), 1) if cine is not None]
    assert [cine.name for cine in drawn] == [cine.name for cine in again]
    assert any(cine.name.startswith("eye") for cine in drawn)
    for cine, same in zip(drawn, again, strict=True):
        assert np.array_equal(cine.frames, same.frames)
        assert cine.frames.shape[:3] == cine.labels.shape
        assert max(cine.labels.shape[1:]) <= LARGEST
        assert all(labels.any() for labels in cine.marks.values())
        assert 1 <= len(np.unique(cine.labels)) - 1 <= MOST_SEGMENTS


def test_frames_of_another_scene_are_judged_too(tmp_path):
    frames, labels = beating_ellipse(10, SIZE, SIZE, seed=0)
    frames[4:8] = np.random.default_rng(0).integers(0, 256, frames[4:8].shape, np.uint8)
    labels[4:8] = 0
    options = JudgeOptions((), tmp_path / "judge.pt", tmp_path, size=SIZE)
    [found] = judged(LabelledCine("cut", frames, labels, (0,)), PRESETS.get("fast"), options)
    assert found.evidence.shape == (9, len(EVIDENCE)) and found.shown.tolist() == [True] * 3 + [False] * 4 + [True] * 2


def test_a_judge_is_trained_and_written_and_learns_the_same_from_the_same_cines(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(judge_cines, "FRAMES", (8, 9))  # small cines: motion is followed at their own size
    monkeypatch.setattr(judge_cines, "SIZES", (64,))
    run = JudgeOptions((), tmp_path / "one.pt", tmp_path / "run", cines=3, steps=8, size=SIZE)
    judge = train_judge(run)
    assert "rank correlation" in capsys.readouterr().out
    evidence = torch.randn(5, len(EVIDENCE))
    assert torch.allclose(load_judge(run.output)(evidence), judge(evidence), atol=5e-3)
    # A run that is gone on with segments none of its cines again.
    kept = run.checkpoints / "cines-0.pt"
    before = kept.stat().st_mtime_ns
    again = train_judge(replace(run, output=tmp_path / "two.pt", resume=True))
    assert torch.equal(again(evidence), judge(evidence))
    assert kept.stat().st_mtime_ns == before


def test_too_little_time_is_a_sentence_and_writes_no_weights(tmp_path):
    with pytest.raises(InputError, match="too few to learn from"):
        train_judge(JudgeOptions((), tmp_path / "judge.pt", tmp_path / "run", seconds=0.0))
    assert not (tmp_path / "judge.pt").exists()


def test_the_command_refuses_folders_without_pictures(tmp_path):
    done = run_command("train", "--model", "judge", "--images", str(tmp_path), "-o", str(tmp_path / "judge.pt"))
    assert done.returncode != 0
    assert "holds no images/" in done.stderr
    assert not (tmp_path / "judge.pt").exists()


def test_ranks_are_those_of_the_truth_or_their_opposite():
    class Told(Judge):
        def forward(self, evidence: torch.Tensor) -> torch.Tensor:
            return evidence[:, :1].expand(-1, 2)

    dice = torch.tensor([0.9, 0.1, 0.5, 0.5, 0.7])
    shown = torch.ones(5, dtype=torch.bool)
    evidence = torch.zeros(5, len(EVIDENCE))
    evidence[:, 0] = dice
    example = JudgedCine("one", evidence, 1 - dice, dice, shown)
    assert rank_correlation(None, [example]) == pytest.approx(-1)
    sure = JudgedCine("two", evidence, torch.full((5,), 0.5), dice, shown)
    assert rank_correlation(Told(1), [sure]) == pytest.approx(1)
    assert np.isnan(rank_correlation(None, [sure]))
