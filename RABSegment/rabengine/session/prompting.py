"""A mask from clicks, scribbles, a box or a mask so far, on one frame of a cine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rabengine.device import arranged, autocast, memory_format
from rabengine.network.matching import MatchingMemory
from rabengine.network.prompt_maps import add_click, no_prompts, with_box, with_mask, with_scribbles
from rabengine.network.prompt_model import PromptAnswer, PromptFeatures, PromptModel
from rabengine.network.prompt_weights import load_prompt_model
from rabengine.prompts import Prompt, PromptBox, PromptedMask
from rabengine.propagation.input_view import Box, GreyWindow, InputView

from .prompt_shape import has_pieces, said, shape_of
from .prompt_window import window_round

SIZE = 256  # longer side of what the network sees, of the frame and of a window; it was trained at this
MOST_FEATURES = 12  # frames and windows whose features are kept, about 10 MB each
MOST_KNOWN = 3  # frames that help, those nearest in time

Place = tuple[int, Box | None]  # a frame, and the window of it; None for the whole


@dataclass(frozen=True)
class KnownObject:
    """One object on frames on which it is known.

    Attributes:
        masks: {frame: (H, W) bool}. memory: of them; None where there are none.
        is_parted: it has several pieces on any of them.
        matched: how well places of the cine match it, as far as it was asked.
    """

    masks: Mapping[int, np.ndarray]
    memory: MatchingMemory | None
    is_parted: bool = False
    matched: dict[Place, Tensor] = field(default_factory=dict)

    def is_of(self, masks: Mapping[int, np.ndarray]) -> bool:
        """Whether these are its masks, in the same order."""
        return [*self.masks] == [*masks] and all(np.array_equal(self.masks[frame], masks[frame]) for frame in masks)


def prompt_model_on(device: torch.device, weights: str | Path | None = None) -> PromptModel:
    """A prompt model that answers on a device, with the shipped weights when none are named.

    Raises:
        InputError: as `load_prompt_model`.
    """
    model = load_prompt_model(weights).requires_grad_(False)
    return model.to(device, memory_format=memory_format(device))  # type: ignore[call-overload]


class Prompter:
    """Answers prompts on the frames of one cine.

    A prompt is answered on the whole frame first, and then once more through a window if the object is small. The
    answer depends on the prompt alone, not on those before it.

    Args:
        frames: (T, H, W) or (T, H, W, 3), checked.
        model: on `device`.
        window: grey values of the cine.
    """

    def __init__(self, frames: np.ndarray, model: PromptModel, window: GreyWindow, device: torch.device) -> None:
        self.frames, self.model, self.window, self.device = frames, model, window, device
        self._features: OrderedDict[Place, PromptFeatures] = OrderedDict()
        self._known = KnownObject({}, None)
        self._is_warm = False

    @torch.inference_mode()
    def prepare(self, frame: int) -> None:
        """Compute what a prompt on a frame is answered from, so that the first click is answered sooner."""
        whole = self._view(None)
        self._seen(frame, whole)
        if not self._is_warm:  # the first answer of a frame's size and of a window's takes two to three times as long
            self._is_warm = True
            for view in (whole, self._view(_middle(whole.full))):
                self._answered(frame, view, Prompt())

    @torch.inference_mode()
    def answer(self, frame: int, prompt: Prompt, known: Mapping[int, np.ndarray]) -> PromptedMask:
        """The mask that a prompt asks for.

        Args:
            frame: which.
            prompt: checked.
            known: {frame: (H, W) bool} masks of the same object on other frames; may be empty.
        """
        whole = self._view(None)
        self._know(frame, known)
        prompt = _without_contradiction(prompt, self.frames.shape[1:3])
        logits, quality = self._answered(frame, whole, prompt)
        box = window_round(logits > 0, prompt)
        if box is not None:
            logits, quality = self._answered(frame, self._view(box), prompt)
        return PromptedMask(shape_of(logits, prompt, self._known.is_parted), quality)

    def _answered(self, frame: int, view: InputView, prompt: Prompt) -> tuple[np.ndarray, float]:
        """(H, W) logits of the frame, and the expected IoU."""
        features = self._seen(frame, view)
        with autocast(self.device):
            matched = self._matched(frame, view, features)
            told: PromptAnswer = self.model(features, _maps(prompt, view).to(self.device), matched)
        logits = view.paste(told.logits[0].float().cpu())[0].numpy()
        return logits, float(torch.sigmoid(told.quality.float())[0])

    def _know(self, frame: int, known: Mapping[int, np.ndarray]) -> None:
        """Remember what the nearest other frames with the object teach about it, unless that is remembered already."""
        nearest = sorted((abs(other - frame), other) for other in known if other != frame and known[other].any())
        chosen = {other: known[other] for _, other in nearest[:MOST_KNOWN]}
        if self._known.is_of(chosen):
            return
        self._known = KnownObject({}, None)
        if chosen:
            view = self._view(None)
            parts = [self._seen(other, view) for other in chosen]
            masks = torch.stack([view.mask(mask) for mask in chosen.values()])[None].to(self.device)
            memory = self.model.remember(torch.cat([part.keys for part in parts]), masks)
            copies = {other: mask.copy() for other, mask in chosen.items()}
            self._known = KnownObject(copies, memory, any(map(has_pieces, copies.values())))

    def _matched(self, frame: int, view: InputView, features: PromptFeatures) -> Tensor | None:
        """How a view matches what is known; it is the same for all clicks on a frame."""
        known = self._known
        if known.memory is None:
            return None
        place = _place(frame, view)
        if place not in known.matched:
            if len(known.matched) >= MOST_FEATURES:
                known.matched.clear()
            known.matched[place] = self.model.matched(features, known.memory)
        return known.matched[place]

    def _view(self, box: Box | None) -> InputView:
        return InputView(self.frames, SIZE, box, self.window)

    @torch.inference_mode()
    def _seen(self, frame: int, view: InputView) -> PromptFeatures:
        key = _place(frame, view)
        found = self._features.get(key)
        if found is None:
            pixels = arranged(view.frame(frame).to(self.device))
            with autocast(self.device):
                found = self.model.encode(pixels)
            self._features[key] = found
        self._features.move_to_end(key)
        while len(self._features) > MOST_FEATURES:
            self._features.popitem(last=False)
        return found


def _without_contradiction(prompt: Prompt, size: tuple[int, ...]) -> Prompt:
    """A prompt whose box, a hint of where, contradicts nothing that was said in it.

    Where a click or line is outside the box, it is widened to hold it; where there is a mask so far, to which the box
    has led, it is said no more.
    """
    if prompt.box is None:
        return prompt
    left, top, right, bottom = prompt.box
    rows, columns = np.nonzero(said(prompt, size)[0])
    outside = (columns < left - 0.5) | (columns > right + 0.5) | (rows < top - 0.5) | (rows > bottom + 0.5)
    if not outside.any():
        return prompt
    if prompt.mask is not None and prompt.mask.any():
        return replace(prompt, box=None)
    return replace(
        prompt,
        box=PromptBox(
            min(left, columns.min()), min(top, rows.min()), max(right, columns.max()), max(bottom, rows.max())
        ),
    )


def _middle(full: Box) -> Box:
    """A window as those are that small objects are looked at through."""
    side = min(full.size) // 2
    top, left = (full.bottom - side) // 2, (full.right - side) // 2
    return Box(top, top + side, left, left + side)


def _place(frame: int, view: InputView) -> Place:
    return frame, None if view.box == view.full else view.box


def _maps(prompt: Prompt, view: InputView) -> Tensor:
    """(1, PROMPT_CHANNELS, h, w): a prompt as the view shows it; clicks outside are left out."""
    height, width = view.input_size
    rows, columns = view.box.size
    down, across = height / rows, width / columns

    def seen(x: float, y: float) -> tuple[float, float]:
        return (y + 0.5 - view.box.top) * down - 0.5, (x + 0.5 - view.box.left) * across - 0.5

    maps = no_prompts(1, (height, width))
    for click in prompt.clicks:
        row, column = seen(click.x, click.y)
        if -0.5 <= row < height and -0.5 <= column < width:
            place = torch.tensor([[max(row, 0.0), max(column, 0.0)]])
            maps = add_click(maps, place, torch.tensor([click.is_positive]))
    if prompt.box is not None:
        top, left = seen(prompt.box.left - 0.5, prompt.box.top - 0.5)
        bottom, right = seen(prompt.box.right + 0.5, prompt.box.bottom + 0.5)
        maps = with_box(maps, torch.tensor([[top, left, bottom, right]]), torch.tensor([True]))
    if prompt.scribble is not None:
        drawn = [view.mask(part)[None, None] > 0 for part in (prompt.scribble > 0, prompt.scribble < 0)]
        maps = with_scribbles(maps, drawn[0].float(), drawn[1].float())
    if prompt.mask is not None and prompt.mask.any():
        maps = with_mask(maps, view.mask(prompt.mask)[None, None], torch.tensor([True]))
    return maps
