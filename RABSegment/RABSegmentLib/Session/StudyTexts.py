"""What panel and page say of a study."""

from __future__ import annotations

from RABSegmentLib.Durations import durationText
from RABSegmentLib.Translation import tr as _


def statusText(status: str, needsPerson: bool) -> str:
    """Of a cine, for people."""
    if needsPerson:
        return _("needs a person")
    return {
        "waiting": _("waiting"),
        "running": _("running"),
        "failed": _("failed"),
        "predicted": _("predicted"),
        "checked": _("checked"),
    }[status]


def rowLabel(number: int, name: str, status: str, confidence: str, marks: int, who: str) -> str:
    """A row of the list in one sentence."""
    parts = [_("Cine {number}, {name}").format(number=number, name=name), status]
    if confidence:
        parts.append(_("confidence {confidence}").format(confidence=confidence))
    parts.append(_("{count} marked frames").format(count=marks))
    if who:
        parts.append(_("by {who}").format(who=who))
    return ", ".join(parts)


def progressText(total: int, done: int, running: int, failed: int, seconds: float | None) -> str:
    """How far a study is."""
    parts = [_("{done} of {total} cines segmented").format(done=done, total=total)]
    if running:
        parts.append(_("{count} running").format(count=running))
    if failed:
        parts.append(_("{count} failed").format(count=failed))
    if seconds is not None:
        parts.append(_("about {time} left").format(time=durationText(seconds)))
    return ", ".join(parts)


def filterTitles() -> list[tuple[str, str]]:
    """(name, title) of the filters, the first one at the beginning."""
    return [
        ("all", _("All cines")),
        ("need", _("Need a person")),
        ("unmarked", _("Without marks")),
        ("marked", _("With marks")),
        ("waiting", _("Waiting or running")),
        ("predicted", _("Predicted")),
        ("checked", _("Checked")),
        ("failed", _("Failed")),
    ]


def orderTitles() -> list[tuple[str, str]]:
    """(name, title) of the orders."""
    return [
        ("number", _("By number")),
        ("confidence", _("Least sure first")),
        ("name", _("By name")),
        ("marks", _("Most marks first")),
    ]


def nothingNextText() -> str:
    """There is no cine that anybody should look at."""
    return _("No other cine needs to be looked at.")


def keptMarksText(study: str) -> str:
    """What was drawn is in the study."""
    return _("Marks are kept in the study {study}").format(study=study)


def keptResultText(study: str) -> str:
    """What a run found is in the study."""
    return _("The result is kept in the study {study}").format(study=study)
