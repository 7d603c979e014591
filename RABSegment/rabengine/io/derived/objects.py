"""What every DICOM object that we make says of its patient, its study, its series and its maker."""

from __future__ import annotations

import contextlib
import re
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
_ANY, _DATE, _TIME = r"(?s).*", r"\d{8}", r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"
# What must be there, and what it must look like.
_TYPE_2 = {
    "PatientID": _ANY,
    "PatientName": _ANY,
    "PatientBirthDate": _DATE,
    "PatientSex": "[MFO]",
    "AccessionNumber": _ANY,
    "StudyID": _ANY,
    "StudyDate": _DATE,
    "StudyTime": _TIME,
    "ReferringPhysicianName": _ANY,
}


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
        "specific_character_set": _UTF_8,
    }


def whole(header: Any) -> Any:
    """A copy of an image's header with everything that highdicom asks of one, and nothing that cannot be understood.

    What DICOM demands of patient and study may be empty, but must be there; scanners leave it out, or write what is no
    date and no sex.
    """
    made = require("pydicom.dataset", "Writing DICOM").Dataset()
    for tag in header.keys():  # noqa: SIM118 - a header gives its elements where it is asked for its keys
        with contextlib.suppress(Exception):  # pydicom converts values when they are asked for, and raises anything
            made[tag] = header[tag]
    for name, pattern in _TYPE_2.items():
        value = value_of(made, name)
        if value is None or not re.fullmatch(pattern, str(value)):
            made.pop(name, None)  # else the header's own element would be changed
            setattr(made, name, None)
    return made


def new_object(sources: Sources, labelling: Labelling, sop_class: str, modality: str, kind: str) -> Any:
    """A pydicom Dataset with everything that is not the pixels' or the content's own."""
    base = require("highdicom.base", "Writing DICOM")
    uid = require("pydicom.uid", "Writing DICOM")
    with quiet_pydicom():
        header = whole(sources.header)
        made = base.SOPClass(
            study_instance_uid=header.StudyInstanceUID,
            patient_id=header.PatientID,
            patient_name=header.PatientName,
            patient_birth_date=header.PatientBirthDate,
            patient_sex=header.PatientSex,
            study_id=header.StudyID,
            accession_number=header.AccessionNumber,
            study_date=header.StudyDate,
            study_time=header.StudyTime,
            referring_physician_name=header.ReferringPhysicianName,
            sop_class_uid=sop_class,
            modality=modality,
            transfer_syntax_uid=uid.ExplicitVRLittleEndian,
            **header_values(sources, labelling, kind),
        )
        made.copy_patient_and_study_information(header)
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
