"""The backbone that has seen ImageNet and nothing else."""

from __future__ import annotations

from rabengine.network.backbone import Backbone
from rabengine.network.backbones import new_backbone


def imagenet_backbone() -> Backbone:
    """A new backbone in evaluation mode that has seen ImageNet and nothing else.

    Raises:
        InputError: the package with the weights is missing.
    """
    backbone = new_backbone()
    backbone.load_pretrained()
    return backbone.eval()
