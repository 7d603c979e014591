"""Per-video fine-tuning of an ImageNet encoder-decoder on the marked frames; frames know nothing of each other.

Caelles et al.: One-Shot Video Object Segmentation (OSVOS, CVPR 2017), with augmentation as strong as in Khoreva et
al.: Lucid Data Dreaming (2017), all classes at once and the loss balanced over them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.augmentation import frame_copy
from rabengine.device import arranged, memory_format
from rabengine.evaluation.prediction import Prediction
from rabengine.network.encoder_decoder import EncoderDecoder, fine_tuning_schedule
from rabengine.network.losses import classes_loss

from .imagenet import imagenet_backbone
from .marked_cine import MarkedCine
from .self_agreement import expected_dice

STEPS = 160  # about 45 s on two cores
STEPS_OF_ONE_MARK = 80  # more of them learn the one frame by heart
BATCH = 4


def fine_tuning(
    frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int, *, steps: int | None = None
) -> Prediction:
    """Fine-tune for `steps` (by the number of marks when None), then predict every frame by itself."""
    cine = MarkedCine(frames, marks)
    if steps is None:
        steps = STEPS if len(cine.marked) > 1 else STEPS_OF_ONE_MARK
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = EncoderDecoder(imagenet_backbone(), len(cine.classes))
    model.to(memory_format=memory_format(next(model.parameters()).device))  # type: ignore[call-overload]
    _train(model, cine, steps, torch.Generator().manual_seed(seed))
    confidence = np.ones((len(cine), len(cine.classes) - 1), np.float32)

    def soft(frame: int) -> Tensor:
        probability = predict(model, cine.picture(frame)[None])[0]
        confidence[frame] = expected_dice(probability)
        return probability

    return cine.prediction(soft, confidence)


def _train(model: EncoderDecoder, cine: MarkedCine, steps: int, generator: Generator) -> None:
    examples = [(cine.picture(frame), cine.soft(frame)) for frame in cine.marked]
    optimizer, pace = fine_tuning_schedule(model, steps)
    model.train()
    for _ in range(steps):
        copies = [
            frame_copy(*examples[_pick(len(examples), generator)], generator, turn=20, zoom=0.25) for _ in range(BATCH)
        ]
        pictures, truth = (torch.stack(part) for part in zip(*copies, strict=True))
        loss = classes_loss(model(arranged(pictures)), truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        pace.step()
    model.eval()


def _pick(count: int, generator: Generator) -> int:
    return int(torch.randint(count, (1,), generator=generator))


@torch.inference_mode()
def predict(model: EncoderDecoder, pictures: Tensor) -> Tensor:
    """Probabilities (N, C, h, w) of pictures (N, 3, h, w)."""
    return model(arranged(pictures)).softmax(dim=1)
