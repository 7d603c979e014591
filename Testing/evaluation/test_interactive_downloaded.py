"""Click methods whose package and weights their user brings: what they say without, and how they are asked.

Where the packages of SAM, MobileSAM, SAM 2 and ScribblePrompt are installed, their own loaders read files of random
weights and their own predictors answer. Stand-ins with the signatures of the real ones show what is handed over.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from helpers.tiny_sam2 import write_tiny_sam2
from rabengine.errors import InputError
from rabengine.evaluation.interactive.downloaded import BROUGHT, SCRIBBLEPROMPT_SIDE, sam_family, scribbleprompt
from rabengine.evaluation.interactive.methods import chosen_methods
from rabengine.prompts import Click

PICTURE = np.random.default_rng(0).integers(0, 255, (48, 64), np.uint8)
CLICKS = (Click(40, 10), Click(5, 30, False))
NOTHING = np.zeros(PICTURE.shape, bool)


class Predictor:
    """With the interface of `SamPredictor`: three masks of which the second is the best."""

    def set_image(self, image: np.ndarray) -> None:
        self.image, self.asked = image, list[dict[str, Any]]()

    def predict(
        self,
        point_coords: np.ndarray | None = None,
        point_labels: np.ndarray | None = None,
        box: np.ndarray | None = None,
        mask_input: np.ndarray | None = None,
        multimask_output: bool = True,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        told = {"points": point_coords, "labels": point_labels, "mask": mask_input, "several": multimask_output}
        self.asked.append(told)
        count = 3 if multimask_output else 1
        masks = np.zeros((count, *self.image.shape[:2]), bool)
        for number in range(count):
            masks[number, : number + 1] = True
        low = np.arange(count, dtype=np.float32)[:, None, None] * np.ones((1, 256, 256), np.float32)
        return masks, np.array([0.2, 0.9, 0.4])[:count], low


def test_sam_is_asked_for_the_best_mask_of_one_click_and_then_for_one_mask_with_the_last_logits() -> None:
    predictor = Predictor()
    answer = sam_family(predictor)(PICTURE)
    assert predictor.image.shape == (48, 64, 3) and predictor.image.dtype == np.uint8
    first = answer(CLICKS[:1], NOTHING)
    assert first[:2].all() and not first[2:].any(), "the second mask"
    second = answer(CLICKS, first)
    assert second[0].all() and not second[1:].any()
    one, two = predictor.asked
    assert one["mask"] is None and one["several"] and not two["several"]
    assert two["mask"].shape == (1, 256, 256) and (two["mask"] == 1).all()
    assert two["points"].tolist() == [[40, 10], [5, 30]] and two["labels"].tolist() == [1, 0]


class Network:
    """With the interface of `ScribblePromptUNet`: what is clicked is in a square."""

    device = "cpu"

    def predict(
        self,
        img: torch.Tensor,
        point_coords: torch.Tensor | None = None,
        point_labels: torch.Tensor | None = None,
        scribbles: torch.Tensor | None = None,
        box: torch.Tensor | None = None,
        mask_input: torch.Tensor | None = None,
        return_logits: bool = False,
    ) -> torch.Tensor:
        assert img.shape == (1, 1, SCRIBBLEPROMPT_SIDE, SCRIBBLEPROMPT_SIDE) and img.min() >= 0 and img.max() <= 1
        assert point_coords is not None and point_labels is not None and return_logits
        assert point_coords.shape == (1, point_labels.shape[1], 2) and not point_coords.is_floating_point()
        logits = torch.full_like(img, -4.0)
        for (x, y), is_positive in zip(point_coords[0].tolist(), point_labels[0].tolist(), strict=True):
            if is_positive:
                logits[..., max(y - 8, 0) : y + 9, max(x - 8, 0) : x + 9] = 4.0
        return logits if mask_input is None else torch.maximum(logits, mask_input)


def test_scribbleprompt_sees_a_square_and_its_answer_comes_back_in_the_pictures_size() -> None:
    answer = scribbleprompt(Network())(PICTURE)
    found = answer(CLICKS[:1], NOTHING)
    rows, columns = np.nonzero(found)
    assert found.shape == PICTURE.shape
    assert rows.mean() == pytest.approx(10, abs=1) and columns.mean() == pytest.approx(40, abs=1)
    assert answer(CLICKS, found)[10, 40]


@pytest.fixture
def torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    """The few functions of that large package that SAM's takes; another one might not fit this PyTorch."""
    image = pytest.importorskip("PIL.Image")
    functional, boxes = ModuleType("torchvision.transforms.functional"), ModuleType("torchvision.ops.boxes")
    functional.to_pil_image = image.fromarray  # type: ignore[attr-defined]
    functional.resize = lambda picture, size: picture.resize(size[::-1])  # type: ignore[attr-defined]
    boxes.batched_nms = boxes.box_area = None  # type: ignore[attr-defined]
    packages = map(ModuleType, ("torchvision", "torchvision.transforms", "torchvision.ops"))
    for module in (*packages, functional, boxes):
        module.__spec__ = ModuleSpec(module.__name__, None)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in [name for name in sys.modules if name.partition(".")[0] == "segment_anything"]:
        monkeypatch.delitem(sys.modules, name)


def test_sams_own_predictor_answers_with_a_small_network(torchvision: None) -> None:
    package = pytest.importorskip("segment_anything", reason="the package of SAM is not installed")
    modeling = pytest.importorskip("segment_anything.modeling")
    torch.manual_seed(0)
    encoder = modeling.ImageEncoderViT(img_size=64, depth=1, embed_dim=16, num_heads=2, out_chans=32, patch_size=16)
    prompts = modeling.PromptEncoder(32, (4, 4), (64, 64), 16)
    transformer = modeling.TwoWayTransformer(depth=1, embedding_dim=32, num_heads=2, mlp_dim=32)
    decoder = modeling.MaskDecoder(transformer_dim=32, transformer=transformer)
    answer = sam_family(package.SamPredictor(modeling.Sam(encoder, prompts, decoder).eval()))(PICTURE)
    first = answer(CLICKS[:1], NOTHING)
    assert first.shape == PICTURE.shape and answer(CLICKS, first).dtype == bool


def check_brought(name: str, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method from its file of weights to its answers: as often as it is asked the same, it answers the same."""
    (download,) = BROUGHT[name][0].downloads
    monkeypatch.setenv(download.variable, str(weights))
    start = chosen_methods([name], None, "cpu")[name]
    answers = []
    for _try in range(2):
        answer = start(PICTURE)
        first = answer(CLICKS[:1], NOTHING)
        answers.append(answer(CLICKS, first))
        assert all(found.shape == PICTURE.shape and found.dtype == bool for found in (first, answers[-1]))
    np.testing.assert_array_equal(*answers)
    assert start(np.stack([PICTURE] * 3, axis=-1))(CLICKS[:1], NOTHING).shape == PICTURE.shape


@pytest.mark.parametrize(("name", "file"), [("sam", "sam_vit_b_01ec64.pth"), ("medsam", "medsam_vit_b.pth")])
def test_sams_own_loader_reads_a_checkpoint(
    name: str, file: str, torchvision: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a ViT with one block of 16 channels in the place of the published one's twelve of 768."""
    package = pytest.importorskip("segment_anything", reason="the package of SAM is not installed")
    builders = pytest.importorskip("segment_anything.build_sam")

    def small(checkpoint: str | None = None) -> torch.nn.Module:
        return builders._build_sam(16, 1, 2, [], checkpoint=checkpoint)

    torch.manual_seed(0)
    torch.save(small().state_dict(), tmp_path / file)
    monkeypatch.setitem(package.sam_model_registry, "vit_b", small)
    check_brought(name, tmp_path / file, monkeypatch)


def test_mobile_sams_own_loader_reads_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("mobile_sam", reason="the package of MobileSAM is not installed")
    torch.manual_seed(0)
    torch.save(package.sam_model_registry["vit_t"]().state_dict(), tmp_path / "mobile_sam.pt")
    check_brought("mobile-sam", tmp_path / "mobile_sam.pt", monkeypatch)


def test_scribbleprompts_own_loader_reads_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = pytest.importorskip(
        "scribbleprompt.models.network", reason="the package of ScribblePrompt is not installed"
    )
    torch.manual_seed(0)
    network = models.UNet(in_channels=5, out_channels=1, features=[192] * 4)
    torch.save(network.state_dict(), tmp_path / "ScribblePrompt_unet_v1_nf192_res128.pt")
    check_brought("scribbleprompt", tmp_path / "ScribblePrompt_unet_v1_nf192_res128.pt", monkeypatch)


def test_sam2s_own_loader_reads_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_brought("sam2", write_tiny_sam2(tmp_path, 1024), monkeypatch)


@pytest.mark.parametrize("name", list(BROUGHT))
def test_what_is_missing_is_said_in_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needs, _make = BROUGHT[name]
    (download,) = needs.downloads
    monkeypatch.delenv(download.variable, raising=False)
    with pytest.raises(InputError, match=f"The method {name} needs .*{download.variable}"):
        chosen_methods([name], None, "cpu")
    monkeypatch.setenv(download.variable, str(tmp_path / "none.pt"))
    with pytest.raises(InputError, match=r"needs the Python package|there is no file"):
        chosen_methods([name], None, "cpu")
