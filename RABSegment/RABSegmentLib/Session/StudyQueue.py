"""The cines of a study as panel and page list them: rows, filter, order, the next one, and how far a run is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rabengine.study import Study, StudyCine, next_cine
from rabengine.study.log import person
from rabengine.study.records import CHECKED, FAILED, PREDICTED, RUNNING, WAITING

from . import StudyTexts

ALL, NEED, UNMARKED, MARKED = "all", "need", "unmarked", "marked"
FILTERS = (ALL, NEED, UNMARKED, MARKED, WAITING, PREDICTED, CHECKED, FAILED)
BY_NUMBER, BY_CONFIDENCE, BY_NAME, BY_MARKS = "number", "confidence", "name", "marks"
ORDERS = (BY_NUMBER, BY_CONFIDENCE, BY_NAME, BY_MARKS)


@dataclass(frozen=True)
class StudyRow:
    """A cine in the list.

    Attributes:
        cine: its number. name: of its file. status: one of the study's. statusText: for people.
        confidence: "0.87", empty without a prediction. marks: marked frames. who: people that marked or checked it.
        needsPerson: it is predicted, and somebody should look at it. note: why, or why it failed.
        label: all of it in one sentence, for who cannot see it.
    """

    cine: int
    name: str
    status: str
    statusText: str
    confidence: str
    marks: int
    who: str
    needsPerson: bool
    note: str
    label: str


@dataclass(frozen=True)
class StudyProgress:
    """How far the study is, also while other processes run it.

    Attributes:
        total, done, running, failed: cines; done are those that are predicted or checked.
        seconds: until the rest is done by as many processes as run now; None where none runs or nothing is known.
        text: all of that for people.
    """

    total: int
    done: int
    running: int
    failed: int
    seconds: float | None
    text: str

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.done / self.total if self.total else 0.0


class StudyQueue:
    """A study as one person goes through it.

    Args:
        folder: of the study. by: who that is; the user of this computer by default.

    Raises:
        InputError: it is no study, is damaged, or was made by a newer version.
    """

    def __init__(self, folder: str | Path, by: str = "") -> None:
        self.study = Study(folder)
        self.by = person(by)
        self.filter, self.order, self.search = ALL, BY_NUMBER, ""
        self.current: int | None = None
        self._cines: list[StudyCine] = []
        self._people: dict[int, str] = {}
        self._stamp: object = None
        self._seen: list[int] = []  # cines that this person has been shown, the last one at the end

    @property
    def name(self) -> str:
        """Of the study."""
        return self.study.folder.name

    def refresh(self) -> bool:
        """Read the study where it may have changed since; whether it may have.

        Raises:
            InputError: the database cannot be read.
        """
        stamp = self._now()
        if stamp == self._stamp and not any(cine.status == RUNNING for cine in self._cines):
            return False
        self._cines = self.study.cines()
        people: dict[int, set[str]] = {}
        for rating in self.study.ratings():
            people.setdefault(rating.cine, set()).add(rating.by)
        for cine in self._cines:
            if cine.checked_by:
                people.setdefault(cine.id, set()).add(cine.checked_by)
        self._people = {number: ", ".join(sorted(names)) for number, names in people.items()}
        self._stamp = stamp
        return True

    def rows(self) -> list[StudyRow]:
        """The cines that the filter and the search leave, in order."""
        return [self._row(cine) for cine in self._chosen()]

    def cine(self, number: int) -> StudyCine | None:
        """As it was when the study was read last; None where there is none of this number."""
        return next((cine for cine in self._cines if cine.id == number), None)

    def open(self, number: int) -> None:
        """A cine is shown to this person now."""
        self.current = number
        if number in self._seen:
            self._seen.remove(number)
        self._seen.append(number)

    def neighbour(self, direction: int) -> int | None:
        """The cine before (-1) or after (1) the current one in the list; None at its end."""
        numbers = [cine.id for cine in self._chosen()]
        if not numbers:
            return None
        if self.current not in numbers:
            return numbers[0 if direction > 0 else -1]
        place = numbers.index(self.current) + direction
        return numbers[place] if 0 <= place < len(numbers) else None

    def next(self) -> tuple[int, int, str] | None:
        """The cine to look at next, the frame of it, and why; None where no other cine needs anybody.

        Those that this person has been shown come again only when there is no other, the current one never.

        Raises:
            InputError: the database cannot be read.
        """
        for without in (self._seen, [] if self.current is None else [self.current]):
            found = next_cine(self.study, without)
            if found is not None:
                return found.cine, found.frame, found.why
        return None

    def progress(self) -> StudyProgress:
        """How far the study is."""
        cines = self._cines
        counts = {status: sum(cine.status == status for cine in cines) for status in (RUNNING, FAILED)}
        done = sum(cine.status in (PREDICTED, CHECKED) for cine in cines)
        left = len(cines) - done - counts[FAILED]
        took = [cine.prediction.seconds for cine in cines if cine.prediction is not None]
        running, seconds = counts[RUNNING], None
        if running and took:
            seconds = left * sum(took) / len(took) / running
        text = StudyTexts.progressText(len(cines), done, running, counts[FAILED], seconds)
        return StudyProgress(len(cines), done, running, counts[FAILED], seconds, text)

    def _chosen(self) -> Sequence[StudyCine]:
        words = self.search.casefold().split()
        found = [
            cine
            for cine in self._cines
            if _TESTS[self.filter](cine) and all(word in self._text(cine) for word in words)
        ]
        return sorted(found, key=_KEYS[self.order])

    def _text(self, cine: StudyCine) -> str:
        """In which is searched."""
        return f"{cine.id} {cine.path} {cine.name} {self._people.get(cine.id, '')}".casefold()

    def _row(self, cine: StudyCine) -> StudyRow:
        found, needs = cine.prediction, _needs(cine)
        confidence = "" if found is None else f"{found.confidence:.2f}"
        who, note = self._people.get(cine.id, ""), cine.problem or (found.why if found is not None and needs else "")
        status = StudyTexts.statusText(cine.status, needs)
        label = StudyTexts.rowLabel(cine.id, cine.name, status, confidence, len(cine.marks), who)
        return StudyRow(cine.id, cine.name, cine.status, status, confidence, len(cine.marks), who, needs, note, label)

    def _now(self) -> object:
        """What changes when anybody writes to the database."""
        try:
            facts = self.study.database.path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size


def rowsToShow(rows: Sequence[StudyRow], shown: int, current: int | None, more: int) -> int:
    """How many rows a list shows that shows some of them at first and more when it is asked: the current one, too.

    Args:
        rows: all of them. shown: how many are shown. current: the cine that is open. more: at a time.
    """
    place = next((place for place, row in enumerate(rows) if row.cine == current), 0)
    while shown <= place:
        shown += more
    return shown


def _needs(cine: StudyCine) -> bool:
    return cine.status == PREDICTED and cine.prediction is not None and cine.prediction.needs_person


def _confidence(cine: StudyCine) -> tuple[float, int]:
    """Those that are least sure first, those without a prediction last."""
    return (2.0 if cine.prediction is None else cine.prediction.confidence), cine.id


_TESTS: dict[str, Callable[[StudyCine], bool]] = {
    ALL: lambda _cine: True,
    NEED: _needs,
    UNMARKED: lambda cine: not cine.marks,
    MARKED: lambda cine: bool(cine.marks),
    WAITING: lambda cine: cine.status in (WAITING, RUNNING),
    PREDICTED: lambda cine: cine.status == PREDICTED,
    CHECKED: lambda cine: cine.status == CHECKED,
    FAILED: lambda cine: cine.status == FAILED,
}
_KEYS: dict[str, Callable[[StudyCine], tuple[float, int] | tuple[str, int]]] = {
    BY_NUMBER: lambda cine: (0.0, cine.id),
    BY_CONFIDENCE: _confidence,
    BY_NAME: lambda cine: (cine.name.casefold(), cine.id),
    BY_MARKS: lambda cine: (float(-len(cine.marks)), cine.id),
}
