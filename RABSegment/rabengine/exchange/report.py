"""Measurements on a cine as a DICOM structured report of template 1500 (PS3.16, TID 1500 and 1501)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rabengine
from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.derived.objects import MANUFACTURER, MODEL, Labelling, concept_item, header_values, text, whole
from rabengine.io.derived.sources import SourceFrame, Sources, sources_of
from rabengine.io.derived.terminology import UNKNOWN, terminology_of
from rabengine.io.dicom.files import quiet_pydicom
from rabengine.io.legend import Colour, Concept, LegendEntry
from rabengine.measurement.ejection import BIPLANE
from rabengine.measurement.measured import Measured
from rabengine.optional import require

WHAT = "A DICOM report"
_SERIES = "Measurements on a cine"
_OWN_SCHEME = "99RABSEGMENT"  # DICOM asks private schemes to begin with 99
_PROCEDURE = Concept("363679005", "SCT", "Imaging procedure")
_COMMENT = Concept("121106", "DCM", "Comment")
_TWO_VIEWS = "Biplane values are of these images and of those of a second view, to which this report does not refer."
_LONGEST_CODE = 16
_GREY: Colour = (128, 128, 128)


def report_of(
    cine: Cine,
    measured: Sequence[Measured],
    entries: Mapping[str, LegendEntry] | None = None,
    labelling: Labelling | None = None,
    notes: Sequence[str] = (),
) -> Any:
    """Make a report: a group of measurements for each segment and frame, and one for what is of the whole cine.

    Args:
        cine: that was read from DICOM files, which are still there.
        measured: in any order.
        entries: {name of a segment: its legend}, for codes that somebody chose; others are known by their names.
        labelling: what a person says of it.
        notes: sentences to be read beside the values; those of the cine are there anyway.

    Returns:
        pydicom Dataset with its file meta information.

    Raises:
        InputError: the cine is no DICOM, its files are gone, or there is nothing to report.
        PackageMissingError: highdicom is not installed.
    """
    sr = require("highdicom.sr", "Writing a DICOM report")
    sources = sources_of(cine, WHAT)
    finite = [one for one in measured if math.isfinite(one.value)]
    if not finite:
        raise InputError(f"{WHAT} needs a measurement, and there is none.", "Segment the cine first.")
    said = labelling or Labelling()
    with quiet_pydicom():
        content = sr.MeasurementReport(
            observation_context=_observers(sr, said),
            procedure_reported=concept_item(_PROCEDURE),
            imaging_measurements=_groups(sr, finite, sources, entries or {}),
        )
        is_of_two = any(f"({BIPLANE})" in one.name for one in finite)
        said_of_all = (*cine.doubts, *notes, *((_TWO_VIEWS,) if is_of_two else ()))
        _add_comments(sr, content[0], tuple(dict.fromkeys(said_of_all)))
        # The newest kind has room for places in space, of which there are none; archives know this one best.
        return sr.ComprehensiveSR(
            evidence=[whole(header) for header in sources.headers],
            content=content[0],
            is_complete=True,
            coding_schemes=_schemes(),
            **header_values(sources, said, _SERIES),
        )


def write_structured_report(
    path: Path,
    cine: Cine,
    measured: Sequence[Measured],
    notes: Sequence[str] = (),
    entries: Mapping[str, LegendEntry] | None = None,
) -> None:
    """Write the report of `report_of` as a file at `path`."""
    report_of(cine, measured, entries, notes=notes).save_as(path, enforce_file_format=True)


def _groups(sr: Any, measured: Sequence[Measured], sources: Sources, entries: Mapping[str, LegendEntry]) -> list[Any]:
    uid = require("highdicom", "Writing a DICOM report").UID
    by_place: dict[tuple[str, int | None], list[Measured]] = {}
    for one in measured:
        by_place.setdefault((one.segment, one.frame), []).append(one)
    # One identifier a segment, so that a reader can follow it over the frames.
    followed = {segment: uid() for segment, _frame in by_place}
    return [
        sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=sr.TrackingIdentifier(uid=followed[segment], identifier=text(segment)),
            algorithm_id=sr.AlgorithmIdentification(MANUFACTURER, rabengine.__version__),
            measurements=[_measurement(sr, one, group) for one in group],
            source_images=_images(sr, sources, frame),
            **_finding(segment, entries),
        )
        for (segment, frame), group in by_place.items()
    ]


def _add_comments(sr: Any, root: Any, warnings: Sequence[str]) -> None:
    """What has to be read beside the values, such as a calibration that is in doubt."""
    content = require("highdicom.sr.value_types", "Writing a DICOM report")
    for sentence in warnings:
        root.ContentSequence.append(
            content.TextContentItem(concept_item(_COMMENT), sentence, sr.RelationshipTypeValues.CONTAINS)
        )


def _finding(segment: str, entries: Mapping[str, LegendEntry]) -> dict[str, Any]:
    """What is measured, in codes, where that is known."""
    codes = terminology_of(entries.get(segment) or LegendEntry(segment, _GREY))
    return {} if codes == UNKNOWN else {"finding_type": concept_item(codes.kind)}


def _images(sr: Any, sources: Sources, frame: int | None) -> list[Any]:
    """The frame itself; of the whole cine the files, each once."""
    used = [sources.frames[frame]] if frame is not None else [SourceFrame(header, None) for header in sources.headers]
    return [
        sr.SourceImageForMeasurementGroup(
            one.header.SOPClassUID, one.header.SOPInstanceUID, None if one.number is None else [one.number]
        )
        for one in used
    ]


def _measurement(sr: Any, one: Measured, group: Sequence[Measured]) -> Any:
    """What several ways of measuring give has one name; then the way is said too."""
    is_one_of_several = one.code is not None and sum(other.code == one.code for other in group) > 1
    method = concept_item(_own_concept(one.name)) if is_one_of_several else None
    name = concept_item(one.code or _own_concept(one.name))
    return sr.Measurement(name, _rounded(one.value), _unit(one.unit), method=method)


def _own_concept(name: str) -> Concept:
    return Concept(_own_code(name), _OWN_SCHEME, name)


def _own_code(name: str) -> str:
    """The same for the same name, and for no other one; as short as codes must be."""
    word = "".join(character for character in name.upper() if character.isascii() and character.isalnum())
    if len(word) <= _LONGEST_CODE and word:
        return word
    digest = hashlib.sha256(name.encode()).hexdigest()[:6].upper()
    return f"{word[: _LONGEST_CODE - 6]}{digest}"


def _schemes() -> list[Any]:
    """What our own codes are."""
    schemes = require("highdicom.coding_schemes", "Writing a DICOM report")
    return [schemes.CodingSchemeIdentificationItem(_OWN_SCHEME, name=f"Measurements of {MANUFACTURER}")]


def _unit(unit: str) -> Any:
    return concept_item((unit or "1", "UCUM", unit or "no units"))


def _rounded(value: float) -> float:
    """A number that a decimal string of DICOM, sixteen characters at most, holds."""
    return float(f"{value:.10g}")


def _observers(sr: Any, labelling: Labelling) -> Any:
    codes = require("pydicom.sr.codedict", "Writing a DICOM report").codes
    uid = require("highdicom", "Writing a DICOM report").UID
    device = sr.DeviceObserverIdentifyingAttributes(uid=uid(), name=MANUFACTURER, model_name=MODEL)
    person = None
    if labelling.creator:
        person = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(text(labelling.creator)))
    return sr.ObservationContext(
        observer_person_context=person, observer_device_context=sr.ObserverContext(codes.DCM.Device, device)
    )
