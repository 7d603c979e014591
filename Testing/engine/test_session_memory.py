"""What a session keeps between requests: it is of use, bounded, and never in the way of what is asked now."""

from __future__ import annotations

import numpy as np
import torch

from rabengine.propagation.crop import leaves_crop
from rabengine.propagation.input_view import Box, InputView
from rabengine.propagation.memory_bank import ENCODED_SUPPORTS, MemoryBank
from rabengine.propagation.propagator import SoftMasks
from rabengine.session.kept import MOST_LEARNED, MOST_STORES
from rabengine.session.memory_plan import first_plan
from rabengine.session.session import Session
from rabengine.synthetic.phantom import beating_ellipse

QUICK = {"size": 64}


def small_object() -> tuple[np.ndarray, np.ndarray]:
    """A cine whose object is worth a closer look."""
    frames, truth = beating_ellipse(6, 64, 64, seed=1)
    margin = ((0, 0), (20, 140), (20, 140))
    return np.pad(frames, margin, constant_values=int(frames.min())), np.pad(truth, margin)


def test_no_closer_look_is_taken_where_none_is_wanted():
    frames, truth = small_object()
    session = Session(frames)
    marks = {0: truth[0]}
    seen = {**QUICK, "recipe": "propagation,check"}  # what motion leads to is the same, however close one looks
    closer = session.segment(marks, preset="fast", overrides=seen)
    whole = session.segment(marks, preset="fast", overrides={**seen, "crop": False})
    expected = Session(frames).segment(marks, preset="fast", overrides={**seen, "crop": False})
    assert np.array_equal(whole.labels, expected.labels)
    assert not np.array_equal(closer.labels, expected.labels)  # or this test shows nothing


def test_learned_networks_are_bounded():
    frames, truth = beating_ellipse(4, 64, 64, seed=1)
    session = Session(frames)
    for value in range(1, MOST_LEARNED + 4):
        choices = {**QUICK, "appearance_steps": 1, "lessons": 1, "rounds": 0}
        session.segment({0: truth[0] * value}, overrides=choices)
    assert len(session._kept.networks) == MOST_LEARNED and len(session._kept.stores) <= MOST_STORES
    assert len(session._kept.crops) <= MOST_LEARNED


def test_what_leaves_the_kept_window_is_found():
    """An object that jumps to another corner: the first request, marked before the jump, looks closer there."""
    one, truth = beating_ellipse(8, 64, 64, seed=1)
    frames = np.full((8, 224, 224), int(one.min()), np.uint8)
    labels = np.zeros((8, 224, 224), np.uint8)
    for frame in range(8):
        at = 20 if frame < 4 else 20 + 16 * (frame - 3)  # it moves on, out of what was looked at
        frames[frame, at : at + 64, at : at + 64] = one[frame]
        labels[frame, at : at + 64, at : at + 64] = truth[frame]
    session = Session(frames)
    fresh = Session(frames).segment({0: labels[0]}, preset="fast", overrides={"size": 96})
    session.segment({0: labels[0]}, preset="fast", overrides={"size": 96})
    # As if the first look had been too narrow: only what is round the mark.
    for preset in list(session._kept.crops):
        session._kept.crops[preset] = Box(10, 94, 10, 94)
    again = session.segment({0: labels[0]}, preset="fast", overrides={"size": 96})
    assert np.array_equal(again.labels, fresh.labels)


def test_what_counts_as_leaving_a_window():
    view = InputView(np.arange(2 * 128 * 128, dtype=np.float32).reshape(2, 128, 128), 64, Box(0, 64, 32, 96))
    logits = torch.full((2, 1, *view.map_size), -8.0)
    logits[:, 0, 4:8, 4:8] = 8.0
    masks = SoftMasks(logits, torch.ones(2, 1))
    assert not leaves_crop(masks, view.box, [[0]], view)
    masks.logits[1, 0, 0, 5] = 8.0  # at the top, which is the frame's own edge
    assert not leaves_crop(masks, view.box, [[0]], view)
    masks.logits[1, 0, 5, 0] = 8.0  # at the left, beyond which there is more
    assert leaves_crop(masks, view.box, [[0]], view)
    masks.logits[1] = -8.0
    assert leaves_crop(masks, view.box, [[0]], view) and not leaves_crop(masks, view.box, [[0, 1]], view)


def test_the_supports_used_last_stay(phantom):
    session = Session(phantom.frames)
    store = session._kept.store(session._teacher, 64, None, first_plan(session.device))
    marks = dict.fromkeys(range(2), phantom.truth[0])
    bank = MemoryBank(marks, tuple(range(1, ENCODED_SUPPORTS + 2)), store, partial=False)
    first = bank.support(1, 0)
    for segment in range(2, ENCODED_SUPPORTS + 2):
        bank.support(segment, 0)
        assert bank.support(1, 0) is first


def test_a_mark_of_one_pixel_does_not_vanish_without_a_word():
    frames, truth = beating_ellipse(4, 128, 128, seed=1)
    marked = truth[0].copy()
    marked[5, 120] = 7
    result = Session(frames).segment({0: marked}, preset="image", overrides=QUICK)
    assert len(result.warnings) == 1 and "Segment 7 is marked with 1 pixel at most" in result.warnings[0]
    assert result.labels[0, 5, 120] == 7
    assert Session(frames).segment({0: truth[0]}, preset="image", overrides=QUICK).warnings == ()
