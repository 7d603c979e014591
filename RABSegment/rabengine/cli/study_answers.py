"""What the actions of `rabsegment study` have in common: the study they open, and how they answer."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .streams import deliver

if TYPE_CHECKING:
    from rabengine.io.marks.types import Marks
    from rabengine.study.study import Study


def opened(options: argparse.Namespace) -> Study:
    """The study that is named."""
    from rabengine.study.study import Study

    return Study(options.study)


def doubts_of_labels(study: Study, marks: Marks) -> tuple[str, ...]:
    """What to know of the label values of marks beside those of the study.

    Raises:
        InputError: the study calls another label value so.
    """
    from rabengine.study.marks import new_labels
    from rabengine.study.settings import check_names

    named = study.settings().segments
    known = {*named, *(label for rating in study.ratings() for label in rating.mark.segments)}
    return (*check_names(named, marks.names), *new_labels(known, marks))


def answer(options: argparse.Namespace, found: Mapping[str, Any], lines: list[str]) -> None:
    """The result, for programs or for people."""
    deliver([json.dumps(found)] if options.json else lines)


def answer_log(options: argparse.Namespace, study: Study) -> None:
    """Who did what when."""
    entries = study.log()
    lines = [
        f"{one.number:>6} {one.at} {one.by}: {one.what}{'' if one.cine is None else f' cine {one.cine}'}"
        for one in entries
    ]
    answer(options, {"log": [entry.as_json() for entry in entries]}, lines)
