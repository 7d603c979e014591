"""Training of the image model in episodes, on one device or several."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Subset

from rabengine.device import autocast, choose_device, memory_format, training_precision
from rabengine.errors import EngineError, InputError
from rabengine.io.files.atomic import atomic_file, written_together
from rabengine.io.files.writable import check_writable, make_folder
from rabengine.network.image_model import ImageModel
from rabengine.network.weights import load_weights, save_weights

from .episodes import EpisodeDataset
from .learning_curve import draw_learning_curve
from .lessons import learn_lesson, lesson_episodes, pace
from .objective import EpisodeObjective
from .options import TrainingOptions
from .process_group import ProcessGroup, process_group
from .sources import TrainingSources, load_sources
from .validation import Validation

WARM_UP_STEPS = 200
WEIGHT_DECAY = 1e-4
LARGEST_GRADIENT = 1.0
AVERAGE_DECAY = 0.998
AVERAGED_PARTS = 10  # of a run; the average is over about one of them at most
ROLLOUT_SHARE = 0.4
REPORTED_LESSONS = 20
CHECKED_STEPS = 10  # a GPU is waited for so often
PACE = "pace"
CHECKPOINT = "checkpoint.pt"
HISTORY = "history.json"
CURVE = "learning_curve.png"


def train(options: TrainingOptions) -> None:
    """Train the image model and write its weights.

    Raises:
        InputError: folders that do not hold what they should, or a checkpoint of other settings.
        EngineError: the loss is no number any more; the last checkpoint is from before.
    """
    if options.size % 16 or options.size < 64:
        raise InputError(f"The size {options.size} is no multiple of 16 from 64 up.", "Take 192, 224 or 256.")
    device = choose_device(options.device)
    check_writable(options.output)
    with process_group(device) as group:
        if device.type == "cuda":
            device = torch.device("cuda", group.local_rank if group.size > 1 else device.index or 0)
            torch.cuda.set_device(device)
        trainer = _Trainer(options, device, group)
        make_folder(options.checkpoints)
        trainer.run()


def initial_model(options: TrainingOptions) -> ImageModel:
    """A model with a random decoder, and a backbone that is pretrained or at random."""
    torch.manual_seed(options.seed)
    if options.start is not None:
        return load_weights(options.start).build().train()
    model = ImageModel(options.backbone)
    if options.initial == "imagenet":
        model.backbone.load_pretrained()
    elif options.initial != "random":
        raise InputError(f"There is no initialisation {options.initial!r}.", "Take imagenet or random.")
    return model


class _Trainer:
    def __init__(self, options: TrainingOptions, device: torch.device, group: ProcessGroup) -> None:
        self.options, self.device, self.group = options, device, group
        self.sources: TrainingSources = load_sources(options)
        self.episodes = EpisodeDataset(self.sources.images, options, group.rank, videos=self.sources.videos)
        # Its episodes take a while to make.
        is_wanted = group.is_first and options.validate_every > 0
        self.validation = Validation(self.sources, options) if is_wanted else None
        model = initial_model(options).to(device)
        model.to(memory_format=memory_format(device))  # type: ignore[call-overload]
        is_random = options.initial == "random" and options.start is None
        rate = 1.0 if is_random else options.backbone_rate
        self.objective = EpisodeObjective(model, train_backbone=rate > 0)
        decay = average_decay(options.steps)
        self.average = AveragedModel(self.objective, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.parallel: nn.Module = DistributedDataParallel(self.objective) if group.size > 1 else self.objective
        self.optimizer = torch.optim.AdamW(
            parameter_groups(model, rate), lr=options.learning_rate, weight_decay=WEIGHT_DECAY
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=training_precision(device) is torch.float16)
        self.precision = training_precision(device)
        self.history: list[dict[str, Any]] = []
        self.step, self.lesson, self.seconds = 0, 0, 0.0

    def run(self) -> None:
        if self.options.resume:
            self._restore()
        if self.options.validate_every and self.options.steps and not self.history:
            self._validate(float("nan"))
        reported = self.step
        started, running = time.monotonic() - self.seconds, torch.zeros((), device=self.device)
        for batch in self._loader():
            running += self._optimise(batch)
            self.step += 1
            if self.step % CHECKED_STEPS == 0 and not bool(torch.isfinite(running)):
                raise EngineError(f"At step {self.step} the loss is no number any more.", "Lower --learning-rate.")
            if self._is_due():
                self.seconds = time.monotonic() - started
                self._validate(float(running) / (self.step - reported))
                self._checkpoint()
                running.zero_()
                reported = self.step
        if self.group.is_first:
            self._teach(started)
            save_weights(self.options.output, self._averaged(), self.card())

    def _teach(self, started: float) -> None:
        """Take the lessons that are left; where there are none, no episodes are prepared for them."""
        lessons = self.options.lessons
        if self.lesson >= lessons:
            return
        episodes = lesson_episodes(self.sources, self.options)
        model, losses = self._averaged(), list[float]()
        for number in range(self.lesson, lessons):
            seed = self.options.seed + number
            losses.append(learn_lesson(model, episodes[number], seed, self.device, pace(number, lessons)))
            self.lesson += 1
            if self.lesson % REPORTED_LESSONS == 0 or self.lesson == lessons:
                self.seconds = time.monotonic() - started
                mean = sum(losses) / len(losses)
                print(f"lesson {self.lesson}/{lessons}  loss {mean:.4f}  ({self.seconds:.0f} s)", flush=True)
                if self.options.validate_every > 0:
                    self._checkpoint()
                losses.clear()

    def _is_due(self) -> bool:
        """Whether to validate and to write a checkpoint."""
        every = self.options.validate_every
        return every > 0 and (self.step % every == 0 or self.step == self.options.steps)

    def _loader(self) -> DataLoader:
        remaining = Subset(self.episodes, range(self.step, self.options.steps))
        return DataLoader(
            remaining,
            batch_size=None,
            num_workers=self.options.workers,
            pin_memory=self.device.type == "cuda",
            persistent_workers=False,
        )

    def _optimise(self, batch: Any) -> torch.Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = group[PACE] * self.options.learning_rate * schedule(self.step, self.options.steps)
        rollout = bool(np.random.default_rng((self.options.seed, self.step)).random() < ROLLOUT_SHARE)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.device, self.precision):
            loss = self.parallel(batch.to(self.device), rollout)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.objective.parameters(), LARGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.objective)
        return loss.detach()

    def _averaged(self) -> ImageModel:
        source = self.average if self.step else self.objective
        return (source.module if self.step else source).model  # type: ignore[union-attr,return-value]

    def _validate(self, loss: float) -> None:
        if self.validation is None:
            return
        objective = EpisodeObjective(self._averaged(), self.objective.train_backbone)
        with autocast(self.device, self.precision):
            scores = self.validation.scores(objective, self.device)
        self.history.append({"step": self.step, "loss": loss, "seconds": round(self.seconds, 1), "scores": scores})
        dice = "  ".join(f"{name} {score['dice']:.3f}" for name, score in scores.items())
        print(
            f"step {self.step}/{self.options.steps}  loss {loss:.4f}  {dice}  ({self.seconds:.0f} s)",
            flush=True,
        )
        folder = self.options.checkpoints
        with written_together([folder / HISTORY, folder / CURVE]) as (history, curve):
            history.write_text(json.dumps(self.history, indent=1))
            draw_learning_curve(self.history, curve)

    def _checkpoint(self) -> None:
        if not self.group.is_first:
            return
        state = {
            "settings": settings(self.options),
            "step": self.step,
            "lesson": self.lesson,
            "seconds": self.seconds,
            "history": self.history,
            "model": self.objective.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }
        path = self.options.checkpoints / CHECKPOINT
        with atomic_file(path) as unfinished:
            torch.save(state, unfinished)
        save_weights(self.options.checkpoints / "weights.pt", self._averaged(), self.card())

    def _restore(self) -> None:
        path = self.options.checkpoints / CHECKPOINT
        if not path.is_file():
            raise InputError(f"There is no checkpoint {path} to resume from.", "Start without --resume.")
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["settings"] != settings(self.options):
            raise InputError(f"The checkpoint {path} is of other settings.", "Repeat the options it was started with.")
        self.objective.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.step, self.lesson, self.seconds = state["step"], state["lesson"], state["seconds"]
        self.history = state["history"]

    def card(self) -> dict[str, Any]:
        """Facts for the weight file."""
        return {
            **settings(self.options),
            "sets": self.sources.counts(),
            "held-out videos": self.sources.held_out_videos(),
            "steps done": self.step,
            "lessons done": self.lesson,
            "hours": round(self.seconds / 3600, 2),
            "processes": self.group.size,
            "validation": self.history[-1]["scores"] if self.history else {},
        }


def parameter_groups(model: ImageModel, backbone_rate: float) -> list[dict[str, Any]]:
    """What is trained, and how fast: the backbone knows much already."""
    slow = list(model.backbone.parameters())
    apart = {id(value) for value in slow}
    rest = [value for value in model.parameters() if value.requires_grad and id(value) not in apart]
    groups = [{"params": rest, PACE: 1.0}]
    return [*groups, {"params": slow, PACE: backbone_rate}] if backbone_rate > 0 else groups


def average_decay(steps: int) -> float:
    """Of the moving average: short runs must forget what they began with, too."""
    return min(AVERAGE_DECAY, max(0.0, 1 - AVERAGED_PARTS / max(1, steps)))


def schedule(step: int, steps: int) -> float:
    """Linear warm-up, then cosine to a hundredth."""
    warm_up = min(WARM_UP_STEPS, max(1, steps // 10))
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


def settings(options: TrainingOptions) -> dict[str, Any]:
    """The options that decide the result, as plain values."""
    names = (
        "steps", "lessons", "batch", "size", "learning_rate", "seed", "split_seed", "validation_share", "backbone",
        "initial", "backbone_rate", "pair_share", "region_share", "synthetic_share", "clip_share", "recipe_share",
        "video_share", "long_share", "scales", "sketches",
    )  # fmt: skip
    start = None if options.start is None else options.start.name
    return {
        **{name: getattr(options, name) for name in names},
        "videos": [path.name for path in options.videos],
        "shares": dict(options.shares),
        "leave_out": list(options.leave_out),
        "start": start,
    }
