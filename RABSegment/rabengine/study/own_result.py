"""A result that a person's program made of a cine's own marks, kept as the study's prediction of it."""

from __future__ import annotations

import uuid

from rabengine.errors import InputError
from rabengine.segmentation import Segmentation

from .jobs import CineOutcome
from .judged import judged
from .layout import prediction_file
from .log import last_number, person
from .outcomes import keep_prediction
from .predictions import write_prediction
from .records import StudyPrediction
from .study import Study

CLAIM = "own-"  # of the files of such results: no process that runs the study is called so


def last_entry(study: Study) -> int:
    """Number of the last entry of the log, before a result is begun; marks of later entries are not in it."""
    with study.database.reading() as connection:
        return last_number(connection)


def keep_result(study: Study, number: int, found: Segmentation, *, known: int, seconds: float, by: str = "") -> None:
    """Keep a result as the prediction of a cine, in the place of an earlier one.

    A run that has the cine at the moment gives way to it.

    Args:
        number: of the cine.
        found: made of the cine's marks as they are in the study.
        known: `last_entry` when it was begun. Where marks have changed since, the cine is due again.
        seconds: it took. by: whose it is.

    Raises:
        InputError: there is no such cine, or the result cannot be written, or does not fit the one that is there.
    """
    earlier = study.cine(number).prediction
    if earlier is not None and earlier.frames != len(found.labels):
        raise InputError(
            f"The result has {len(found.labels)} frames, cine {number} has {earlier.frames}.",
            "Open the cine again from the study.",
        )
    store, settings = study.store(), study.settings()
    file = prediction_file(number, CLAIM + uuid.uuid4().hex[:12], known, 1)
    content = write_prediction(store, file, found)
    prediction = judged(found, file=file, certain=settings.certain, known=known, seconds=seconds)
    try:
        gone = _noted(study, number, prediction, content, person(by))
    except BaseException:
        store.remove(file)  # that no row names
        raise
    for name in gone:
        store.remove(name)


def _noted(study: Study, number: int, prediction: StudyPrediction, content: str, by: str) -> list[str]:
    """Note the result; the files that nobody needs any more."""
    with study.database.writing() as connection:
        row = connection.execute("SELECT path, stamp FROM cines WHERE id = ?", (number,)).fetchone()
        connection.execute("UPDATE cines SET claim = NULL WHERE id = ?", (number,))
        outcome = CineOutcome(row["path"], row["stamp"], prediction, content=content)
        return keep_prediction(connection, number, outcome, by)
