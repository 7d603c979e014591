"""Scenes that have nothing to do with the marked ones: they are found, left out, and said to be."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rabengine.errors import Cancelled
from rabengine.events import PartialResult
from rabengine.presets import get_preset
from rabengine.session.selection import Selection, in_words
from rabengine.session.session import Session
from rabengine.synthetic.phantom import beating_ellipse

SMALL = get_preset("fast", {"size": 64, "crop": False})
BEFORE, BETWEEN, AFTER = range(5), range(5, 9), range(9, 13)


def page() -> np.ndarray:
    """(96, 96) dark, with lines of bright dashes: a page of patient data between two loops."""
    lines = np.zeros((96, 96), np.uint8)
    for row in range(8, 88, 10):
        for column in range(6, 80, 9):
            lines[row : row + 5, column : column + 6] = 220
    return lines


@pytest.fixture(scope="module")
def cut() -> tuple[np.ndarray, np.ndarray]:
    """A beating heart with a page of text between: frames, and the truth."""
    frames, truth = beating_ellipse(len(BEFORE) + len(AFTER), 96, 96, seed=0)
    first, text = len(BEFORE), np.stack([page()] * len(BETWEEN))
    shown = np.concatenate([frames[:first], text, frames[first:]])
    return shown, np.concatenate([truth[:first], np.zeros_like(text), truth[first:]]).astype(np.uint8)


@pytest.fixture(scope="module")
def session(cut) -> Session:
    return Session(cut[0], device="cpu")


def test_another_scene_is_left_unpainted_and_named(cut, session) -> None:
    _frames, truth = cut
    told: list[PartialResult] = []
    found = session.segment(
        {0: truth[0]}, preset=SMALL, progress=lambda event: told.append(event) if hasattr(event, "indices") else None
    )
    assert found.labels.shape == truth.shape and found.confidence.shape == (len(truth), 1)
    for frame in range(len(truth)):
        assert found.labels[frame].any() == (frame not in BETWEEN)
    assert any("nothing is painted: 5 to 8." in sentence for sentence in found.warnings)
    assert all(0.7 < float(found.confidence[frame, 0]) <= 1 for frame in BETWEEN)
    # What is handed out on the way has the numbers of the cine.
    numbers = {number for event in told for number in event.indices}
    assert numbers == {*BEFORE, *AFTER}
    last = {number: labels for event in told for number, labels in zip(event.indices, event.labels, strict=True)}
    overlap = np.count_nonzero(last[12] & truth[12]) / np.count_nonzero(last[12] | truth[12])
    assert overlap > 0.5


def test_a_mark_on_the_other_scene_brings_it_back(cut, session) -> None:
    _frames, truth = cut
    drawn = np.zeros_like(truth[0])
    drawn[8:20, 6:40] = 1
    found = session.segment({0: truth[0], 6: drawn}, preset=SMALL)
    assert np.array_equal(found.labels[6], drawn)
    assert not any("another scene" in sentence for sentence in found.warnings)
    assert found.labels[7].any()


def test_an_empty_mark_on_the_other_scene_agrees_with_what_is_seen(cut, session) -> None:
    _frames, truth = cut
    found = session.segment({0: truth[0], 6: np.zeros_like(truth[0])}, preset=SMALL)
    assert found.marked_frames == (0, 6) and found.confidence[6, 0] == 1
    assert not found.labels[list(BETWEEN)].any() and found.labels[11].any()


def test_the_choice_can_be_turned_off_and_the_published_presets_do_without(cut, session) -> None:
    _frames, truth = cut
    found = session.segment({0: truth[0]}, preset=get_preset(SMALL, {"scenes": False}))
    assert not any("another scene" in sentence for sentence in found.warnings)
    assert not get_preset("paper").scenes and not get_preset("image").scenes


def test_one_scene_stays_whole(session) -> None:
    frames, truth = beating_ellipse(8, 96, 96, seed=1)
    found = Session(frames, device="cpu").segment({0: truth[0].astype(np.uint8)}, preset=SMALL)
    assert found.labels.any(axis=(1, 2)).all() and found.warnings == ()


def test_a_jerky_cine_is_cancelled_while_cuts_are_looked_for() -> None:
    frames = np.random.default_rng(0).integers(0, 255, (6, 64, 64), np.uint8)
    cancel = threading.Event()
    cancel.set()
    heard: list[object] = []
    with pytest.raises(Cancelled):
        Session(frames, device="cpu").segment(
            {0: np.eye(64, dtype=np.uint8)}, preset=SMALL, progress=heard.append, cancel=cancel
        )
    assert heard == []


def test_frames_that_follow_each_other_are_not_copied() -> None:
    frames = np.zeros((6, 4, 4), np.uint8)
    assert np.shares_memory(Selection.without({0: 0.1, 5: 0.1}, 6).of(frames), frames)
    assert Selection.without({2: 0.1}, 6).of(frames).shape == (5, 4, 4)
    assert in_words([3, 7, 8, 9]) == "3, 7 to 9"
