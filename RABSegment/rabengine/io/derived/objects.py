"""What every DICOM object that we make says of its patient, its study, its series and its maker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rabengine
from rabengine.io.dicom.files import numbers_of, quiet_pydicom, value_of
from rabengine.optional import require

from .sources import Sources

MANUFACTURER = "RABSegment"
MODEL = "SlicerRABSegment"
SERIAL_NUMBER = "0"  # DICOM asks for one, and a program has none
_SERIES_OFFSET = 1000  # so that the new series stands behind all those of the scanner
_LONGEST_TEXT = 64  # of the kind LO
_UTF_8 = "ISO_IR 192"


@dataclass(frozen=True)
class Labelling:
    """What a person may say of an object.

    Attributes:
        series: description of the series; empty for that of its kind.
        creator: name of the person who made it, as DICOM writes names ("Doe^Jane"); empty when nobody says.
    """

    series: str = ""
    creator: str = ""


def header_values(sources: Sources, labelling: Labelling, kind: str) -> dict[str, Any]:
    """Arguments that highdicom's objects have in common: a new series in the study of the sources.

    Args:
        kind: description of the series where the labelling has none.
    """
    highdicom = require("highdicom", "Writing DICOM")
    number = numbers_of(sources.header, "SeriesNumber")
    return {
        "series_instance_uid": highdicom.UID(),
        "series_number": _SERIES_OFFSET + max(int(number[0]) if number else 0, 0),
        "sop_instance_uid": highdicom.UID(),
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "device_serial_number": SERIAL_NUMBER,
        "software_versions": rabengine.__version__,
        "series_description": text(labelling.series or kind),
    }


def study_values(sources: Sources) -> dict[str, Any]:
    """Arguments by which highdicom's base of all objects knows patient and study, which the sources may leave empty."""
    header = sources.header
    return {
        "study_instance_uid": header.StudyInstanceUID,
        "patient_id": value_of(header, "PatientID"),
        "patient_name": value_of(header, "PatientName"),
        "patient_birth_date": value_of(header, "PatientBirthDate"),
        "patient_sex": value_of(header, "PatientSex"),
        "study_id": value_of(header, "StudyID"),
        "accession_number": value_of(header, "AccessionNumber"),
        "study_date": value_of(header, "StudyDate"),
        "study_time": value_of(header, "StudyTime"),
        "referring_physician_name": value_of(header, "ReferringPhysicianName"),
        "specific_character_set": _UTF_8,
    }


def new_object(sources: Sources, labelling: Labelling, sop_class: str, modality: str, kind: str) -> Any:
    """A pydicom Dataset with everything that is not the pixels' or the content's own."""
    base = require("highdicom.base", "Writing DICOM")
    uid = require("pydicom.uid", "Writing DICOM")
    with quiet_pydicom():
        made = base.SOPClass(
            sop_class_uid=sop_class,
            modality=modality,
            transfer_syntax_uid=uid.ExplicitVRLittleEndian,
            **study_values(sources),
            **header_values(sources, labelling, kind),
        )
        made.copy_patient_and_study_information(sources.header)
    return made


def text(said: str) -> str:
    """As short as DICOM's short texts must be, without the characters that they cannot hold."""
    clean = "".join(character if character.isprintable() and character != "\\" else " " for character in said)
    return " ".join(clean.split())[:_LONGEST_TEXT].strip()


def concept_item(concept: tuple[str, str, str]) -> Any:
    """The item of a sequence of codes. Args: concept: (value, scheme, meaning)."""
    sr = require("highdicom.sr", "Writing DICOM")
    value, scheme, meaning = concept
    return sr.CodedConcept(value=value, scheme_designator=scheme, meaning=text(meaning))
