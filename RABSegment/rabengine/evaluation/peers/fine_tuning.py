"""Per-video fine-tuning of an ImageNet encoder-decoder on the marked frames; frames know nothing of each other.

Caelles et al.: One-Shot Video Object Segmentation (OSVOS, CVPR 2017), with augmentation as strong as in Khoreva et
al.: Lucid Data Dreaming (2017), all classes at once and the loss balanced over them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Generator, Tensor

from ...augmentation.fields import chance, uniform
from ...augmentation.lighting import relight
from ...augmentation.warp import base_grid, deform, look
from ...network.encoder_decoder import EncoderDecoder
from ...network.losses import classes_loss
from ..methods import Prediction
from .imagenet import imagenet_backbone
from .scene import Scene
from .self_agreement import expected_dice

STEPS = 160  # about 45 s on two cores
STEPS_OF_ONE_MARK = 80  # more of them learn the one frame by heart
BATCH = 4
DECODER_RATE = 1e-3
ENCODER_RATE = 1e-4
WARM_UP = 10
RELIT = 0.5  # share of the copies with new speckle, blur and shadows


def fine_tuning(
    frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int, *, steps: int | None = None
) -> Prediction:
    """Fine-tune for `steps` (by the number of marks when None), then predict every frame by itself."""
    scene = Scene(frames, marks)
    if steps is None:
        steps = STEPS if len(scene.marked) > 1 else STEPS_OF_ONE_MARK
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = EncoderDecoder(imagenet_backbone(), len(scene.classes))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _train(model, scene, steps, torch.Generator().manual_seed(seed))
    confidence = np.ones((len(scene), len(scene.classes) - 1), np.float32)

    def soft(frame: int) -> Tensor:
        probability = predict(model, scene.picture(frame)[None])[0]
        confidence[frame] = expected_dice(probability)
        return probability

    return scene.prediction(soft, confidence)


def _train(model: EncoderDecoder, scene: Scene, steps: int, generator: Generator) -> None:
    examples = [(scene.picture(frame), scene.soft(frame)) for frame in scene.marked]
    encoder = list(model.encoder.parameters())
    known = {id(value) for value in encoder}
    decoder = [value for value in model.parameters() if id(value) not in known]
    optimizer = torch.optim.AdamW(
        [{"params": decoder, "lr": DECODER_RATE}, {"params": encoder, "lr": ENCODER_RATE}], weight_decay=1e-4
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps)),
    )
    model.train()
    for _ in range(steps):
        copies = [_copy(*examples[_pick(len(examples), generator)], generator) for _ in range(BATCH)]
        pictures, truth = (torch.stack(part) for part in zip(*copies, strict=True))
        loss = classes_loss(model(pictures.contiguous(memory_format=torch.channels_last)), truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        pace.step()
    model.eval()


def _pick(count: int, generator: Generator) -> int:
    return int(torch.randint(count, (1,), generator=generator))


def _copy(picture: Tensor, truth: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """A marked frame (3, h, w) and its soft masks (C, h, w), moved, bent and lit afresh.

    Not mirrored: left and right are often the only difference between two segments, or between object and look-alike.
    """
    grid = base_grid(int(picture.shape[-2]), int(picture.shape[-1]))
    grid = deform(grid, generator, turn=20, zoom=0.25, shift=0.1, bend=0.025)
    warped, masks = look(picture, truth, grid, padding="reflection")
    return (relight(warped, generator) if chance(generator, RELIT) else _brighten(warped, generator)), masks


def _brighten(picture: Tensor, generator: Generator) -> Tensor:
    """Another gain and gamma alone: in some cines the texture tells the object from its look-alikes."""
    gamma, gain = 1.3 ** uniform(generator, -1, 1, 1), uniform(generator, 0.8, 1.2, 1)
    return (gain * picture.clamp(1e-4, 1) ** gamma).clamp(0, 1)


@torch.inference_mode()
def predict(model: EncoderDecoder, pictures: Tensor) -> Tensor:
    """Probabilities (N, C, h, w) of pictures (N, 3, h, w)."""
    return model(pictures.contiguous(memory_format=torch.channels_last)).softmax(dim=1)
