"""Signals: who hears, in which order, and what becomes of a listener that fails."""

from __future__ import annotations

import logging

import pytest

from RABSegmentLib.Signal import Signal


def test_all_who_are_connected_hear_in_their_order():
    signal: Signal[[int]] = Signal()
    heard = []
    signal.emit(0)
    signal.connect(lambda number: heard.append(("first", number)))
    signal.connect(lambda number: heard.append(("second", number)))
    signal.emit(1)
    assert heard == [("first", 1), ("second", 1)]


def test_one_who_is_connected_twice_hears_once_and_hears_no_more_afterwards():
    signal: Signal[[int]] = Signal()
    heard: list[int] = []
    signal.connect(heard.append)
    signal.connect(heard.append)
    signal.emit(1)
    signal.disconnect(heard.append)
    signal.disconnect(heard.append)
    signal.emit(2)
    assert heard == [1]


def test_a_listener_that_fails_keeps_nobody_from_hearing(caplog):
    signal: Signal[[]] = Signal()
    heard = []

    def fail(text: str) -> None:
        heard.append(text)
        raise RuntimeError(text)

    signal.connect(lambda: fail("one"))
    signal.connect(lambda: fail("two"))
    signal.connect(lambda: heard.append("three"))
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError, match="one"):
        signal.emit()
    assert heard == ["one", "two", "three"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["two"]


def test_one_who_is_disconnected_meanwhile_does_not_hear_and_a_new_one_hears_the_next():
    signal: Signal[[str]] = Signal()
    heard: list[str] = []

    def change(_word: str) -> None:
        signal.disconnect(heard.append)
        signal.connect(late.append)

    late: list[str] = []
    signal.connect(change)
    signal.connect(heard.append)
    signal.emit("a")
    assert (heard, late) == ([], [])
    signal.emit("b")
    assert (heard, late) == ([], ["b"])


def test_a_listener_may_emit_itself():
    signal: Signal[[int]] = Signal()
    heard: list[int] = []

    def count_down(number: int) -> None:
        heard.append(number)
        if number > 0:
            signal.emit(number - 1)

    signal.connect(count_down)
    signal.emit(2)
    assert heard == [2, 1, 0]
