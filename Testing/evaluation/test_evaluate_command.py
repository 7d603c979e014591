"""`rabsegment evaluate` from folders of images to tables, and what it says of input that it cannot use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.labelled_videos import two_objects, write_video
from helpers.processes import assert_one_sentence, run_command, run_evaluate
from rabengine.cli.overrides import parse_overrides
from rabengine.errors import InputError
from rabengine.evaluation.methods import load_method
from rabengine.evaluation.metrics import frame_dice
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.protocols import marks_of
from rabengine.evaluation.run_evaluation import run_evaluation
from rabengine.evaluation.settings import Settings

FRAMES, SIDE = 8, 48


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cine with two objects, one that cannot be read, and a generated one."""
    folder = tmp_path_factory.mktemp("videos")
    frames, truth = two_objects(FRAMES, SIDE)
    write_video(folder / "heart", frames, truth)
    write_video(folder / "damaged", frames[:3], truth[:3])
    (folder / "damaged" / "images" / "0001.png").write_bytes(b"no picture")
    write_video(folder / "generated" / "clip", *two_objects(3, 32), "synthetic")
    return folder


@pytest.fixture(scope="module")
def evaluated(videos, tmp_path_factory):
    """A finished run on the cine and on the damaged one: its output folder and the process."""
    out = tmp_path_factory.mktemp("evaluation") / "out"
    folders = (videos / "damaged", videos / "heart")
    done = run_evaluate("--videos", *folders, "--methods", "image,copy", "--jobs", 2, "-o", out)
    return out, done


def read(out: Path) -> dict:
    return json.loads((out / "results.json").read_text(encoding="utf-8"))


def test_a_video_that_fails_does_not_stop_the_others(evaluated):
    out, done = evaluated
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("rabsegment: 6 runs failed")
    errors = read(out)["errors"]
    assert {(error["method"], error["video"]) for error in errors} == {("image", "damaged"), ("copy", "damaged")}
    assert all("0001.png" in error["error"] for error in errors)
    assert "Traceback" not in done.stderr


def test_every_run_has_its_scores(evaluated):
    out, done = evaluated
    results = read(out)
    keys = {(row["method"], row["video"], row["protocol"], row["object"], row["seed"]) for row in results["records"]}
    expected = {("heart", protocol, label, 0) for protocol in ("first", "middle", "three") for label in (1, 2)}
    assert keys == {(method, *rest) for method in ("image", "copy") for rest in expected}
    assert len(results["records"]) == len(keys)
    assert len(results["weights"]["sha256"]) == 64
    for row in results["records"]:
        assert 0 <= row["iou"] <= row["dice"] <= 1
        assert row["seconds_per_frame"] >= 0
        assert row["peak_memory_mib"] > 10
        assert row["threads"] == 1
        assert all((dice is None) == (frame in row["marked_frames"]) for frame, dice in enumerate(row["frame_dice"]))
    absent = {row["object"]: row["absent_frames"] for row in results["records"] if row["protocol"] == "first"}
    assert absent == {1: 0, 2: 1}  # object 2 is not on the last frame
    assert "| copy | peer: nearest mask copied |" in done.stdout


@pytest.mark.parametrize("name", ["image", "copy"])
def test_scores_are_those_of_the_method(evaluated, name):
    out, _ = evaluated
    frames, truth = two_objects(FRAMES, SIDE)
    rows = [row for row in read(out)["records"] if (row["method"], row["protocol"]) == (name, "three")]
    marked = rows[0]["marked_frames"]
    assert marked == [0, 3, 6]
    labels = load_method(name, EngineChoices(device="cpu"))(frames, marks_of(truth, marked), 0).labels
    assert np.array_equal(labels[marked], truth[marked])
    for row in rows:
        dice = np.delete(frame_dice(labels, truth, row["object"]), marked)
        assert [value for value in row["frame_dice"] if value is not None] == pytest.approx(dice.tolist(), abs=1e-3)


def test_tables_plot_and_sheets_are_written(evaluated):
    out, _ = evaluated
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    sheets = [f"worst_frames/heart-{name}.png" for name in ("copy", "image")]
    assert written == ["dice_against_marks.png", "results.json", "results.md", *sheets]
    text = (out / "results.md").read_text(encoding="utf-8")
    assert "## Recorded cines" in text
    assert "## Synthetic cines" not in text


def test_resume_keeps_what_is_equal_and_adds_the_rest(evaluated, videos):
    out, _ = evaluated
    before = read(out)["records"]
    arguments = ("--methods", "copy", "--to-target", "--strategies", "distant", "--resume", "-o", out)
    done = run_evaluate(*arguments, "--videos", videos / "heart", videos / "generated")
    assert done.returncode == 0, done.stderr
    results = read(out)
    kept = [row for row in results["records"] if row["video"] == "heart"]
    assert kept == before
    assert {row["video"] for row in results["records"]} == {"heart", "clip"}
    assert results["errors"] == []
    assert {(row["video"], row["strategy"]) for row in results["corrections"]} == {
        ("heart", "distant"),
        ("clip", "distant"),
    }
    assert results["videos"]["clip"]["kind"] == "synthetic"
    assert (out / "dice_against_marks_synthetic.png").is_file()
    # Other objects are other settings: nothing of the above may stand beside their scores.
    done = run_command("evaluate", *arguments, "--videos", videos / "heart", "--objects", 1, "--shots", 3)
    assert done.returncode == 0, done.stderr
    rows = read(out)["records"]
    assert [(row["method"], row["protocol"], row["object"]) for row in rows] == [("copy", "three", 1)]


def test_bad_usage_is_one_sentence(videos, tmp_path):
    done = run_command("evaluate", "--videos", videos, "--methods", "magic", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert "magic" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"videos": (Path("nowhere"),)}, "nowhere"),
        ({"shots": (2,)}, "--shots"),
        ({"shots": ()}, "--to-target"),
        ({"only": ("last",)}, "--protocols"),
        ({"shots": (1,), "only": ("three",)}, "--to-target"),
        ({"strategies": ("best",)}, "--strategies"),
        ({"objects": (300,)}, "--objects"),
        ({"frames": 1}, "--frames"),
        ({"engine": EngineChoices(weights=Path("none.pt"))}, "none.pt"),
        ({"engine": EngineChoices(device="abacus")}, "abacus"),
        ({"engine": EngineChoices(overrides={"lessons": 3})}, "lessons"),  # fast learns nothing
    ],
)
def test_settings_that_cannot_be_used(videos, tmp_path, changes, named):
    settings = {"videos": (videos / "heart",), "output": tmp_path / "out", "methods": ("fast",), **changes}
    with pytest.raises(InputError, match=named):
        run_evaluation(Settings(**settings))
    assert not (tmp_path / "out").exists()


def test_a_folder_without_videos_is_named(tmp_path):
    with pytest.raises(InputError, match="no images/"):
        run_evaluation(Settings(videos=(tmp_path,), output=tmp_path / "out", methods=("copy",)))


def test_resume_refuses_results_of_others(videos, tmp_path):
    (tmp_path / "results.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match=r"results\.json"):
        run_evaluation(Settings(videos=(videos / "heart",), output=tmp_path, methods=("copy",), is_resumed=True))


def test_overrides_get_the_type_of_the_choice():
    assert parse_overrides(["steps=12", "blend=1", "temporal_attention=false", "priors=yes"]) == {
        "steps": 12,
        "blend": 1.0,
        "temporal_attention": False,
        "priors": True,
    }
    for wrong in ("steps", "steps=few", "priors=maybe", "magic=1", "name=fast"):
        with pytest.raises(InputError, match=wrong):
            parse_overrides([wrong])
