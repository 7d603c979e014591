"""Methods whose package and weights their user brings: what they say without them, and what they do with them.

SAM 2.1, MedSAM2 and Cutie run with the real packages, where these are installed, and small random weights. Cutie and
XMem++ are on no registry: stand-ins with their signatures take their place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from helpers.labelled_videos import two_objects, write_video
from helpers.processes import assert_one_sentence, environment, run_command
from helpers.stand_ins import write_cutie, write_xmem2
from helpers.tiny_sam2 import write_tiny_sam2
from rabengine.errors import InputError
from rabengine.evaluation.downloads import Download, DownloadedPeer, check_downloads
from rabengine.evaluation.methods import load_method, registry
from rabengine.evaluation.peers.first_to_last import both_ways, cine_of_side, predict
from rabengine.evaluation.peers.marked_cine import MarkedCine
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.run_evaluation import choose_methods
from rabengine.evaluation.settings import Settings
from rabengine.evaluation.versions import result_version

VARIABLES = {
    "sam2": "RABSEGMENT_SAM2",
    "medsam2": "RABSEGMENT_MEDSAM2",
    "cutie": "RABSEGMENT_CUTIE",
    "xmem2": "RABSEGMENT_XMEM2",
}


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has brought anything."""
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def clean_modules() -> Iterator[None]:
    """The stand-ins' names are free, and afterwards are whose they were before."""
    kept = _take_modules()
    yield
    _take_modules()
    sys.modules.update(kept)


def _take_modules() -> dict[str, ModuleType]:
    names = ("cutie", "hydra", "inference", "model", "util")
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}


@pytest.fixture
def cine() -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Six frames of 48 x 64; label 1 is marked on frames 1 and 4, label 3 on frame 4 alone."""
    frames = np.random.default_rng(0).integers(0, 255, (6, 48, 64), dtype=np.uint8)
    marks = {frame: np.zeros((48, 64), np.uint8) for frame in (4, 1)}
    marks[1][8:24, 8:32] = 1
    marks[4][12:28, 8:32] = 1
    marks[4][32:44, 40:60] = 3
    return frames, marks


class Recorder:
    """A tracker that finds what it was told last, and notes what it was asked."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        self.last = torch.zeros(1)
        calls.append("new")

    def remember(self, picture, labels):
        self.calls.append("keep")

    def track(self, picture, labels):
        self.calls.append("find" if labels is None else "told")
        if labels is not None:
            self.last = torch.stack([(labels == one).float() for one in range(3)])
        return self.last


BOTH_WAYS = [
    *("new", "keep", "keep", "told", "find", "find", "told", "find"),  # 1 to 5
    *("new", "keep", "keep", "told", "find"),  # 1 to 0
]


def test_all_marks_are_known_and_the_first_one_starts_both_ways(cine):
    frames, marks = cine
    calls: list[str] = []
    seen = MarkedCine(frames, marks, 64)
    labels = predict(seen, both_ways(seen, lambda: Recorder(calls)), torch.device("cpu")).labels
    assert calls == BOTH_WAYS
    for frame, source in enumerate((1, 1, 1, 1, 4, 4)):
        np.testing.assert_array_equal(labels[frame], marks[source])


def test_one_mark_on_the_last_frame_and_marks_without_objects(cine):
    frames, marks = cine
    calls: list[str] = []
    seen = MarkedCine(frames, {5: marks[4]}, 64)
    assert (predict(seen, both_ways(seen, lambda: Recorder(calls)), torch.device("cpu")).labels == marks[4]).all()
    assert calls == ["new", "keep", "told", *["find"] * 5]
    empty = MarkedCine(frames, {0: np.zeros((48, 64), np.uint8)}, 64)
    assert not predict(empty, both_ways(empty, lambda: Recorder(calls)), torch.device("cpu")).labels.any()


@pytest.mark.parametrize(("shape", "size"), [
    ((2, 480, 640), (480, 640)),
    ((2, 960, 1280, 3), (480, 640)),
    ((2, 96, 64), (720, 480)),
])  # fmt: skip
def test_the_shorter_side_is_what_the_model_knows(shape, size):
    frames = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert cine_of_side(frames, {0: np.ones(shape[1:3], np.uint8)}, 480).size == size


@pytest.mark.parametrize("name", VARIABLES)
def test_what_is_missing_is_said_in_one_sentence(name, tmp_path):
    with pytest.raises(InputError, match=VARIABLES[name]) as caught:
        load_method(name)
    assert "https://" in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_none_is_run_where_all_installed_are(tmp_path):
    chosen, skipped = choose_methods(Settings(videos=(), output=tmp_path))
    assert not set(VARIABLES) & set(chosen)
    assert set(VARIABLES) <= set(skipped)


def test_the_command_says_what_to_download(tmp_path):
    video = write_video(tmp_path / "video", *two_objects(3, 32))
    done = run_command("evaluate", "--videos", video, "--methods", "xmem2", "-o", tmp_path / "out", env=environment())
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert "https://github.com/max810/XMem2" in done.stderr and "RABSEGMENT_XMEM2" in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("RABSEGMENT_XMEM2", str(tmp_path))
    with pytest.raises(InputError, match=r"XMem\.pth"):
        load_method("xmem2")
    (tmp_path / "saves").mkdir()
    (tmp_path / "saves" / "XMem.pth").write_bytes(b"")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="NVIDIA"):
        load_method("xmem2")


def test_another_package_of_the_same_name_does_not_count(tmp_path, monkeypatch, clean_modules):
    (tmp_path / "cutie.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SOME_FILE", str(tmp_path / "cutie.py"))
    wanted = {"cutie.inference.inference_core": "git+https://somewhere"}
    with pytest.raises(InputError, match=r"pip install git\+https://somewhere"):
        check_downloads("some", DownloadedPeer("some", "m:f", False, wanted, (Download("SOME_FILE", "a file"),)))


def test_other_weights_and_another_configuration_are_another_version(tmp_path, monkeypatch):
    video = write_video(tmp_path / "video", *two_objects(3, 32))
    weights = tmp_path / "own.pt"
    monkeypatch.setenv("RABSEGMENT_SAM2", str(weights))
    versions = []
    for file, text in ((weights, "1"), (weights, "2"), (tmp_path / "own.yaml", "model:")):
        file.write_text(text, encoding="utf-8")
        versions.append(result_version(registry()["sam2"], video, None, None, EngineChoices()))
    assert len(set(versions)) == 3


def test_cutie_by_a_stand_in(cine, tmp_path, monkeypatch, clean_modules):
    frames, marks = cine
    monkeypatch.syspath_prepend(str(write_cutie(tmp_path)))
    weights = tmp_path / "cutie-small-mega.pth"
    torch.save({"weight": torch.rand(2, 3)}, weights)
    monkeypatch.setenv("RABSEGMENT_CUTIE", str(weights))
    labels = load_method("cutie")(frames, marks, 0).labels
    from cutie.inference.inference_core import CALLS

    assert [call for call in CALLS if call != "clear"] == BOTH_WAYS
    assert CALLS[3] == "clear" and CALLS.count("clear") == 2
    for frame, source in enumerate((1, 1, 1, 1, 4, 4)):
        check_enlarged(labels[frame], marks[source])


def test_xmem2_by_a_stand_in(cine, tmp_path, monkeypatch, clean_modules):
    from rabengine.evaluation.peers.xmem2 import xmem2

    frames, marks = cine
    clone = write_xmem2(tmp_path)
    (clone / "saves").mkdir()
    torch.save({"weight": torch.rand(2, 3)}, clone / "saves" / "XMem.pth")
    monkeypatch.setenv("RABSEGMENT_XMEM2", str(clone))
    labels = xmem2(frames, marks, 0).labels
    from inference.inference_core import CALLS

    assert CALLS == BOTH_WAYS
    assert str(clone) not in sys.path
    for frame, source in enumerate((1, 1, 1, 1, 4, 4)):
        check_enlarged(labels[frame], marks[source])


def check_enlarged(found: np.ndarray, marked: np.ndarray) -> None:
    """The masks went to 480 pixels and back."""
    assert (found == marked).mean() > 0.98


@pytest.fixture
def sam2_checkpoint(tmp_path: Path) -> Path:
    return write_tiny_sam2(tmp_path)


@pytest.fixture
def cutie_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Random weights for the real package's small model, which then downloads no others to start with."""
    pytest.importorskip("cutie.inference.inference_core", reason="Cutie is not installed")
    from cutie.inference.utils.args_utils import get_dataset_cfg
    from cutie.model.cutie import CUTIE
    from cutie.model.utils import resnet
    from hydra import compose
    from torch.utils import model_zoo

    from rabengine.evaluation.peers.hydra_configs import configs_in

    def load_url(url, **options):
        assert "resnet18" in url
        return resnet.ResNet(resnet.BasicBlock, [2, 2, 2, 2]).state_dict()

    monkeypatch.setattr(model_zoo, "load_url", load_url)
    with configs_in("cutie.config"):
        config = compose("eval_config", overrides=["model=small"])
    get_dataset_cfg(config)
    torch.manual_seed(0)
    torch.save(CUTIE(config).state_dict(), tmp_path / "cutie-small-mega.pth")
    return tmp_path / "cutie-small-mega.pth"


def check_real(name: str, frames: np.ndarray, marks: dict[int, np.ndarray]) -> None:
    method = load_method(name)
    first, second = (method(frames, marks, seed) for seed in (0, 1))
    np.testing.assert_array_equal(first.labels, second.labels)
    assert first.labels.shape == frames.shape and first.labels.dtype == np.uint8
    assert set(np.unique(first.labels)) <= {0, 1, 3}
    for frame, labels in marks.items():
        np.testing.assert_array_equal(first.labels[frame], labels)
    colour = np.stack([frames] * 3, axis=3).astype(np.uint16) * 200
    assert method(colour, {5: marks[4]}, 0).labels.shape == frames.shape


@pytest.mark.parametrize("name", ["sam2", "medsam2"])
def test_sam2_with_random_weights(name, cine, sam2_checkpoint, monkeypatch):
    monkeypatch.setenv(VARIABLES[name], str(sam2_checkpoint))
    check_real(name, *cine)


def test_sam2_has_the_marks_where_they_were_drawn(cine, sam2_checkpoint):
    from rabengine.evaluation.peers.sam2 import build, propagate

    frames, marks = cine
    seen = MarkedCine(frames, marks, 64)
    found = dict(propagate(seen, build(sam2_checkpoint, "")))
    assert sorted(found) == list(range(6))
    for frame, labels in marks.items():
        assert (seen.labels(found[frame]) == labels).mean() > 0.95


def test_cutie_with_random_weights(cine, cutie_weights, monkeypatch):
    monkeypatch.setenv("RABSEGMENT_CUTIE", str(cutie_weights))
    check_real("cutie", *cine)


def test_a_checkpoint_of_an_unknown_name_asks_for_its_configuration(cine, sam2_checkpoint, monkeypatch):
    sam2_checkpoint.with_suffix(".yaml").unlink()
    monkeypatch.setenv("RABSEGMENT_SAM2", str(sam2_checkpoint))
    with pytest.raises(InputError, match=r"tiny\.yaml"):
        load_method("sam2")(*cine, 0)
