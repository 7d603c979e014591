"""How many clicks the prompt model needs on pictures that are held out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.device import arranged, autocast
from rabengine.network.prompt_maps import add_click, no_prompts, with_mask
from rabengine.network.prompt_model import PromptModel

from .picture_bank import PIECES, PictureBank
from .prompt_choices import ObjectDraw
from .prompt_objective import intersection_over_union
from .prompt_simulation import central_place, largest_error
from .prompt_views import ObjectChoice, whole_views

CLICKS = (1, 3, 5)
OBJECTS = 24  # of each set
SEED = 7


class PromptValidation:
    """Objects of each set on whole pictures.

    Args:
        bank: of what is held out. size: side of the views in pixels.
    """

    def __init__(self, bank: PictureBank, size: int) -> None:
        self.views: dict[str, tuple[Tensor, Tensor]] = {}
        for held_out in bank.sets:
            rng = np.random.default_rng(SEED)
            only = {other.name: 0.0 for other in bank.sets if other.name != held_out.name}
            choice = ObjectDraw(bank, only, kinds=(PIECES,)).draw(OBJECTS, rng)[0]
            pixels, mask = whole_views(bank, ObjectChoice(choice.pictures, choice.maps, choice.values), size)
            self.views[held_out.name] = arranged(pixels), mask

    def scores(self, model: PromptModel, precision: torch.dtype | None = None) -> dict[str, dict[int, float]]:
        """Mean IoU after some clicks, by set."""
        return {name: self._scores(model, *view, precision) for name, view in self.views.items()}

    @torch.inference_mode()
    def _scores(
        self, model: PromptModel, pixels: Tensor, mask: Tensor, precision: torch.dtype | None
    ) -> dict[int, float]:
        generator = Generator(pixels.device).manual_seed(SEED)
        with autocast(pixels.device, precision):
            features = model.encode(pixels)
            reached, answer = {}, torch.zeros_like(mask)
            prompts = no_prompts(len(mask), (int(mask.shape[-2]), int(mask.shape[-1])), mask.device)
            every = torch.ones(len(mask), dtype=torch.bool, device=mask.device)
            place, is_positive = central_place(mask, generator), every
            for click in range(1, max(CLICKS) + 1):
                prompts = add_click(prompts, place, is_positive)
                answer = torch.sigmoid(model(features, prompts).logits.float())
                if click in CLICKS:
                    reached[click] = float(intersection_over_union(answer > 0.5, mask > 0.5).mean())
                prompts = with_mask(prompts, answer, every)
                place, is_positive, _ = largest_error(answer > 0.5, mask > 0.5, generator)
        return reached
