"""`rabengine.segment`, as a program calls it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rabengine
from helpers.processes import PATIENCE_SECONDS, environment, python_without_torch
from rabengine.errors import InputError
from rabengine.evaluation.preset_method import EngineChoices, PresetMethod
from rabengine.events import PartialResult, Progress


def run_python(code: str, *folders) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment(*folders),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_segments_every_frame_and_returns_marks_as_they_were(phantom):
    events = []
    result = rabengine.segment(
        phantom.frames, {0: phantom.truth[0]}, preset="fast", device="cpu", progress=events.append
    )
    assert result.labels.shape == phantom.truth.shape
    assert result.labels.dtype == np.uint8
    assert np.array_equal(result.labels[0], phantom.truth[0])
    assert result.confidence.shape == (len(phantom.frames), 1)
    assert result.confidence.min() >= 0
    assert result.confidence.max() <= 1
    assert result.segments == (1,)
    assert result.marked_frames == (0,)
    assert (result.preset, result.device, result.seed) == ("fast", "cpu", 0)
    assert result.next_frame in range(1, len(phantom.frames))
    assert any(isinstance(event, Progress) for event in events)
    assert any(isinstance(event, PartialResult) for event in events)


def test_takes_colour_floats_and_several_segments(phantom):
    colour = np.repeat(phantom.frames[..., None], 3, axis=-1).astype(np.float32) / 255
    mark = phantom.truth[0].astype(np.int64) * 7
    mark[:20, :20] = 200
    result = rabengine.segment(colour, {0: mark, 4: phantom.truth[4] * 7}, preset="image")
    assert result.segments == (7, 200)
    assert set(np.unique(result.labels)) <= {0, 7, 200}
    assert np.array_equal(result.labels[0], mark)


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {0: np.zeros((96, 96), np.uint8)},
        {0: np.ones((5, 5), np.uint8)},
        {8: np.ones((96, 96), np.uint8)},
        {-1: np.ones((96, 96), np.uint8)},
    ],
    ids=["none", "empty", "another size", "beyond the end", "negative frame"],
)
def test_marks_that_cannot_be_used(marks, phantom):
    with pytest.raises(InputError) as caught:
        rabengine.segment(phantom.frames, marks, preset="image")
    assert caught.value.message


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((96, 96), np.uint8),
        np.zeros((1, 96, 96), np.uint8),
        np.zeros((4, 96, 96, 2), np.uint8),
        np.zeros((4, 96, 96), np.uint8).tolist(),
    ],
    ids=["one picture", "one frame", "two channels", "a list"],
)
def test_frames_that_cannot_be_used(frames, phantom):
    with pytest.raises(InputError):
        rabengine.segment(frames, {0: phantom.truth[0]}, preset="image")


def test_unknown_preset(phantom):
    with pytest.raises(InputError):
        rabengine.segment(phantom.frames, {0: phantom.truth[0]}, preset="best")


def test_a_preset_of_ones_own_is_taken_where_a_name_is(phantom):
    marks = {0: phantom.truth[0]}
    own = replace(rabengine.PRESETS.get("fast"), name="mine", title="a smaller picture", size=64)
    by_object = rabengine.segment(phantom.frames, marks, preset=own)
    by_name = rabengine.Session(phantom.frames).segment(marks, preset="fast", overrides={"size": 64})
    assert np.array_equal(by_object.labels, by_name.labels)
    assert (by_object.preset, by_name.preset) == ("mine", "fast")
    compared = PresetMethod(own, EngineChoices(device="cpu"))(phantom.frames, marks, 0)
    assert np.array_equal(compared.labels, by_object.labels)


def test_the_pages_example_of_a_session_runs(phantom):
    page = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    (example,) = [block for block in blocks if "Session(" in block]
    names = {"frames": phantom.frames, "mask": phantom.truth[0], "drawn": phantom.truth[3]}
    exec(example, names)
    assert names["corrected"].marked_frames == (0, names["first"].next_frame)
    assert np.array_equal(names["corrected"].labels[names["first"].next_frame], phantom.truth[3])
    assert names["segmentation"].preset == "quick"


def test_what_is_exported_is_what_its_module_has(phantom):
    assert set(rabengine.__all__) <= set(dir(rabengine))
    for name in rabengine.__all__:
        assert getattr(rabengine, name).__doc__, name
    cine = rabengine.read_cine(phantom.cine)
    assert isinstance(cine, rabengine.Cine) and cine.frame_count == len(phantom.frames)
    assert isinstance(rabengine.PRESETS.get("balanced"), rabengine.Preset)
    result = rabengine.Session(cine.frames).segment({0: phantom.truth[0]}, preset="image")
    assert isinstance(result, rabengine.Segmentation)
    with pytest.raises(AttributeError, match="segmant"):
        rabengine.segmant  # noqa: B018


def test_import_is_light():
    code = "import sys, rabengine; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert run_python(code).returncode == 0


def test_without_torch_it_imports_and_says_what_to_install(tmp_path):
    code = (
        "import numpy, rabengine\n"
        "from rabengine.errors import EngineError\n"
        "try:\n"
        "    print(*rabengine.PRESETS.names(), rabengine.Preset('mine', 'my own').title)\n"
        "    rabengine.segment(numpy.zeros((2, 8, 8)), {0: numpy.ones((8, 8), int)})\n"
        "except EngineError as error:\n"
        "    print(error)\n"
    )
    done = run_python(code, python_without_torch(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{' '.join(rabengine.PRESETS.names())} my own\n")
    assert "PyTorch is not installed" in done.stdout
    assert "pip install torch" in done.stdout
