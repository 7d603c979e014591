"""What a study has learned, made of its marked frames: a network that knows the segments, and examples."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch

import rabengine
from rabengine.adaptation.appearance import AppearanceModel, Example, Examples
from rabengine.device import choose_device
from rabengine.errors import Cancelled, InputError, RABSegmentError
from rabengine.io.legend import segment_colour
from rabengine.network.weights import load_weights
from rabengine.presets import get_preset
from rabengine.propagation.input_view import GreyWindow, InputView, grey_window
from rabengine.session.steps.appearance import AppearanceLearning

from .carry_over import as_picture, fitted
from .descriptors import describer_name, describer_on
from .layout import STRUCTURE
from .marked_frame import MarkedFrame
from .marks import MarkFile, kept_marks, read_labels
from .structure import Appearance, Structure, load_structure
from .study import Study

Thing = TypeVar("Thing")

MOST_EXAMPLES = 64  # a file stays small, and more of one kind teach little
STEPS = 100


def learn_structure(
    study: Study,
    *,
    pictures: bool = True,
    steps: int | None = None,
    device: str = "auto",
    seed: int = 0,
    warn: Callable[[str], None] = lambda _sentence: None,
    advance: Callable[[int, int], None] = lambda _done, _all: None,
    cancel: threading.Event | None = None,
) -> Structure:
    """What the study has learned from its marked frames, and from the structure file that it was given.

    Args:
        pictures: keep example frames.
        steps: of the network's learning; 0 for none. By default STEPS where the study's preset learns on each cine, or
            where nothing else is kept, and else none.
        device, seed: as of `Session`.
        warn: called with a sentence about each cine that cannot be read. advance: with steps done, and all of them.
        cancel: set to stop.

    Raises:
        InputError: no marked frame with an object can be read, or the file that the study was given is damaged.
        Cancelled: `cancel` was set.
    """
    given = load_structure(study.folder / STRUCTURE) if (study.folder / STRUCTURE).is_file() else None
    settings = study.settings()
    frames, facts = _marked_frames(study, warn, cancel)
    frames = _some([*(given.examples if given else ()), *frames])
    if not frames:
        raise InputError("The study has no marked frame to learn from.", "Mark an object: rabsegment study mark DIR")
    chosen = get_preset(settings.preset)
    if steps is None:
        steps = STEPS if not pictures or chosen.step(AppearanceLearning) is not None else 0
    kept = tuple(frames) if pictures else ()
    values = sorted({int(value) for frame in frames for value in np.unique(frame.labels) if value})
    names = {value: settings.segments.get(value, f"Segment {value}") for value in values}
    if given is not None:
        names = {**names, **{value: name for value, name in given.names.items() if value in values}}

    def heard(done: int) -> None:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        assert steps is not None
        advance(done, steps)

    appearance = learn_appearance(frames, tuple(values), chosen.size, steps, device, seed, heard) if steps else None
    return Structure(
        names=names,
        colours={value: segment_colour(value) for value in values},
        examples=kept,
        descriptions=_described(kept, device),
        describer=describer_name() if kept else "",
        appearance=appearance,
        taught={
            **facts,
            "frames": len(frames),
            "given_frames": len(given.examples) if given else 0,
            "given": dict(given.taught) if given else None,
            "preset": settings.preset,
            "steps": steps,
            "rabsegment": rabengine.__version__,
        },
    )


def _marked_frames(
    study: Study, warn: Callable[[str], None], cancel: threading.Event | None
) -> tuple[list[MarkedFrame], dict[str, object]]:
    """Marked frames with an object on them, not more than are kept, and what they were taught by."""
    with study.database.reading() as connection:
        marks = {cine: [mark for mark in some if mark.segments] for cine, some in kept_marks(connection).items()}
        days = connection.execute("SELECT min(at), max(at), count(DISTINCT by) FROM marks").fetchone()
    wanted: dict[int, list[MarkFile]] = {}
    for cine, mark in _some([(cine, mark) for cine, some in sorted(marks.items()) for mark in some]):
        wanted.setdefault(cine, []).append(mark)
    frames: list[MarkedFrame] = []
    for cine, some in wanted.items():
        if cancel is not None and cancel.is_set():
            raise Cancelled
        try:
            read = study.read(cine)
            window = grey_window(read.frames)
            frames += [
                MarkedFrame(
                    as_picture(read.frames[mark.frame], window), read_labels(study.folder, mark, read.frame_size)
                )
                for mark in some
            ]
        except RABSegmentError as error:
            warn(f"Cine {cine} teaches nothing: {error.message}")
    first, last = ((days[0] or "")[:10], (days[1] or "")[:10])
    facts = {"cines": len(marks), "marks": sum(map(len, marks.values())), "people": days[2], "from": first, "to": last}
    return frames, facts


def _some(things: Sequence[Thing]) -> list[Thing]:
    """At most MOST_EXAMPLES, evenly over all."""
    if len(things) <= MOST_EXAMPLES:
        return list(things)
    return [things[place] for place in np.linspace(0, len(things) - 1, MOST_EXAMPLES).round().astype(int)]


def _described(frames: Sequence[MarkedFrame], device: str) -> np.ndarray:
    if not frames:
        return np.zeros((0, 1), np.float16)
    return describer_on(device).describe([frame.picture for frame in frames]).astype(np.float16)


def learn_appearance(
    frames: Sequence[MarkedFrame],
    values: tuple[int, ...],
    size: int,
    steps: int,
    device: str,
    seed: int,
    heard: Callable[[int], None],
) -> Appearance:
    """A network that has learned what segments look like.

    Args:
        frames: to learn from. values: label values, ascending. size: longer side of what it sees, in pixels.
        steps: of the optimiser. device, seed: as of `Session`. heard: called with the steps done; may raise.
    """
    teacher = load_weights().build().requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AppearanceModel(teacher, len(values), choose_device(device), seed)
        done = 0

        def advance(_losses: object) -> None:
            nonlocal done
            done += 1
            heard(done)

        model.learn(Examples(_examples(frames, values, size), []), steps, advance)
    return Appearance(teacher.backbone.name, values, model.network.state_dict(), model.worth)


def _examples(frames: Sequence[MarkedFrame], values: tuple[int, ...], size: int) -> list[Example]:
    """As the network sees them, all of one shape, for it learns from several at once."""
    shape = frames[0].picture.shape
    alike = [fitted(frame, shape) for frame in frames]
    view = InputView(np.stack([frame.picture for frame in alike]), size, None, GreyWindow(0.0, 255.0))
    found = []
    for place, frame in enumerate(alike):
        shown = torch.stack([view.mask(frame.labels == value) for value in values])
        background = (1 - shown.sum(dim=0, keepdim=True)).clamp(min=0)
        known = torch.ones(len(values), dtype=torch.bool)
        found.append(Example(view.frame(place)[0], torch.cat([background, shown]), known))
    return found
