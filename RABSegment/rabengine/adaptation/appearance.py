"""What the segments of a cine look like, learned from its own frames: an encoder-decoder that knows no supports.

Matching finds the marked place that a place is most like; this one learns what sets the segments apart from everything
else in this cine. With few marked frames it would take look-alikes for the segments, so it learns from frames that can
be trusted too, with their predicted masks. (Fine-tuning on marked frames: Caelles et al., OSVOS, CVPR 2017. On trusted
frames: Voigtlaender and Leibe, OnAVOS, BMVC 2017.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from rabengine.augmentation import chance, frame_copy
from rabengine.device import arranged, autocast, half_precision, memory_format, training_precision
from rabengine.network.encoder_decoder import EncoderDecoder, fine_tuning_schedule
from rabengine.network.image_model import ImageModel
from rabengine.network.losses import classes_loss
from rabengine.propagation.feature_store import to_device
from rabengine.propagation.input_view import InputView
from rabengine.propagation.memory_bank import MemoryBank
from rabengine.propagation.propagator import MARK_LOGIT, SoftMasks
from rabengine.propagation.pseudo_labels import confident_frames

BATCH = 4
LARGEST_GRADIENT = 1.0
TRUSTED_SHARE = 0.5  # of augmented copies that are of unmarked frames
SHARPENED = 2.0  # the logits of a predicted mask, so that the model does not become ever less certain
ENOUGH_FRAMES = 4
REPORT_STEPS = 10  # losses are read back from the device this often: each reading waits for it


@dataclass(frozen=True)
class Example:
    """A frame to learn from.

    Attributes:
        pixels: (3, h, w) in [0, 1].
        classes: (1 + K, h, w) share of background and of each segment; they sum to 1.
        known: (K,) bool, whether it is known where on this frame the segment is.
    """

    pixels: Tensor
    classes: Tensor
    known: Tensor


@dataclass(frozen=True)
class Examples:
    """Frames to learn from: what the user drew, and the prediction of others."""

    marked: list[Example]
    trusted: list[Example]

    @property
    def worth(self) -> float:
        """What a model that learned from them is worth, in [0, 1]: a single frame shows one appearance only."""
        return min(1.0, (len(self.marked) + len(self.trusted) - 1) / (ENOUGH_FRAMES - 1))


def gather_examples(bank: MemoryBank, masks: SoftMasks, scores: Tensor, count: int) -> Examples:
    """The marked frames, and up to `count` others whose predicted masks can be trusted.

    Args:
        bank: the marks.
        masks: the prediction of every frame.
        scores: (T, K) of `pseudo_labels.PseudoLabeller`, nan where nothing is predicted. A frame is as good
            as its worst segment; where one is not found, nobody knows whether it is there.
        count: of trusted frames.
    """
    view, segments = bank.store.view, bank.segments
    marked = sorted({mark.frame for segment in segments for mark in bank.of(segment)})
    trusted = confident_frames(scores.nan_to_num(nan=0.0).amin(dim=1), marked, count)
    drawn = []
    for frame in marked:
        known = [any(mark.frame == frame for mark in bank.of(segment)) for segment in segments]
        shown = torch.cat([bank.mask(segment, frame)[0] for segment in segments]).cpu()
        background = (1 - shown.sum(dim=0, keepdim=True)).clamp(min=0)
        drawn.append(Example(view.frame(frame)[0], torch.cat([background, shown]), torch.tensor(known)))
    predicted = []
    for frame in trusted:
        logits = masks.logits[frame][None].float()
        fine = F.interpolate(logits, size=view.input_size, mode="bilinear", align_corners=False)[0]
        classes = torch.softmax(SHARPENED * F.pad(fine, (0, 0, 0, 0, 1, 0)), dim=0)
        predicted.append(Example(view.frame(frame)[0], classes, torch.ones(len(segments), dtype=torch.bool)))
    return Examples(drawn, predicted)


class AppearanceModel:
    """Learns the appearance of K segments and segments any frame.

    Args:
        teacher: the image model; its backbone is copied.
        segments: K.
        device: where it computes.
        seed: of the copies it sees.

    Attributes:
        worth: of what it predicts, in [0, 1], by what it learned from.
    """

    def __init__(self, teacher: ImageModel, segments: int, device: torch.device, seed: int) -> None:
        with torch.random.fork_rng(devices=[]):  # what is drawn at random is overwritten
            self.network = EncoderDecoder(copy.deepcopy(teacher.backbone), 1 + segments, is_fine=False)
        self.network.decoder.begin_from(teacher.beginning)
        self.network.requires_grad_(True)
        # What sees edges and speckle stays: it is most of the computing, and has nothing to learn from one cine.
        for part in (*self.network.encoder.early_parts(), *_wide_depthwise(self.network.encoder)):
            part.requires_grad_(False)
        self.network.to(device, memory_format=memory_format(device))  # type: ignore[call-overload]
        self.device = device
        self.generator = Generator().manual_seed(seed)
        self.worth = 0.0

    def learn(
        self,
        examples: Examples,
        steps: int,
        advance: Callable[[Mapping[str, float]], None],
    ) -> None:
        """Take the steps; `advance` gets the loss after each (empty when it was not read) and may raise."""
        optimizer, pace = fine_tuning_schedule(self.network, steps)
        scaler = torch.amp.GradScaler(self.device.type, enabled=half_precision(self.device) is torch.float16)
        self.network.train()
        for step in range(steps):
            loss = self._loss(examples)
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
            scaler.step(optimizer)
            scaler.update()
            pace.step()
            advance({"appearance": float(loss.detach())} if step % REPORT_STEPS == 0 else {})
        self.network.eval()
        self.worth = examples.worth

    def _loss(self, examples: Examples) -> Tensor:
        copies = [self._copy(self._pick(examples)) for _ in range(BATCH)]
        pixels = to_device(torch.stack([c.pixels for c in copies]), self.device)
        truth = to_device(torch.stack([c.classes for c in copies]), self.device)
        known = to_device(torch.stack([c.known for c in copies]), self.device)
        with autocast(self.device, training_precision(self.device)):
            logits = self.network(arranged(pixels))
        return classes_loss(logits.float(), truth, known)

    def _pick(self, examples: Examples) -> Example:
        is_trusted = bool(examples.trusted) and chance(self.generator, TRUSTED_SHARE)
        source = examples.trusted if is_trusted else examples.marked
        return source[int(torch.randint(len(source), (1,), generator=self.generator))]

    def _copy(self, example: Example) -> Example:
        pixels, classes = frame_copy(example.pixels, example.classes, self.generator, turn=15, zoom=0.2)
        return Example(pixels, classes, example.known)

    @torch.inference_mode()
    def logits(self, view: InputView, advance: Callable[[], None]) -> Tensor:
        """(T, K, h, w) float16 on the CPU, logit of each segment against all else, at the view's map size."""
        parts = []
        for frame in range(len(view.frames)):
            pixels = arranged(to_device(view.frame(frame), self.device))
            with autocast(self.device):
                logits = self.network(pixels).float()
            coarse = F.interpolate(logits, size=view.map_size, mode="bilinear", align_corners=False)
            parts.append(_against_all_else(coarse)[0].clamp(-MARK_LOGIT, MARK_LOGIT).half())
            advance()
        return torch.stack(parts).cpu()


def _wide_depthwise(network: nn.Module) -> list[nn.Module]:
    """Depthwise convolutions of more than 3x3, of few weights whose gradient takes half of a step's time on a CPU."""
    found = (part for part in network.modules() if isinstance(part, nn.Conv2d))
    return [part for part in found if part.groups == part.in_channels > 1 and max(part.kernel_size) > 3]


def _against_all_else(logits: Tensor) -> Tensor:
    """Logits (N, 1 + K, h, w) of classes to those of each segment against all other classes, (N, K, h, w)."""
    count = logits.shape[1]
    others = [logits[:, [c for c in range(count) if c != segment]].logsumexp(dim=1) for segment in range(1, count)]
    return logits[:, 1:] - torch.stack(others, dim=1)
