"""Methods that other packages bring: found, left out where they do not load, survived when they crash."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from helpers.labelled_videos import two_objects, write_video
from helpers.processes import assert_one_sentence, environment, run_evaluate
from rabengine.errors import InputError
from rabengine.evaluation.methods import PEER, PRESET, load_method, registry
from rabengine.evaluation.run_evaluation import choose_methods
from rabengine.evaluation.settings import Settings
from rabengine.presets import PRESETS


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder for the Python path with an installed package: one method is killed, one does not load."""
    folder = tmp_path / "site"
    facts = folder / "strange_methods-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-methods\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(
        "[rabsegment.methods]\ndying = strange_methods:dying\nincomplete = strange_incomplete:method\n",
        encoding="utf-8",
    )
    (folder / "strange_methods.py").write_text(
        "import os\ndef dying(frames, marks, seed):\n    os.kill(os.getpid(), 9)\n", encoding="utf-8"
    )
    (folder / "strange_incomplete.py").write_text("import a_package_that_nobody_has\n", encoding="utf-8")
    return folder


def test_every_preset_and_peer_is_known():
    entries = registry()
    assert [name for name, entry in entries.items() if entry.kind == PRESET] == list(PRESETS.names())
    peers = {"copy", "flow", "demons", "matching", "fine-tuning", "fill-between-slices", "grow-from-seeds"}
    assert peers <= {name for name, entry in entries.items() if entry.kind == PEER}


def test_a_method_that_does_not_load_is_left_out_with_its_reason(package, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(package))
    chosen, skipped = choose_methods(Settings(videos=(), output=tmp_path))
    assert {"copy", "balanced", "dying"} <= set(chosen)
    assert "a_package_that_nobody_has" in skipped["incomplete"]
    with pytest.raises(InputError, match="incomplete"):
        choose_methods(Settings(videos=(), output=tmp_path, methods=("incomplete",)))
    with pytest.raises(InputError, match="magic"):
        load_method("magic")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that end a process")
def test_a_crash_of_a_method_is_recorded(package, tmp_path):
    write_video(tmp_path / "video", *two_objects(3, 32))
    out = tmp_path / "out"
    arguments = ("--methods", "dying", "--shots", 1, "-o", out)
    done = run_evaluate("--videos", tmp_path / "video", *arguments, env=environment(package))
    assert done.returncode == 3
    assert_one_sentence("\n".join(line for line in done.stderr.splitlines() if line.startswith("rabsegment:")))
    errors = json.loads((out / "results.json").read_text(encoding="utf-8"))["errors"]
    assert [error["protocol"] for error in errors] == ["first", "middle"]
    assert all("signal 9" in error["error"] for error in errors)
