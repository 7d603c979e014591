"""What an exported file says of the patient, and what is to be known of one that was written."""

from __future__ import annotations

from pathlib import Path

from RABSegmentLib.Export.Kinds import ExportKind
from RABSegmentLib.Export.PanelKinds import isSet
from RABSegmentLib.Export.Places import notesOf
from RABSegmentLib.Translation import tr as _

_MOST_NAMED = 3  # files in a sentence
_LABELS = ("labels", "nrrd", "metaimage", "nifti", "pictures")


def contentText(kind: ExportKind) -> str:
    """What a kind of file holds; empty for one that another package adds, of which nobody here knows."""
    if kind.name.startswith("dicom-"):
        return _("Names the patient, as the cine's own files do.")
    if kind.name in _LABELS:
        return _("Holds masks, names of segments, size and times; nothing of the patient.")
    if kind.name in ("table", "measurements"):
        return _("Holds numbers and names of segments; nothing of the patient.")
    if kind.name in ("overlay", "figure", "mmode"):
        return _("Holds pixels of the cine; of the patient only what is burned into them, where that was not found.")
    if isSet(kind):
        return _("Holds marked and verified frames and their masks; no name, date or file name.")
    return ""


def writtenText(written: list[Path]) -> str:
    """After an export: where it is, and what was left out."""
    names = ", ".join(map(str, written[:_MOST_NAMED])) + (", ..." if len(written) > _MOST_NAMED else "")
    return " ".join((_("Exported to {path}.").format(path=names), *notesOf(written)))
