"""What answers clicks: our prompt model, GrabCut and random walker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rabengine.device import choose_device
from rabengine.errors import InputError, PackageMissingError
from rabengine.optional import require
from rabengine.prompts import Click, Prompt
from rabengine.propagation.input_view import grey_window
from rabengine.session.prompting import Prompter, prompt_model_on

from .user import Answer

OURS = "rabsegment"
RADIUS = 3  # pixels round a click that count as clicked, for the peers
REACH = 0.1  # of the picture's longer side round a click that GrabCut begins with
ROUNDS = 5
WALKER_BETA = 130.0

Start = Callable[[np.ndarray], Answer]  # (H, W) or (H, W, 3) uint8 picture to what answers clicks on it


def ours(weights: Path | None, device: str) -> Start:
    """The prompt model as a session runs it, each answer being the mask so far of the next."""
    where = choose_device(device)
    model = prompt_model_on(where, weights)

    def start(picture: np.ndarray) -> Answer:
        frames = picture[None]
        prompter = Prompter(frames, model, grey_window(frames), where)

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            return prompter.answer(0, Prompt(tuple(clicks), mask=found if found.any() else None), {}).mask

        return answer

    return start


def grab_cut() -> Start:
    """Rother, Kolmogorov, Blake: GrabCut (SIGGRAPH 2004), of OpenCV, from clicks and the picture's border."""
    cv2 = require("cv2", "GrabCut")

    def start(picture: np.ndarray) -> Answer:
        colour = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
        colour = np.ascontiguousarray(colour)

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = _seeds(clicks, found.shape, RADIUS)
            near = _seeds([c for c in clicks if c.is_positive], found.shape, round(REACH * max(found.shape))) > 0
            mask = np.where(found | near, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
            mask[[0, -1]] = mask[:, [0, -1]] = cv2.GC_BGD
            mask[seeds > 0], mask[seeds < 0] = cv2.GC_FGD, cv2.GC_BGD
            models = np.zeros((1, 65)), np.zeros((1, 65))
            cv2.setRNGSeed(0)
            cv2.grabCut(colour, mask, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
            return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)

        return answer

    return start


def random_walker() -> Start:
    """Grady: Random walks for image segmentation (PAMI 2006), of scikit-image, from clicks and the border."""
    segmentation = require("skimage.segmentation", "Random walker")

    def start(picture: np.ndarray) -> Answer:
        grey = picture if picture.ndim == 2 else picture.mean(axis=2)
        grey = grey.astype(np.float64) / 255

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = _seeds(clicks, found.shape, RADIUS)
            labels = np.zeros(found.shape, np.int32)
            labels[[0, -1]] = labels[:, [0, -1]] = 2
            labels[seeds > 0], labels[seeds < 0] = 1, 2
            return np.asarray(segmentation.random_walker(grey, labels, beta=WALKER_BETA, mode="cg_j") == 1)

        return answer

    return start


def chosen_methods(names: Sequence[str] | None, weights: Path | None, device: str) -> dict[str, Start]:
    """The methods by name; without names all whose packages are installed.

    Raises:
        InputError: there is no such method. PackageMissingError: one that is named needs a package.
    """
    makers: dict[str, Callable[[], Start]] = {
        OURS: lambda: ours(weights, device),
        "grab-cut": grab_cut,
        "random-walker": random_walker,
    }
    for name in names or ():
        if name not in makers:
            raise InputError(f"No method is called {name!r}.", f"Take some of {', '.join(makers)}.")
    made: dict[str, Start] = {}
    for name in names or makers:
        try:
            made[name] = makers[name]()
        except PackageMissingError:
            if names is not None:
                raise
    return made


def _seeds(clicks: Sequence[Click], size: tuple[int, ...], radius: int) -> np.ndarray:
    """(H, W) int8: 1 round positive clicks, -1 round negative ones."""
    seeds = np.zeros(size, np.int8)
    rows, columns = np.ogrid[: size[0], : size[1]]
    for click in clicks:
        near = (rows - click.y) ** 2 + (columns - click.x) ** 2 <= radius**2
        seeds[near] = 1 if click.is_positive else -1
    return seeds
