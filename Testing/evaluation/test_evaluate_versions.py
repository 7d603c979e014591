"""Figures are kept while the code that they depend on says the same, wherever it lies."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from helpers.labelled_videos import two_objects, write_video
from helpers.processes import environment, run_evaluate
from rabengine.evaluation.imported_code import code_hash, imported_files
from rabengine.evaluation.methods import registry
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.versions import method_modules, result_version

MAIN = '''"""A method."""

from rabengine.evaluation.prediction import Prediction

from .parts.filling import VALUE


def method(frames, marks, seed):
    """Every pixel gets the same."""
    import numpy as np

    from .late import used_late

    return used_late(Prediction(np.full(frames.shape[:3], VALUE, np.uint8)))
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with a method whose code lies in several modules."""
    folder = tmp_path / "site" / "counted_method"
    (folder / "parts").mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "parts" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    (folder / "parts" / "filling.py").write_text("VALUE = 1\n", encoding="utf-8")
    (folder / "late.py").write_text(
        'FURTHER = "counted_method.lazy:thing"\n\n\ndef used_late(found):\n    return found\n', encoding="utf-8"
    )
    (folder / "lazy.py").write_text("thing = 1\n", encoding="utf-8")
    (folder / "unused.py").write_text("thing = 1\nother = 1\n", encoding="utf-8")
    facts = tmp_path / "site" / "counted_method-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: counted-method\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(
        "[rabsegment.methods]\ncounted = counted_method.main:method\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "counted_method", raising=False)  # that of another test's folder
    return folder


def version() -> str:
    return code_hash(["counted_method.main"])


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_only_people_read_does_not_count(package):
    before = version()
    edit(package / "main.py", '"""A method."""', '"""The method that paints."""\n\n# A comment.\n')
    edit(package / "main.py", '    """Every pixel gets the same."""\n', "")
    edit(package / "main.py", "frames, marks, seed", "frames,\n    marks,\n    seed")
    assert version() == before


def test_a_module_that_moves_keeps_the_version(package):
    before = version()
    (package / "parts" / "filling.py").rename(package / "painting.py")
    edit(package / "main.py", "from .parts.filling import", "from counted_method.painting import")
    (package / "lazy.py").rename(package / "parts" / "kept.py")
    edit(package / "late.py", "counted_method.lazy:thing", "counted_method.parts.kept:thing")
    assert version() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("main.py", "np.uint8", "np.uint16"),
        ("parts/filling.py", "VALUE = 1", "VALUE = 2"),
        ("late.py", "return found", "return None"),
        ("lazy.py", "thing = 1", "thing = 2"),
        ("main.py", "import numpy as np", "import cupy as np"),
    ],
    ids=["its own", "imported", "imported in a function", "named as a registry does", "another library"],
)
def test_a_change_of_what_the_method_uses_counts(package, file, old, new):
    before = version()
    edit(package / file, old, new)
    assert version() != before


def test_a_module_that_nobody_imports_does_not_count(package):
    before = version()
    edit(package / "unused.py", "other = 1", "other = 2")
    assert version() == before


def test_the_video_counts(package, tmp_path):
    video = write_video(tmp_path / "video", *two_objects(3, 32))

    def of_video() -> str:
        return result_version(registry()["counted"], video, None, None, EngineChoices())

    before = of_video()
    assert of_video() == before
    (video / "masks" / "0001.png").write_bytes((video / "masks" / "0000.png").read_bytes() + b" ")
    assert of_video() != before


def test_presets_depend_on_the_session_and_peers_do_not():
    def reached(name: str) -> set[str]:
        files = imported_files(method_modules(registry()[name]), without=("rabengine.io",))
        return {"/".join(file.parts[-2:]) for file in files}

    balanced, copied, tuned = reached("balanced"), reached("copy"), reached("fine-tuning")
    engine = {
        "session/session.py",
        "session/work.py",
        "steps/appearance.py",
        "rabengine/presets.py",
        "network/image_model.py",
        "network/backbone.py",
        "network/weights.py",
        "propagation/propagator.py",
        "adaptation/appearance.py",
    }
    assert engine <= balanced
    assert "peers/copy_nearest.py" in copied and "session/session.py" not in copied
    assert {"network/encoder_decoder.py", "rabengine/augmentation.py"} <= tuned - copied
    assert not any(name.startswith("io/") for name in balanced)


def test_resume_measures_again_what_other_code_gave(package, tmp_path):
    write_video(tmp_path / "video", *two_objects(3, 32))
    out = tmp_path / "out"
    # Python takes what it compiled for the source of the same second and length.
    env = {**environment(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}

    def evaluate(*more: str) -> tuple[int, list[float]]:
        """How many cases were measured, and the Dice of the first object."""
        arguments = ("--methods", "counted", "--shots", 3, "-o", out, *more)
        done = run_evaluate("--videos", tmp_path / "video", *arguments, env=env)
        assert done.returncode == 0, done.stderr
        rows = json.loads((out / "results.json").read_text(encoding="utf-8"))["records"]
        return done.stderr.count(" runs ..."), [row["dice"] for row in rows if row["object"] == 1]

    measured, first = evaluate()
    assert measured == 1
    edit(package / "parts" / "filling.py", "VALUE = 1", "# What every pixel gets.\nVALUE = 1")
    assert evaluate("--resume") == (0, first)
    edit(package / "parts" / "filling.py", "VALUE = 1", "VALUE = 2")
    measured, third = evaluate("--resume")
    assert measured == 1 and third != first
