"""Which frame is named to be checked next."""

from __future__ import annotations

import numpy as np

from rabengine.next_frame import next_frame_to_check


def test_among_equals_the_frame_that_covers_most_is_named() -> None:
    assert 15 <= next_frame_to_check(np.full(41, 0.5), [0]) <= 30
    assert 15 <= next_frame_to_check(np.full(41, 0.5), [0, 40]) <= 25


def test_the_doubtful_part_of_a_cine_is_named() -> None:
    trust = np.full(40, 0.95)
    trust[28:36] = 0.3
    assert 28 <= next_frame_to_check(trust, [0]) < 36


def test_a_neighbour_of_a_mark_does_not_win_by_being_least_sure() -> None:
    trust = np.full(40, 0.6)
    trust[11] = 0.1
    assert abs(next_frame_to_check(trust, [0, 10]) - 10) > 5


def test_marked_frames_are_never_named() -> None:
    trust = np.full(6, 0.9)
    trust[2] = 0.0
    for count in range(6):
        marked = list(range(count))
        assert next_frame_to_check(trust, marked) not in marked
    assert next_frame_to_check(trust, [5, 4, 3, 2, 1, 0]) is None


def test_frames_of_which_nothing_is_known_are_in_doubt() -> None:
    trust = np.full(30, 0.9)
    trust[20:] = np.nan
    assert next_frame_to_check(trust, [0]) >= 20


def test_chunks_of_a_long_cine_give_what_the_whole_would() -> None:
    trust = np.random.default_rng(0).random(1000)
    marked = [0, 400]
    frames = np.arange(1000)
    support = np.exp(-0.5 * ((frames[:, None] - frames[None, :]) / (1000 / 6)) ** 2)
    gain = np.clip(support - support[marked].max(axis=0), 0, None) @ (1 - trust)
    gain[marked] = -np.inf
    assert next_frame_to_check(trust, marked) == gain.argmax()
