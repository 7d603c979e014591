"""A file that holds several cines waits until a person has said which one is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rabengine.errors import ChoiceError

from .variables import PageState, names

ReadTask = asyncio.Task[ChoiceError | None]  # its result says that it needs a choice, and which there are


@dataclass
class ChoiceState:
    """What is asked.

    Attributes:
        title, text: of the question.
        choices: names of the cines, until one is chosen; none where nothing is asked.
    """

    title: str = ""
    text: str = ""
    choices: list[str] = field(default_factory=list)


CHOICE = names(ChoiceState)


@dataclass(frozen=True)
class Question:
    """What reads a file, and how it asks which of its cines is meant.

    Attributes:
        title, text: of the question.
        read: begins to read one of them by its name, or the file where that is empty.
        then: called when it was read, or will not be.
    """

    title: str
    text: str
    read: Callable[[str], ReadTask]
    then: Callable[[], None]


class Choice:
    """Reads what may hold several cines, and asks where it does; one question at a time.

    Args:
        state: of the page.
    """

    def __init__(self, state: PageState) -> None:
        self._page = state
        self._state = state.part(ChoiceState)
        self._asked: Question | None = None

    def read(self, question: Question) -> None:
        """Begin to read; what was asked before is not meant any more."""
        self.choose("")
        self._read(question, "")

    def choose(self, name: str) -> None:
        """The answer: one of the choices, or empty for none of them."""
        if self._asked is None:
            return
        question, self._asked = self._asked, None
        known, self._state.choices = self._state.choices, []
        if name in known:
            self._read(question, name)
        else:
            question.then()

    def _read(self, question: Question, name: str) -> None:
        def done(task: ReadTask) -> None:
            error = None if task.cancelled() or task.exception() else task.result()
            if error is None:
                question.then()
            else:
                self._ask(question, error)

        question.read(name).add_done_callback(done)

    def _ask(self, question: Question, error: ChoiceError) -> None:
        self.choose("")
        self._asked = question
        with self._page:
            self._page.put(ChoiceState(question.title, question.text, list(error.choices)))
