"""Training of the prompt model by simulated interaction, on one device, for as long as the clock allows."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.device import arranged, autocast, choose_device, memory_format, training_precision
from rabengine.errors import EngineError, InputError
from rabengine.io.files.writable import check_writable
from rabengine.network.prompt_model import PromptModel
from rabengine.network.prompt_weights import is_of_prompt_model, load_prompt_model, save_prompt_weights
from rabengine.network.weights import load_weights

from .picture_bank import PictureBank
from .prompt_choices import ObjectDraw
from .prompt_objective import interaction_loss
from .prompt_options import PromptTrainingOptions
from .prompt_pictures import SYNTHETIC, held_out_bank, training_bank
from .prompt_validation import PromptValidation
from .prompt_views import cut_views, relight_batch
from .sources import TrainingSources

# Shares of steps with 0 to 7 corrections before the answer that counts.
ROUNDS = (0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.05)
SUPPORT_STEPS = 0.5  # share of steps in which other frames of the cine may help
SUPPORTED = 0.8  # share of their views for which they do
WARM_UP = 0.03
BACKBONE_PACE = 0.1
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT = 1.0
AVERAGE_DECAY = 0.998
AVERAGE_START = 10  # steps by which the average is held back at first
VALIDATION_SHARE = 0.1  # of a run's time that validating before its end may take


def train_prompt(sources: TrainingSources, options: PromptTrainingOptions) -> PromptModel:
    """Train the prompt model and write its weights; returns the averaged model.

    Args:
        sources: pictures and videos. options: of the run.

    Raises:
        InputError: options or sources that cannot be trained with.
        EngineError: the loss is no number any more; the weights last written are from before.
    """
    if options.size % 16 or options.size < 64:
        raise InputError(f"The size {options.size} is no multiple of 16 from 64 up.", "Take 192, 256 or 320.")
    check_writable(options.output)
    started = time.monotonic()
    device = choose_device(options.device)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    trainer = _PromptTrainer(sources, options, device, started)
    return trainer.run()


def initial_prompt_model(options: PromptTrainingOptions) -> PromptModel:
    """The one to go on from, or one with a random decoder on the backbone and the key projection of an image model."""
    torch.manual_seed(options.seed)
    if options.start is not None and is_of_prompt_model(options.start):
        return load_prompt_model(options.start).train()
    begun = load_weights(options.start)
    image_model = begun.build()
    model = PromptModel(begun.backbone)
    model.backbone.load_state_dict(image_model.backbone.state_dict())
    model.key_projection.load_state_dict(image_model.key_projection.state_dict())
    return model


class _PromptTrainer:
    def __init__(
        self, sources: TrainingSources, options: PromptTrainingOptions, device: torch.device, started: float
    ) -> None:
        self.options, self.device, self.started = options, device, started
        self.bank: PictureBank = training_bank(sources, options, device)
        self.objects = ObjectDraw(self.bank, {SYNTHETIC: options.synthetic_share, **dict(options.shares)})
        held_out = held_out_bank(sources, device)
        self.validation = PromptValidation(held_out, options.size) if held_out is not None else None
        self.counts = sources.counts()
        model = initial_prompt_model(options).to(device)
        self.model = model.to(memory_format=memory_format(device))  # type: ignore[call-overload]
        self.average: PromptModel = copy.deepcopy(self.model).eval().requires_grad_(False)
        backbone = {id(value) for value in self.model.backbone.parameters()}
        slow = [value for value in self.model.parameters() if id(value) in backbone]
        quick = [value for value in self.model.parameters() if id(value) not in backbone]
        groups = [{"params": quick, "pace": 1.0}, {"params": slow, "pace": BACKBONE_PACE}]
        fused = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(groups, lr=options.learning_rate, weight_decay=WEIGHT_DECAY, fused=fused)
        self.scaler = torch.amp.GradScaler(device.type, enabled=training_precision(device) is torch.float16)
        self.precision = training_precision(device)
        self.generator = Generator(device)
        self.history: list[dict[str, Any]] = []
        self.step = 0
        self._resting = 0.0  # until so long after the start nothing is validated

    def run(self) -> PromptModel:
        options = self.options
        print(f"{len(self.bank.pixels)} pictures ready after {self._elapsed():.0f} s", flush=True)
        running, counted, saved = torch.zeros(2, device=self.device), 0, time.monotonic()
        while (done := self._done()) < 1:
            running += self._optimise(done)
            counted += 1
            if self.step % options.report_every == 0:
                loss, reached = (running / counted).tolist()  # waits for a GPU
                if not math.isfinite(loss):
                    raise EngineError(f"At step {self.step} the loss is no number.", "Lower --learning-rate.")
                print(f"step {self.step}  loss {loss:.4f}  IoU {reached:.3f}  ({self._elapsed():.0f} s)", flush=True)
                running.zero_()
                counted = 0
            if time.monotonic() - saved > options.save_every:
                if self._elapsed() >= self._resting:
                    self._validate()
                self._save()
                saved = time.monotonic()
        self._validate()
        self._save()
        return self.average

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _done(self) -> float:
        """Share of the run that is over."""
        by_clock = self._elapsed() / self.options.seconds
        return max(by_clock, self.step / self.options.steps) if self.options.steps else by_clock

    def _optimise(self, done: float) -> Tensor:
        """One step; (2,) its loss and the IoU of its answers."""
        rng = np.random.default_rng((self.options.seed, self.step))
        self.generator.manual_seed(int(rng.integers(2**62)))
        choice, elsewhere = self.objects.draw(self.options.batch, rng)
        pixels, mask = cut_views(self.bank, choice, self.options.size, self.generator)
        pixels = relight_batch(pixels, self.generator)
        rounds = int(rng.choice(len(ROUNDS), p=ROUNDS))
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * group["pace"] * pace(done)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.device, self.precision):
            features = self.model.encode(arranged(pixels))
            matched = None
            if rng.random() < SUPPORT_STEPS:
                support, known = cut_views(self.bank, elsewhere, self.options.size, self.generator)
                with torch.no_grad():
                    remembered = self.model.encode(arranged(relight_batch(support, self.generator)))
                    memory = self.model.remember(remembered.keys, known)
                matched = self.model.matched(features, memory)
                some = torch.rand(len(matched), generator=self.generator, device=self.device) < SUPPORTED
                matched = matched * some[:, None, None, None]
            loss, reached = interaction_loss(self.model, features, mask, rounds, self.generator, matched)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        self._average()
        return torch.stack([loss.detach(), reached])

    def _average(self) -> None:
        decay = min(AVERAGE_DECAY, (1 + self.step) / (AVERAGE_START + self.step))
        with torch.no_grad():
            ours: list[Tensor] = list(self.average.parameters())
            theirs: list[Tensor] = list(self.model.parameters())
            torch._foreach_lerp_(ours, theirs, 1 - decay)

    def _validate(self) -> None:
        if self.validation is None:
            return
        begun = self._elapsed()
        scores = self.validation.scores(self.average, self.precision)
        self._resting = self._elapsed() + (self._elapsed() - begun) * (1 / VALIDATION_SHARE - 1)
        self.history.append({"step": self.step, "seconds": round(self._elapsed(), 1), "scores": scores})
        for name, ious in scores.items():
            line = "  ".join(f"{clicks}: {iou:.3f}" for clicks, iou in ious.items())
            print(f"  IoU after clicks, {name:<14} {line}", flush=True)

    def _save(self) -> None:
        save_prompt_weights(self.options.output, self.average, self.card())
        raw = self.options.output.with_suffix(".raw.pt")
        save_prompt_weights(raw, self.model, self.card())

    def card(self) -> dict[str, Any]:
        """Facts for the weight file."""
        names = ["seconds", "batch", "size", "learning_rate", "seed", "synthetic", "synthetic_share"]
        return {
            **{name: getattr(self.options, name) for name in names},
            "start": None if self.options.start is None else self.options.start.name,
            "steps done": self.step,
            "sets": self.counts,
            "validation": self.history[-1]["scores"] if self.history else {},
        }


def pace(done: float) -> float:
    """Linear warm-up, then cosine to a hundredth, by the share of the run that is over."""
    if done < WARM_UP:
        return max(done / WARM_UP, 0.02)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - WARM_UP) / (1 - WARM_UP))))
