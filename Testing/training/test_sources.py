"""What a run trains on and validates on: sets left out, shares, and what the run says about them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from helpers.labelled_videos import write_video
from rabengine.cli import train as command
from rabengine.cli.unused import refuse_unused
from rabengine.errors import InputError
from rabengine.network.weights import load_weights
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training import validation
from rabengine.training.options import TrainingOptions
from rabengine.training.sources import load_sources
from rabengine.training.trainer import train

pytestmark = pytest.mark.usefixtures("sets_read_once")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets of pictures, in `images`, and two kinds of video, in `videos`."""
    root = tmp_path_factory.mktemp("data")
    for number, name in enumerate(("images/one", "images/two", "videos/eye-1", "videos/eye-2", "videos/eye-3",
                                   "videos/throat-1")):  # fmt: skip
        write_video(root / name, *beating_ellipse(8, 64, 72, seed=number))
    return root


def options(data: Path, folder: Path, **changes: object) -> TrainingOptions:
    values = {"steps": 2, "lessons": 0, "batch": 2, "size": 64, "validate_every": 2, "initial": "random"}
    values |= {"videos": (data / "videos",), "synthetic_share": 0.0, "sketches": 0, **changes}
    return TrainingOptions((data / "images",), folder / "weights.pt", folder / "run", **values)  # type: ignore[arg-type]


def test_what_is_left_out_is_only_validated_on(data: Path, tmp_path: Path) -> None:
    sources = load_sources(options(data, tmp_path, leave_out=("two", "throat")))
    assert [s.name for s in sources.images] == ["one"] and [s.name for s in sources.videos] == ["eye"]
    assert sources.counts()["two"] == {"training": 0, "validation": 8}
    assert sources.counts()["throat"] == {"training": 0, "validation": 1}
    assert sources.counts()["eye"] == {"training": 2, "validation": 1}


def test_drawn_pictures_are_sets_as_those_of_folders_are(data: Path, tmp_path: Path) -> None:
    told = options(data, tmp_path, sketches=4, leave_out=("sketch-eye",), shares=(("sketch-vessel", 2.0),))
    sources = load_sources(told)
    counts = sources.counts()
    assert counts["sketch-vessel"] == {"training": 2, "validation": 2}
    assert counts["sketch-eye"] == {"training": 0, "validation": 4}
    drawn = next(s for s in sources.images if s.name == "sketch-apical").training[0]
    assert int(drawn.labels.max()) > 0 and int(drawn.regions.max()) > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"leave_out": ("three",)}, "--leave-out names 'three'"),
        ({"shares": (("three", 2.0),)}, "--shares names 'three'"),
        ({"sketches": 3}, "3 sketches are too few"),
        ({"leave_out": ("sketch-eye",)}, "--leave-out names 'sketch-eye'"),
        ({"leave_out": ("one", "two")}, "No set of images is left"),
        ({"leave_out": ("one",), "shares": (("two", 0.0),)}, "No set of images is left"),
    ],
)
def test_names_that_do_not_fit_are_refused(data: Path, tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_sources(options(data, tmp_path, **changes))


def test_a_run_says_a_figure_for_each_kind(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "BATCHES", 1)
    monkeypatch.setattr(validation, "KIND_BATCHES", 1)
    train(options(data, tmp_path, leave_out=("two",), shares=(("eye", 2.0),)))
    scores = json.loads((tmp_path / "run" / "history.json").read_text())[-1]["scores"]
    assert {"pairs paper", "recipes beyond", "clips one beyond", "clips two beyond", "video eye beyond"} <= set(scores)
    assert "video throat beyond" not in scores  # one video alone is trained on
    card = load_weights(tmp_path / "weights.pt").card
    assert card["leave_out"] == ["two"] and card["shares"] == {"eye": 2.0}
    assert len(card["held-out videos"]) == 1  # type: ignore[arg-type]
    with pytest.raises(InputError, match="other settings"):
        train(options(data, tmp_path, leave_out=("two",), shares=(("eye", 2.0),), video_share=0.5, resume=True))


def parsed(*words: str) -> argparse.Namespace:
    subparsers = argparse.ArgumentParser().add_subparsers()
    options: argparse.Namespace = command.add_parser(subparsers).parse_args(["--images", "i", "-o", "w.pt", *words])
    refuse_unused(options, (), "")
    return options


def test_the_command_takes_shares_and_names() -> None:
    told = parsed("--videos", "a", "b", "--shares", "eye=2", "one=0.5", "--leave-out", "two,throat")
    assert told.videos == [Path("a"), Path("b")]
    assert told.shares == [("eye", 2.0), ("one", 0.5)]
    assert told.leave_out == ("two", "throat")
    plain = parsed()
    assert plain.videos == [] and plain.shares == [] and plain.leave_out == ()


@pytest.mark.parametrize("words", [["--shares", "eye"], ["--shares", "eye=-1"], ["--video-share", "1.5"]])
def test_the_command_refuses_shares_that_are_none(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)
