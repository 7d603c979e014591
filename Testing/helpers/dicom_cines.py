"""A patient's cine in each kind of DICOM that scanners write, and labels for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.io.legend import LegendEntry

from .dicom_files import ENHANCED_MR, item, per_frame, write_dicom, write_slices

XA = "1.2.840.10008.5.1.4.1.1.12.1"
COUNT, ROWS, COLUMNS = 5, 21, 27  # a frame of 567 bits begins within a byte
SHUFFLED = (3, 0, 4, 1, 2)  # the file's frame n is frame SHUFFLED[n] in time

IDENTITY = {
    "PatientName": "Zzyzx^Quenby",
    "PatientID": "PID-8842-QX",
    "PatientBirthDate": "19430217",
    "StudyDate": "20190923",
    "AccessionNumber": "ACC77441",
    "ReferringPhysicianName": "Wolfram^Ypsilanti",
    "InstitutionName": "Hospital Nowhere-12",
}
LEGEND = {1: LegendEntry("Left ventricle", (230, 159, 0)), 4: LegendEntry("Wall µ", (0, 158, 115))}


def frames() -> np.ndarray:
    """(T, H, W) uint8."""
    return np.random.default_rng(0).integers(0, 255, (COUNT, ROWS, COLUMNS)).astype(np.uint8)


def labels() -> np.ndarray:
    """(T, H, W) uint8 of two segments; on the last frame there is nothing."""
    made = np.zeros((COUNT, ROWS, COLUMNS), np.uint8)
    for frame in range(COUNT - 1):
        made[frame, 3:10, 2 + frame : 12] = 1
        made[frame, 12:15, 3 : 9 + frame] = 4
    return made


def write_cine(kind: str, folder: Path) -> Path:
    """Write it; returns the file, or the folder of single frames.

    Args:
        kind: "ultrasound" and "fluoroscopy" (old multi-frame images without a frame of reference), "enhanced MR",
            whose frames are not in the order of time, or "series", one file a frame.
    """
    pixels, values = frames(), {**IDENTITY, "SeriesNumber": 3}
    place = {"ImagePositionPatient": [1.0, 2.0, 3.0]}
    plane = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
    size = {"PixelSpacing": [0.5, 0.4], "SliceThickness": 8}
    if kind == "ultrasound":
        return write_dicom(folder / "us.dcm", pixels, FrameTime=33.0, **values)
    if kind == "fluoroscopy":
        return write_dicom(folder / "xa.dcm", pixels, XA, FrameTime=33.0, **{**values, "Modality": "XA"})
    values |= {"Modality": "MR", "FrameOfReferenceUID": "1.2.3.9"}
    if kind == "enhanced MR":
        parts = [
            {"FrameContentSequence": {"TemporalPositionIndex": time + 1}, "PlanePositionSequence": place}
            for time in SHUFFLED
        ]
        shared = item(PlaneOrientationSequence=[item(**plane)], PixelMeasuresSequence=[item(**size)])
        values |= {
            "PerFrameFunctionalGroupsSequence": per_frame(parts),
            "SharedFunctionalGroupsSequence": [shared],
        }
        return write_dicom(folder / "mr.dcm", pixels[list(SHUFFLED)], ENHANCED_MR, **values)
    assert kind == "series"
    times = [{"InstanceNumber": COUNT - frame, "TriggerTime": 30.0 * frame} for frame in range(COUNT)]
    names = [f"{frame}.dcm" for frame in range(COUNT)]
    write_slices(folder / "series", pixels, names, [{**values, **plane, **place, **size, **time} for time in times])
    return folder / "series"


KINDS = ("ultrasound", "fluoroscopy", "enhanced MR", "series")
