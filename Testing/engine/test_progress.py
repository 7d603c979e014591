"""The progress of a request: what is planned is what is done, it ends at its end, and the time left is sober."""

from __future__ import annotations

import numpy as np
import pytest

from rabengine.events import Event, Progress
from rabengine.presets import PRESETS
from rabengine.session.progress import RequestProgress
from rabengine.session.session import Session
from rabengine.session.step import CHECKING, PROPAGATION, Cost, Phase
from rabengine.session.steps.appearance import LEARNING, AppearanceLearning
from rabengine.session.steps.relearning import Relearning
from rabengine.synthetic.phantom import beating_ellipse

QUICK = {"size": 64}
QUICK_LEARNING = {"appearance_steps": 3, "appearance_warm_steps": 2, "lessons": 2}
QUICK_RELEARNING = {"steps": 3, "warm_steps": 2}
CLOSE, WIDE = "closer look", "whole frame"


def scene(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """A cine and its truth; the object is small where a closer look is worth it."""
    frames, truth = beating_ellipse(6, 64, 64, seed=1)
    if kind == WIDE:
        return frames, truth
    margin = ((0, 0), (20, 140), (20, 140))
    return np.pad(frames, margin, constant_values=int(frames.min())), np.pad(truth, margin)


def choices(preset: str) -> dict[str, object]:
    own = PRESETS.get(preset)
    learning = QUICK_LEARNING if own.step(AppearanceLearning) else {}
    return QUICK | learning | (QUICK_RELEARNING if own.step(Relearning) else {})


@pytest.fixture
def begun(monkeypatch):
    """What was ahead of each phase when it began, and the phase."""
    pairs: list[tuple[Cost, Cost]] = []
    begin = RequestProgress.begin

    def note(self, phase: Phase, total: int) -> None:
        pairs.append((self.ahead[0] if self.ahead else (Phase("nothing", 0), 0), (phase, total)))
        begin(self, phase, total)

    monkeypatch.setattr(RequestProgress, "begin", note)
    return pairs


@pytest.mark.parametrize("kind", [CLOSE, WIDE])
@pytest.mark.parametrize("preset", PRESETS.names())
def test_what_is_planned_is_what_is_done(preset, kind, begun):
    frames, truth = scene(kind)
    session = Session(frames)
    for marks in ((0,), (0, 4)):  # cold, then warm with a correction
        events: list[Event] = []
        session.segment(
            {frame: truth[frame] for frame in marks}, preset=preset, overrides=choices(preset), progress=events.append
        )
        told = [event for event in events if isinstance(event, Progress)]
        assert (told[-1].step, told[-1].seconds_left) == (told[-1].total, 0.0)
    assert all(planned == done for planned, done in begun), begun


def test_a_request_that_leaves_the_closer_look_plans_that_too(begun):
    frames, truth = scene(CLOSE)
    session = Session(frames)
    session.segment({0: truth[0]}, preset="fast", overrides=QUICK)
    moved = np.roll(truth[5], 100, axis=(0, 1))
    session.segment({0: truth[0], 5: moved}, preset="fast", overrides=QUICK)
    assert all(planned == done for planned, done in begun), begun


def fraction(event: Progress, spent: float) -> float | None:
    return None if event.seconds_left is None else spent / max(spent + event.seconds_left, 1e-9)


@pytest.mark.parametrize("stall", [0, 7, 150])
def test_one_slow_step_promises_no_hours(stall):
    """A request of a minute in which one step waits for half of it, the first or another."""
    now, events = [0.0], []
    meter = RequestProgress(events.append, None, clock=lambda: now[0])
    phases = [(PROPAGATION, 300), (CHECKING, 300), (LEARNING, 80), (PROPAGATION, 300)]
    done = 0
    for number, (phase, total) in enumerate(phases):
        meter.plan(phases[number:])
        meter.begin(phase, total)
        for _ in range(total):
            now[0] += 30.0 if done == stall else 0.03
            done += 1
            meter.advance()
    meter.end()
    assert max(event.seconds_left or 0 for event in events) < 180
    assert events[-1].seconds_left == 0 and fraction(events[-1], now[0]) == 1
    assert meter.seconds.keys() == {"propagation", "checking", "learning"}
