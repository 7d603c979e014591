"""Methods that answer clicks with a package and weights that their user brings: the SAM family, and ScribblePrompt.

Kirillov et al.: Segment Anything (ICCV 2023). Zhang et al.: Faster Segment Anything (2023). Ravi et al.: SAM 2 (ICLR
2025). Ma et al.: Segment anything in medical images (Nature Communications 2024), which was trained on boxes alone.
Wong et al.: ScribblePrompt (ECCV 2024).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from rabengine.errors import InputError
from rabengine.evaluation.downloads import (
    MEDSAM_CHECKPOINT,
    MOBILE_SAM_CHECKPOINT,
    SAM2_CHECKPOINT,
    SAM_CHECKPOINT,
    SCRIBBLEPROMPT_WEIGHTS,
    DownloadedPeer,
    check_downloads,
)
from rabengine.prompts import Click

from .classical import colour_of, grey_of
from .user import Answer, Start

_KIND = re.compile(r"vit_[blht]")
SCRIBBLEPROMPT_SIDE = 128  # pixels of the square that its network sees


def sam_family(predictor: Any) -> Start:
    """Of a predictor with the interface that SAM, MobileSAM and SAM 2 share.

    One click may mean several things: of the masks that it offers then, the one counts that it expects to be best.
    Later clicks see the logits of the answer before.

    Args:
        predictor: with `set_image` and `predict`.
    """

    def start(picture: np.ndarray) -> Answer:
        predictor.set_image(colour_of(picture))
        logits: list[np.ndarray] = []

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            masks, scores, low = predictor.predict(
                point_coords=np.array([[click.x, click.y] for click in clicks], np.float32),
                point_labels=np.array([int(click.is_positive) for click in clicks]),
                mask_input=logits[-1] if logits else None,
                multimask_output=len(clicks) == 1,
            )
            best = int(np.argmax(scores))
            logits.append(np.asarray(low[best : best + 1]))
            return np.asarray(masks[best]).astype(bool)

        return answer

    return start


def scribbleprompt(network: Any) -> Start:
    """Of a `ScribblePromptUNet`; it sees the whole picture at 128 x 128.

    Args:
        network: with `predict`.
    """
    side = SCRIBBLEPROMPT_SIDE

    def start(picture: np.ndarray) -> Answer:
        grey = torch.from_numpy(grey_of(picture)).float()[None, None] / 255
        small = torch.nn.functional.interpolate(grey, size=(side, side), mode="bilinear").clamp(0, 1)
        scale = torch.tensor([side / picture.shape[1], side / picture.shape[0]])
        logits: list[torch.Tensor] = []

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            places = torch.tensor([[click.x, click.y] for click in clicks]) * scale
            told = network.predict(
                small.to(network.device),
                point_coords=places.long().clamp(0, side - 1)[None].to(network.device),
                point_labels=torch.tensor([[int(click.is_positive) for click in clicks]], device=network.device),
                mask_input=logits[-1] if logits else None,
                return_logits=True,
            )
            logits.append(told)
            large = torch.nn.functional.interpolate(told.float().cpu(), size=found.shape, mode="bilinear")
            return (large[0, 0] > 0).numpy()

        return answer

    return start


def _sam(device: torch.device) -> Start:
    from segment_anything import SamPredictor, sam_model_registry

    checkpoint = SAM_CHECKPOINT.path()
    kind = _KIND.search(checkpoint.name)
    if kind is None or kind[0] not in sam_model_registry:
        raise InputError(
            f"What model {checkpoint.name} has is not known.", "Give it the name that it was published under."
        )
    return sam_family(SamPredictor(sam_model_registry[kind[0]](checkpoint=str(checkpoint)).to(device).eval()))


def _medsam(device: torch.device) -> Start:
    from segment_anything import SamPredictor, sam_model_registry

    model = sam_model_registry["vit_b"](checkpoint=str(MEDSAM_CHECKPOINT.path()))
    return sam_family(SamPredictor(model.to(device).eval()))


def _mobile_sam(device: torch.device) -> Start:
    from mobile_sam import SamPredictor, sam_model_registry

    model = sam_model_registry["vit_t"](checkpoint=str(MOBILE_SAM_CHECKPOINT.path()))
    return sam_family(SamPredictor(model.to(device).eval()))


def _sam2(device: torch.device) -> Start:
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    from rabengine.evaluation.peers.sam2 import picture_model

    return sam_family(SAM2ImagePredictor(picture_model(SAM2_CHECKPOINT.path(), device)))


def _scribbleprompt(device: torch.device) -> Start:
    from scribbleprompt.models.unet import ScribblePromptUNet

    class Brought(ScribblePromptUNet):  # type: ignore[misc,unused-ignore]
        weights: ClassVar[dict[str, str]] = {"v1": str(SCRIBBLEPROMPT_WEIGHTS.path())}

    return scribbleprompt(Brought(device=str(device)))


_TORCHVISION = {"torchvision": "torchvision"}
_SAM = {"segment_anything": "segment-anything", **_TORCHVISION}
_MOBILE_SAM = {"mobile_sam": "git+https://github.com/ChaoningZhang/MobileSAM", "timm": "timm", **_TORCHVISION}
_SAM2 = {"sam2.sam2_image_predictor": "git+https://github.com/facebookresearch/sam2"}
_SCRIBBLEPROMPT = {"scribbleprompt.models.unet": "git+https://github.com/halleewong/ScribblePrompt"}
BROUGHT: dict[str, tuple[DownloadedPeer, Callable[[torch.device], Start]]] = {
    "sam": (DownloadedPeer("SAM", "", False, _SAM, (SAM_CHECKPOINT,)), _sam),
    "medsam": (DownloadedPeer("MedSAM", "", False, _SAM, (MEDSAM_CHECKPOINT,)), _medsam),
    "mobile-sam": (DownloadedPeer("MobileSAM", "", False, _MOBILE_SAM, (MOBILE_SAM_CHECKPOINT,)), _mobile_sam),
    "sam2": (DownloadedPeer("SAM 2.1", "", False, _SAM2, (SAM2_CHECKPOINT,)), _sam2),
    "scribbleprompt": (
        DownloadedPeer("ScribblePrompt", "", False, _SCRIBBLEPROMPT, (SCRIBBLEPROMPT_WEIGHTS,)),
        _scribbleprompt,
    ),
}


def brought(name: str, device: torch.device) -> Start:
    """One of BROUGHT.

    Raises:
        InputError: its package or its weights are not there; the sentence says what is missing.
    """
    needs, make = BROUGHT[name]
    check_downloads(name, needs)
    return make(device)
