"""Random weights for SAM 2's own package, small enough for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rabengine.evaluation.peers.hydra_configs import configs_in

# SAM 2's network with a trunk of 8 channels.
TINY_SAM2 = (
    "++model.image_encoder.trunk.embed_dim=8",
    "++model.image_encoder.trunk.stages=[1,1,2,1]",
    "++model.image_encoder.trunk.global_att_blocks=[3]",
    "++model.image_encoder.neck.backbone_channel_list=[64,32,16,8]",
    "++model.memory_attention.num_layers=1",
)


def write_tiny_sam2(folder: Path, side: int = 128) -> Path:
    """A checkpoint with its configuration beside it; the test is skipped where SAM 2 is not installed.

    Args:
        side: pixels of the pictures that it sees; the predictor of single pictures can do no other than 1024.
    """
    pytest.importorskip("sam2.build_sam", reason="SAM 2 is not installed")
    from hydra import compose
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    size = f"feat_sizes=[{side // 16},{side // 16}]"
    attention = "++model.memory_attention.layer"
    sized = [f"++model.image_size={side}", f"{attention}.self_attention.{size}", f"{attention}.cross_attention.{size}"]
    with configs_in("sam2"):
        config = compose("configs/sam2.1/sam2.1_hiera_t.yaml", overrides=[*TINY_SAM2, *sized])
    torch.manual_seed(0)
    torch.save({"model": instantiate(config.model, _recursive_=True).state_dict()}, folder / "tiny.pt")
    text = f"# @package _global_\n{OmegaConf.to_yaml(config)}"
    (folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return folder / "tiny.pt"
