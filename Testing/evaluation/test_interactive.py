"""`rabsegment evaluate --interactive`: where its user clicks, what is counted, and what is written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.labelled_videos import write_video
from helpers.processes import assert_one_sentence, run_command
from rabengine.cli.main import build_parser
from rabengine.cli.train import UNUSED
from rabengine.errors import InputError
from rabengine.evaluation.interactive.classical import grab_cut, grow_from_seeds, threshold
from rabengine.evaluation.interactive.objects import click_objects
from rabengine.evaluation.interactive.run import is_of
from rabengine.evaluation.interactive.user import MOST_CLICKS, Start, click_until_good, next_click, overlap
from rabengine.evaluation.videos import find_videos
from rabengine.network.prompt_model import PromptModel
from rabengine.network.prompt_weights import save_prompt_weights
from rabengine.synthetic.phantom import beating_ellipse


@pytest.fixture
def truth() -> np.ndarray:
    mask = np.zeros((60, 80), bool)
    mask[20:40, 30:60] = True
    return mask


def test_the_first_click_is_in_the_middle(truth: np.ndarray) -> None:
    click = next_click(truth, np.zeros_like(truth))
    assert click.is_positive
    assert 38 <= click.x <= 51 and 28 <= click.y <= 31


def test_later_clicks_are_where_it_is_most_wrong(truth: np.ndarray) -> None:
    found = truth.copy()
    found[20:40, 55:60] = False
    found[0:16, 0:16] = True
    click = next_click(truth, found)
    assert not click.is_positive and click.x < 16 and click.y < 16
    assert next_click(truth, found & truth).x >= 55


def test_clicks_are_counted_until_the_last_target(truth: np.ndarray) -> None:
    """A method that shows a third of the object at each click."""
    thirds = np.zeros((3, *truth.shape), bool)
    for number, right in enumerate((40, 56, 60)):
        thirds[number] = truth
        thirds[number][:, right:] = False
    gone = click_until_good(truth, lambda clicks, found: thirds[min(len(clicks), 3) - 1])
    assert [gone.clicks_to(target) for target in (0.8, 0.85, 0.9)] == [2, 2, 3]
    assert gone.ious[0] == pytest.approx(1 / 3) and gone.ious[4] == 1
    assert len(gone.seconds) == 3


def test_a_method_that_never_finds_it_counts_as_all_clicks(truth: np.ndarray) -> None:
    gone = click_until_good(truth, lambda clicks, found: np.zeros_like(found))
    assert gone.clicks_to(0.8) == MOST_CLICKS == len(gone.seconds)


@pytest.mark.parametrize(("make", "package"), [(grab_cut, "cv2"), (grow_from_seeds, "scipy"), (threshold, "SimpleITK")])
@pytest.mark.parametrize("is_coloured", [False, True])
def test_classical_methods_find_a_bright_object(
    truth: np.ndarray, make: Callable[[], Start], package: str, is_coloured: bool
) -> None:
    pytest.importorskip(package)
    noise = np.random.default_rng(0).normal(0, 8, truth.shape)
    picture = np.clip(np.where(truth, 190, 60) + noise, 0, 255).astype(np.uint8)
    gone = click_until_good(truth, make()(np.stack([picture] * 3, -1) if is_coloured else picture))
    assert gone.clicks_to(0.9) <= 5


def test_kinds_are_those_of_sets_and_of_videos() -> None:
    assert is_of("busi", ["busi", "vocalfolds"]) and is_of("vocalfolds-seq3", ["busi", "vocalfolds"])
    assert not is_of("echonet-1", ["busi"]) and not is_of("busier", ["busi"])


def test_each_object_is_one_piece(tmp_path: Path) -> None:
    frames, labels = beating_ellipse(5, 64, 72, seed=1)
    labels = labels.copy()
    labels[:, 2:12, 2:12] = 1
    write_video(tmp_path / "eye-1", frames, labels)
    found = list(click_objects(find_videos([tmp_path])[0], 3, None))
    assert len(found) == 3
    for one in found:
        in_corner = one.truth[2:12, 2:12].any()
        assert one.truth.sum() > 50 and in_corner != one.truth[14:].any()


def test_the_command_writes_a_table_and_all_figures(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_prompt_weights(tmp_path / "untrained.pt", PromptModel(), {})
    write_video(tmp_path / "videos" / "eye-1", *beating_ellipse(4, 64, 72, seed=1))
    words = ["--interactive", "--videos", tmp_path / "videos", "--frames", "1", "--methods", "rabsegment"]
    out = tmp_path / "out"
    done = run_command("evaluate", *words, "--weights", tmp_path / "untrained.pt", "--device", "cpu", "-o", out)
    assert done.returncode == 0, done.stderr
    scores = json.loads((out / "interactive.json").read_text(encoding="utf-8"))["scores"]["rabsegment"]["eye-1"]
    assert scores["objects"] == 1 and 1 <= scores["clicks to 0.85"] <= MOST_CLICKS
    assert "eye-1" in (out / "interactive.md").read_text(encoding="utf-8")


def test_a_method_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "eye-1", *beating_ellipse(4, 64, 72, seed=1))
    words = ["--interactive", "--videos", tmp_path / "eye-1", "--methods", "abacus", "-o", tmp_path / "out"]
    done = run_command("evaluate", *words)
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--shots", "1,3"], ["--resume"], ["--jobs", "1"], ["--seed", "0", "--set", "a=1"]])
def test_options_of_marks_do_nothing_with_clicks_and_are_refused(tmp_path: Path, words: list[str]) -> None:
    """Also with the values that they have by default."""
    with pytest.raises(InputError) as caught:
        parsed("evaluate", "--interactive", "--videos", tmp_path, "-o", tmp_path / "out", *words)
    assert "with --interactive" in caught.value.message
    assert all(word in caught.value.message for word in words if word.startswith("--"))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("prompt", ["--lessons", "300"]),
        ("prompt", ["--pair-share", "0.25"]),
        ("prompt", ["--resume"]),
        ("judge", ["--batch", "4"]),
        ("judge", ["--sketches", "4"]),
        ("judge", ["--long-share", "0"]),
        ("image", ["--seconds", "60"]),
    ],
)
def test_options_of_another_model_do_nothing_in_a_training_and_are_refused(
    tmp_path: Path, model: str, words: list[str]
) -> None:
    with pytest.raises(InputError, match=f"{words[0]} does nothing with --model {model}"):
        parsed("train", "--model", model, "--images", tmp_path, "-o", tmp_path / "w.pt", *words)


def test_every_option_is_known_to_do_something_for_some_model() -> None:
    """No option of `train` is refused by all, and every name that is refused is an option."""
    names = set(vars(build_parser().parse_args(["train", "--images", "x", "-o", "w.pt"])))
    for unused in UNUSED.values():
        assert set(unused) <= names
    assert not set.intersection(*map(set, UNUSED.values()))


def parsed(command: str, *words: object) -> None:
    """What the command does with its options before all else; the folder does not hold what it should."""
    options = build_parser().parse_args([command, *map(str, words)])
    options.run(options, threading.Event())


def test_overlap_of_nothing_with_nothing_is_whole() -> None:
    nothing = np.zeros((4, 4), bool)
    assert overlap(nothing, nothing) == 1
