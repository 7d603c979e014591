"""What answers clicks: our prompt model, classical methods, and networks that their users bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rabengine.device import choose_device
from rabengine.errors import InputError
from rabengine.prompts import Click, Prompt
from rabengine.propagation.input_view import grey_window
from rabengine.session.prompting import Prompter, prompt_model_on

from .classical import grab_cut, grow_from_seeds, random_walker, threshold
from .downloaded import BROUGHT, brought
from .user import Answer, Start

OURS = "rabsegment"


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


def chosen_methods(names: Sequence[str] | None, weights: Path | None, device: str) -> dict[str, Start]:
    """The methods by name; without names all whose packages and weights are there.

    Raises:
        InputError: there is no such method, or one that is named lacks its package or weights.
    """
    makers: dict[str, Callable[[], Start]] = {
        OURS: lambda: ours(weights, device),
        "grab-cut": grab_cut,
        "random-walker": random_walker,
        "grow-from-seeds": grow_from_seeds,
        "threshold": threshold,
        **{name: partial(brought, name, choose_device(device)) for name in BROUGHT},
    }
    for name in names or ():
        if name not in makers:
            raise InputError(f"No method is called {name!r}.", f"Take some of {', '.join(makers)}.")
    made: dict[str, Start] = {}
    for name in names or makers:
        try:
            made[name] = makers[name]()
        except InputError:
            if names is not None or name == OURS:
                raise
    return made
