"""The package of `docs/extending.md` does what that page says: commands, worker, evaluation, benchmark, training."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.labelled_videos import two_objects, write_video
from helpers.processes import WorkerProcess, assert_one_sentence, environment, run_command, run_evaluate
from helpers.third_party import install, installed, on_path, write_npz
from helpers.warm_start import python_for_modules
from rabengine.benchmark.run_benchmark import run_scenario
from rabengine.benchmark.scenarios import USE, Scenario, all_scenarios
from rabengine.cli.main import build_parser
from rabengine.errors import EngineError, PackageMissingError
from rabengine.evaluation.methods import PEER, PRESET, registry
from rabengine.io.labels.write import check_output, write_labels
from rabengine.io.read import read_cine
from rabengine.network.image_model import ImageModel
from rabengine.network.weights import load_weights, save_weights
from rabengine.presets import PRESETS
from rabengine.training.options import TrainingOptions
from rabengine.training.trainer import train


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed package; child processes find it with `environment(site)`."""
    return install(tmp_path_factory.mktemp("third_party"))


@pytest.fixture
def cine(phantom, tmp_path: Path) -> Path:
    return write_npz(tmp_path / "heart.npz", phantom.frames)


def test_everything_is_listed(site):
    said = run_command("info", env=environment(site)).stdout.splitlines()
    lists = dict(line.split(": ", 1) for line in said if ": " in line)
    named = {"presets": ("smooth", "nearest-mark"), "steps": ("smoothing",), "backbones": ("tiny",)}
    for title, names in {
        **named,
        "readers": ("npz",),
        "writers": ("npz",),
        "exchange formats": ("npz-set",),
        "other methods": ("nearest-mark-method",),
    }.items():
        assert set(names) <= set(lists[title].split(", ")), lists
    assert "smooth" not in run_command("info").stdout  # nothing of it is ours
    told = run_command("segment", "--help", env=environment(site)).stdout
    assert "smooth" in told and ".npz" in told


def test_its_preset_segments_a_file_of_its_format_to_another(site, cine, phantom, tmp_path):
    out = tmp_path / "labels.npz"
    mark = f"0={phantom.masks[0]}"
    arguments = (
        "segment",
        cine,
        "--mark",
        mark,
        "-o",
        out,
        "--preset",
        "smooth",
        "--device",
        "cpu",
        "--progress",
        "json",
    )
    done = run_command(*arguments, "--report", tmp_path / "report.json", env=environment(site))
    assert done.returncode == 0, done.stderr
    assert "smoothing" in {json.loads(line).get("phase") for line in done.stdout.splitlines()}
    assert json.loads((tmp_path / "report.json").read_text())["preset"] == "smooth"
    with np.load(out) as archive:
        labels, names = archive["frames"], list(archive["names"])
        assert tuple(archive["spacing"]) == (0.5, 0.4) and names == ["Segment 1"]
    assert np.array_equal(labels[0], phantom.truth[0])
    both = np.count_nonzero((labels == 1) & (phantom.truth == 1))
    assert 2 * both / (np.count_nonzero(labels) + np.count_nonzero(phantom.truth)) > 0.8

    # What was written serves as marks again, also out of a set of its own.
    marks = tmp_path / "set"
    chosen = ("--frames", "all", "--keep-text", "--format", "npz-set", "-o", marks)
    told = run_command("export", cine, out, *chosen, env=environment(site))
    assert told.returncode == 0, told.stderr
    [file] = marks.glob("*.npz")
    with np.load(file) as archive:
        assert np.array_equal(archive["labels"], labels) and np.array_equal(archive["pictures"], phantom.frames)
    again = run_command(
        "segment",
        cine,
        "--marks",
        marks,
        "-o",
        tmp_path / "again.nrrd",
        "--preset",
        "nearest-mark",
        env=environment(site),
    )
    assert again.returncode == 0, again.stderr


def test_without_the_package_each_sentence_names_what_is_missing(cine, phantom, tmp_path):
    mark = ("--mark", f"0={phantom.masks[0]}")
    for arguments, said in (
        ((cine, *mark, "-o", tmp_path / "out.nrrd"), "heart.npz is of a type that is not supported"),
        ((phantom.cine, *mark, "-o", tmp_path / "out.npz"), "out.npz is not a kind of output"),
        ((phantom.cine, *mark, "-o", tmp_path / "out.nrrd", "--preset", "smooth"), "smooth"),
    ):
        done = run_command("segment", *arguments)
        assert done.returncode == 2 and said in done.stderr
        assert_one_sentence(done.stderr)


def test_its_method_as_a_preset_gives_what_the_method_gives(site, phantom):
    with on_path(site):
        from ourpackage.methods import nearest_mark

        import rabengine

        marks = {frame: phantom.truth[frame] for frame in (0, 4)}
        found = rabengine.segment(phantom.frames, marks, preset="nearest-mark", device="cpu")
        assert np.array_equal(found.labels, nearest_mark(phantom.frames, marks, 0).labels)
        assert found.preset == "nearest-mark" and found.confidence.shape == (8, 1)


def test_the_worker_takes_its_preset_and_its_cine(site, short_phantom, tmp_path):
    cine = write_npz(tmp_path / "heart.npz", short_phantom.frames)
    np.save(tmp_path / "mark.npy", short_phantom.truth[0])
    worker = WorkerProcess(environment(site))
    try:
        worker.send(id=1, request="open", cine=str(cine), folder=str(tmp_path), device="cpu")
        assert worker.events_until("ready", "error", request_id=1)[-1]["event"] == "ready"
        worker.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="smooth")
        assert worker.events_until("done", "error", request_id=2)[-1]["event"] == "done"
    finally:
        worker.end()


def test_it_is_evaluated_like_ours(site, tmp_path):
    video = write_video(tmp_path / "heart", *two_objects(5, 64))
    out = tmp_path / "out"
    names = ("smooth", "nearest-mark", "nearest-mark-method")
    arguments = ("--methods", ",".join(names), "--shots", 1, "--protocols", "first", "--device", "cpu", "-o", out)
    done = run_evaluate("--videos", video, *arguments, env=environment(site))
    assert done.returncode == 0, done.stderr
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [results["methods"][name]["kind"] for name in names] == [PRESET, PRESET, PEER]
    assert results["methods"]["nearest-mark-method"]["title"] == "The nearest mark, copied"
    dice = {row["method"]: row["dice"] for row in results["records"] if row["object"] == 1}
    assert set(dice) == set(names) and dice["nearest-mark"] == dice["nearest-mark-method"]
    assert (out / "dice_against_marks.png").is_file()


def test_its_choices_can_be_set_and_its_code_is_part_of_a_result(site):
    with on_path(site):
        from rabengine.cli.overrides import parse_overrides
        from rabengine.presets import get_preset

        assert get_preset("smooth", parse_overrides(["reach=2"])).steps[-1].reach == 2
        entries = registry()
        assert entries["smooth"].modules == ("ourpackage.presets",)
        assert entries["nearest-mark-method"].modules == ("ourpackage.methods",)
        assert not entries["smooth"].is_seeded and entries["nearest-mark"].is_seeded


def test_the_benchmark_measures_presets_and_methods_by_name(site, monkeypatch):
    with on_path(site):
        monkeypatch.setattr(sys, "executable", python_for_modules())
        assert {"smooth", "nearest-mark"} <= {one.preset for one in all_scenarios(is_quick=False)}
        assert {one.preset for one in all_scenarios(True, ("nearest-mark-method",))} == {"nearest-mark-method"}
        for name in ("nearest-mark", "nearest-mark-method"):
            measured = run_scenario(Scenario(USE, name, 3, 64, 64, is_corrected=True), "cpu")
            assert "error" not in measured, measured
            assert measured["dice"] > 0.5 and measured["warm_correction_s"] >= 0


def test_its_backbone_is_trained_and_its_weights_are_used(site, cine, phantom, tmp_path):
    weights = tmp_path / "tiny.pt"
    images = write_video(tmp_path / "images", phantom.frames, phantom.truth)
    with on_path(site):
        words = ["train", "--images", str(images), "-o", str(weights), "--backbone", "tiny", "--init-weights", "random"]
        chosen = build_parser().parse_args(words)
        small = {"steps": 1, "lessons": 0, "batch": 1, "size": 64, "validate_every": 0, "device": "cpu", "sketches": 0}
        told = {"backbone": chosen.backbone, "initial": chosen.init_weights, "synthetic_share": 0.0}
        train(TrainingOptions((images,), weights, tmp_path / "run", **small, **told))
    arguments = ["segment", "--mark", f"0={phantom.masks[0]}", "--weights", weights, "--preset", "image"]
    used = run_command(*arguments, cine, "-o", tmp_path / "labels.npz", env=environment(site))
    assert used.returncode == 0, used.stderr
    without = run_command(*arguments, phantom.cine, "-o", tmp_path / "labels.nrrd")
    assert without.returncode == 2 and "the backbone tiny, which is not installed" in without.stderr
    assert_one_sentence(without.stderr)


def test_its_backbone_learns_the_appearance_of_a_cine(site, phantom, tmp_path):
    with on_path(site):
        from rabengine.session.session import Session

        weights = tmp_path / "tiny.pt"
        save_weights(weights, ImageModel("tiny"), {})
        assert load_weights(weights).backbone == "tiny"
        few = {"size": 96, "lessons": 1, "appearance_steps": 2, "rounds": 0, "crop": False}
        session = Session(phantom.frames, device="cpu", weights=weights)
        found = session.segment({0: phantom.truth[0]}, preset="balanced", overrides=few)
        assert np.array_equal(found.labels[0], phantom.truth[0])


def test_what_a_format_needs_is_asked_for_first(phantom, tmp_path, monkeypatch):
    with installed(tmp_path):  # classes that the registries have not loaded
        from ourpackage.formats import NpzReader, NpzWriter

        monkeypatch.setattr(NpzReader, "needs", ("nobody_has_this",))
        monkeypatch.setattr(NpzWriter, "needs", ("nobody_has_this",))
        with pytest.raises(PackageMissingError, match=r"Reading .*heart\.npz needs nobody_has_this"):
            read_cine(write_npz(tmp_path / "heart.npz", phantom.frames))
        with pytest.raises(PackageMissingError, match=r"Writing out\.npz needs nobody_has_this"):
            check_output(tmp_path / "out.npz")


def test_a_writer_that_fails_leaves_nothing(phantom, tmp_path, monkeypatch):
    with installed(tmp_path):  # classes that the registries have not loaded
        from ourpackage.formats import NpzWriter

        def write(self, path, frames):
            path.write_bytes(b"half")
            raise KeyError("anything")

        monkeypatch.setattr(NpzWriter, "write", write)
        out = tmp_path / "out.npz"
        out.write_bytes(b"before")
        with pytest.raises(EngineError, match=r"out\.npz was not written.*KeyError"):
            write_labels(out, phantom.truth, read_cine(phantom.cine), (1,))
        assert out.read_bytes() == b"before"


def test_what_cannot_be_loaded_costs_a_warning(site, short_phantom, tmp_path):
    broken = tmp_path / "broken"
    facts = broken / "broken-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    lines = [f"[rabsegment.{group}]\nbroken = nowhere:thing" for group in ("presets", "readers", "writers", "methods")]
    (facts / "entry_points.txt").write_text("\n".join(lines) + "\n")
    mark = ("--mark", f"0={short_phantom.masks[0]}")
    out = tmp_path / "out.nrrd"
    arguments = ("segment", short_phantom.cine, *mark, "-o", out, "--device", "cpu", "--progress", "none", "--preset")
    done = run_command(*arguments, "image", env=environment(broken))
    assert done.returncode == 0 and "Traceback" not in done.stderr and out.is_file()
    warnings = [line for line in done.stderr.splitlines() if "No module named 'nowhere'" in line]
    said = [f"rabsegment: warning: The {what} broken cannot be loaded" for what in ("reader", "writer")]
    assert sorted(line.partition(" (")[0] for line in warnings) == said  # all readers and writers are asked, once
    failed = run_command(*arguments, "broken", env=environment(broken))
    assert failed.returncode == 2 and "The preset broken cannot be loaded" in failed.stderr
    assert_one_sentence(failed.stderr)
    assert "broken" not in PRESETS
