"""DICOM segmentations of cines: read back exactly, by others too, and refused with a sentence where they do not fit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.sr.codedict import codes
from pydicom.tag import BaseTag

from helpers.dicom_cines import COUNT, IDENTITY, KINDS, LEGEND, ROWS, frames, labels, write_cine
from helpers.dicom_files import dicom, save, write_dicom
from rabengine.cine import Cine
from rabengine.demo.sample import sample_cine_path, sample_marks
from rabengine.errors import InputError, PackageMissingError
from rabengine.exchange.isolated import read_any_marks_isolated
from rabengine.exchange.report import report_of
from rabengine.io.derived.objects import whole
from rabengine.io.derived.segmentation import BINARY, LABEL_MAP, segmentation_of
from rabengine.io.derived.terminology import KNOWN, terminology_of
from rabengine.io.dicom.files import read_header
from rabengine.io.labels.write import write_labels
from rabengine.io.labels.writers import check_cine, check_output
from rabengine.io.legend import Concept, LegendEntry, Terminology
from rabengine.io.marks.dicom_segmentation import read_dicom_segmentation
from rabengine.io.marks.label_sequence import read_label_sequence
from rabengine.io.marks.read import read_marks
from rabengine.io.read import read_cine
from rabengine.measurement.measured import Measured

FORMS = (BINARY, LABEL_MAP)
NAMES = {value: entry.name for value, entry in LEGEND.items()}


@pytest.fixture(scope="module")
def cines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cine]:
    """One of each kind."""
    folder = tmp_path_factory.mktemp("cines")
    return {kind: read_cine(write_cine(kind, folder)) for kind in KINDS}


def written(path: Path, cine: Cine, form: str = BINARY, drawn: Any = None, legend: Any = None) -> Path:
    """A segmentation of the labels, or of others."""
    groups = drawn if isinstance(drawn, list) else [dict(enumerate(labels())) if drawn is None else drawn]
    made = segmentation_of(cine, groups, LEGEND if legend is None else legend, form)
    made.dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back_as_marks(cines, tmp_path, kind, form):
    path = written(tmp_path / "seg.dcm", cines[kind], form)
    marks = read_label_sequence(path, cines[kind])
    assert sorted(marks) == list(range(COUNT - 1))
    assert all(np.array_equal(drawn, labels()[frame]) for frame, drawn in marks.items())
    assert marks.names == NAMES
    assert marks.warnings == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_highdicom_finds_the_segments_of_each_source_frame(cines, tmp_path, kind, form):
    cine = cines[kind]
    found = highdicom.seg.segread(written(tmp_path / "seg.dcm", cine, form))
    numbers = {1: 1, 4: 4} if form == LABEL_MAP else {1: 1, 4: 2}
    expected = np.zeros_like(labels())
    for label, number in numbers.items():
        expected[labels() == label] = number
    options = {"combine_segments": True, "assert_missing_frames_are_empty": True}
    if kind == "series":
        read = found.get_pixels_by_source_instance([frame.instance for frame in cine.dicom_frames], **options)
    else:
        places = [frame.number for frame in cine.dicom_frames]
        read = found.get_pixels_by_source_frame(cine.dicom_frames[0].instance, places, **options)
    assert np.array_equal(read, expected)
    for label, number in numbers.items():
        segment = found.get_segment_description(number)
        assert segment.segment_label == LEGEND[label].name
        colour = highdicom.color.CIELabColor.from_dicom_value(segment.RecommendedDisplayCIELabValue).to_rgb()
        assert colour == LEGEND[label].colour
    assert found.get_segment_description(1).segmented_property_type == codes.SCT.LeftVentricle


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_the_validator_of_dicom_finds_no_error(cines, tmp_path, kind):
    path = written(tmp_path / "seg.dcm", cines[kind])
    said = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False).stderr
    assert "Segmentation" in said
    assert "Error" not in said


def test_the_sample_cine_is_stored_and_read_in_another_process(tmp_path):
    cine = read_cine(sample_cine_path())
    path = written(tmp_path / "seg.dcm", cine, drawn=sample_marks(), legend={1: LEGEND[1]})
    marks = read_any_marks_isolated(path, cine)
    assert {frame: drawn.tolist() for frame, drawn in marks.items()} == {
        frame: drawn.tolist() for frame, drawn in sample_marks().items()
    }


def test_a_frame_without_a_segment_is_told_from_one_that_nobody_segmented(cines, tmp_path):
    drawn = {frame: labels()[frame] for frame in (0, 2, COUNT - 1)}
    for form in FORMS:
        found = read_dicom_segmentation(
            written(tmp_path / "seg.dcm", cines["ultrasound"], form, drawn), cines["ultrasound"]
        )
        assert sorted(found) == [0, 2, COUNT - 1]
        assert not found[COUNT - 1].any()


def test_segments_may_overlap_in_the_binary_form_alone(cines, tmp_path):
    first, second = ({0: np.zeros((ROWS, 27), np.uint8)} for _ in range(2))
    first[0][2:9, 2:9], second[0][5:12, 5:12] = 1, 4
    path = written(tmp_path / "seg.dcm", cines["series"], drawn=[first, second])
    found = highdicom.seg.segread(path)
    assert found.SegmentsOverlap == "YES"
    instance = cines["series"].dicom_frames[0].instance
    stacked = found.get_pixels_by_source_instance([instance])[0]
    assert np.array_equal(stacked[..., 0], first[0] == 1)
    assert np.array_equal(stacked[..., 1], second[0] == 4)
    marks = read_label_sequence(path, cines["series"])
    assert np.array_equal(marks[0], np.where(second[0], 4, first[0]))
    assert "16 pixels" in marks.warnings[0]
    with pytest.raises(InputError, match="A label map cannot hold segments that overlap"):
        written(tmp_path / "no.dcm", cines["series"], LABEL_MAP, [first, second])


def test_a_segment_without_pixels_is_left_out_and_said(cines, tmp_path):
    legend = {**LEGEND, 2: LegendEntry("Nothing", (1, 2, 3))}
    notes = write_labels(tmp_path / "seg.dcm", labels(), cines["fluoroscopy"], [1, 2, 4], legend)
    assert notes == ("The segment Nothing has no pixels on any frame, so it is left out.",)
    assert read_label_sequence(tmp_path / "seg.dcm", cines["fluoroscopy"]).names == NAMES
    with pytest.raises(InputError, match="needs a segment with pixels"):
        write_labels(tmp_path / "no.dcm", 0 * labels(), cines["fluoroscopy"], [1])
    assert not (tmp_path / "no.dcm").exists()


def test_the_name_of_the_file_chooses_the_form(cines, tmp_path):
    for name, form in (("a.dcm", BINARY), ("a.labelmap.dcm", LABEL_MAP)):
        write_labels(tmp_path / name, labels(), cines["ultrasound"], list(LEGEND), LEGEND)
        assert dcmread(tmp_path / name).SegmentationType == form


def test_patient_and_study_are_those_of_the_source(cines, tmp_path):
    made = dcmread(written(tmp_path / "seg.dcm", cines["enhanced MR"]))
    source = dcmread(cines["enhanced MR"].dicom_frames[0].file)
    for name in ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "AccessionNumber", "StudyInstanceUID"):
        assert made[name].value == source[name].value
    assert made.SeriesInstanceUID != source.SeriesInstanceUID
    assert made.FrameOfReferenceUID == source.FrameOfReferenceUID
    assert made.Manufacturer == "RABSegment"
    assert made.SeriesNumber == 1003


def test_codes_that_a_person_chose_come_before_those_of_the_name(cines, tmp_path):
    kind = Concept("73829009", "SCT", "Right atrium")
    side, place = Concept("24028007", "SCT", "Right"), Concept("80891009", "SCT", "Heart")
    chosen = Terminology(Concept("91723000", "SCT", "Anatomical Structure"), kind, side, place)
    legend = {1: replace(LEGEND[1], terminology=chosen), 4: LEGEND[4]}
    items = dcmread(written(tmp_path / "seg.dcm", cines["ultrasound"], legend=legend)).SegmentSequence
    made = items[0].SegmentedPropertyTypeCodeSequence[0]
    assert made.CodeValue == kind.value
    assert made.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Right"
    assert items[0].AnatomicRegionSequence[0].CodeMeaning == "Heart"
    assert items[1].SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Tissue"


def test_codes_of_names_are_those_that_dicom_knows():
    from pydicom.sr._concepts_dict import concepts

    meanings: dict[str, set[str]] = {}
    for found in concepts["SCT"].values():
        for value, (meaning, _groups) in found.items():
            meanings.setdefault(value, set()).add(meaning.lower())
    for terminology in KNOWN.values():
        for concept in (terminology.kind, terminology.category):
            assert concept.meaning.lower() in meanings[concept.value]
    for name in ("left_ventricle", "Left  Ventricle (2)", "LV"):
        assert terminology_of(LegendEntry(name, (0, 0, 0))).kind.value == "87878005"


def described(number: int) -> Any:
    structure = codes.SCT.AnatomicalStructure
    return highdicom.seg.SegmentDescription(number, f"Other's {number}", structure, codes.SCT.Heart, "MANUAL")


def of_others(path: Path, sources: list[Any], pixels: np.ndarray, form: str, segments: int, **more: Any) -> Path:
    """As highdicom writes one."""
    uid, items = highdicom.UID, [described(number + 1) for number in range(segments)]
    made = highdicom.seg.Segmentation(sources, pixels, form, items, uid(), 1, uid(), 1, "m", "m", "1", "1", **more)
    made.save_as(path)
    return path


@pytest.fixture
def drifting(tmp_path) -> tuple[Cine, list[Any]]:
    """A series whose table moves by micrometres: highdicom tells frames by their places, and takes no two at one."""
    folder = write_cine("series", tmp_path)
    files = sorted(folder.iterdir())
    for number, file in enumerate(files):
        header = dcmread(file)
        header.ImagePositionPatient = [1, 2, 3 + number / 1000]
        header.PatientSex, header.StudyID, header.StudyTime = "O", "1", "101010"  # highdicom asks for them
        header.save_as(file)
    return read_cine(folder), [dcmread(file) for file in files]


@pytest.mark.parametrize("form", FORMS)
def test_segmentations_that_highdicom_wrote_are_marks(drifting, tmp_path, form):
    cine, sources = drifting
    drawn = np.where(labels() == 4, 2, labels()).astype(np.uint8)
    marks = read_label_sequence(of_others(tmp_path / "seg.dcm", sources, drawn, form, 2), cine)
    assert sorted(marks) == list(range(COUNT - 1))
    assert all(np.array_equal(found, drawn[frame]) for frame, found in marks.items())
    assert marks.names == {1: "Other's 1", 2: "Other's 2"}


def test_fractions_of_a_half_or_more_are_inside(drifting, tmp_path):
    cine, sources = drifting
    shares = np.zeros((COUNT, ROWS, 27), np.float32)
    shares[1, 3:6], shares[1, 8:11] = 0.51, 0.49
    marks = read_label_sequence(of_others(tmp_path / "seg.dcm", sources, shares, "FRACTIONAL", 1), cine)
    assert list(marks) == [1]
    assert np.array_equal(marks[1], shares[1] > 0.5)
    assert "fractions" in marks.warnings[0]


def test_frames_of_other_images_are_left_out(drifting, tmp_path):
    cine, sources = drifting
    path = of_others(tmp_path / "seg.dcm", sources, labels() == 1, BINARY, 1)
    shorter = replace(cine, frames=cine.frames[:3], dicom_frames=cine.dicom_frames[:3])
    marks = read_label_sequence(path, shorter)
    assert sorted(marks) == [0, 1, 2]
    assert "1 frames" in marks.warnings[0]


def test_one_mark_is_the_frame_of_it(cines, tmp_path):
    path = written(tmp_path / "seg.dcm", cines["ultrasound"])
    marks = read_marks([f"2={path}"], cines["ultrasound"])
    assert np.array_equal(marks[2], labels()[2])
    with pytest.raises(InputError, match="No object is marked"):
        read_marks([f"{COUNT - 1}={path}"], cines["ultrasound"])


def without_references(data: Any) -> None:
    for group in data.PerFrameFunctionalGroupsSequence:
        del group.DerivationImageSequence


def without_numbers(data: Any) -> None:
    for group in data.PerFrameFunctionalGroupsSequence:
        del group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber


def of_another_image(data: Any) -> None:
    for group in data.PerFrameFunctionalGroupsSequence:
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.4.5"


def of_another_size(data: Any) -> None:
    data.Rows, data.Columns = data.Columns, data.Rows


def of_no_segment(data: Any) -> None:
    for group in data.PerFrameFunctionalGroupsSequence:
        del group.SegmentIdentificationSequence


def without_pixels(data: Any) -> None:
    data.PixelData = data.PixelData[:40]


SPOILED = {
    without_references: "do not say which frames of the cine they are of",
    without_numbers: "do not say which frame of the cine frame 0 is of",
    of_another_image: "refer to other images than those of",
    of_another_size: "have 21 x 27 pixels, but the frames are 27 x 21",
    of_no_segment: "have a frame that is of no segment",
    without_pixels: "is cut off or damaged",
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_does_not_fit_costs_one_sentence(cines, tmp_path, spoil):
    path = written(tmp_path / "seg.dcm", cines["ultrasound"])
    data = dcmread(path)
    spoil(data)
    data.save_as(path)
    with pytest.raises(InputError, match=SPOILED[spoil]):
        read_label_sequence(path, cines["ultrasound"])


def test_a_cine_that_is_no_dicom_is_refused_before_the_run(cines, tmp_path):
    plain = replace(cines["ultrasound"], source="heart.mp4", dicom_frames=())
    with pytest.raises(InputError, match=r"refers to the DICOM files of its cine, and heart\.mp4 was not read from"):
        check_cine(tmp_path / "out.dcm", plain)
    check_cine(tmp_path / "out.nrrd", plain)
    with pytest.raises(InputError, match=r"refers to DICOM images, and heart\.mp4 was not read from any"):
        read_label_sequence(written(tmp_path / "seg.dcm", cines["ultrasound"]), plain)


def test_files_that_are_gone_or_another_now_cost_one_sentence(tmp_path):
    cine = read_cine(write_cine("ultrasound", tmp_path))
    file = Path(cine.dicom_frames[0].file)
    write_dicom(file, frames(), **IDENTITY)
    with pytest.raises(InputError, match=r"us\.dcm is another DICOM file now"):
        written(tmp_path / "seg.dcm", cine)
    file.unlink()
    with pytest.raises(InputError, match=r"us\.dcm is not there any more"):
        written(tmp_path / "seg.dcm", cine)


@pytest.mark.parametrize(("name", "kind"), [("PatientID", "patient"), ("StudyInstanceUID", "study")])
def test_frames_of_two_patients_or_studies_make_no_segmentation(tmp_path, name, kind):
    cine = read_cine(write_cine("series", tmp_path))
    file = Path(cine.dicom_frames[-1].file)
    header = dcmread(file)
    setattr(header, name, "1.9.9")
    header.save_as(file)
    with pytest.raises(InputError, match=f"is of one {kind}, and the files of the cine are of 2"):
        written(tmp_path / "seg.dcm", cine)


def test_a_segmentation_is_no_cine(cines, tmp_path):
    with pytest.raises(InputError, match="is a DICOM segmentation, not a cine"):
        read_cine(written(tmp_path / "seg.dcm", cines["ultrasound"], LABEL_MAP))


def test_without_highdicom_writing_costs_a_sentence_before_the_run_and_reading_nothing(cines, tmp_path, monkeypatch):
    path = written(tmp_path / "seg.dcm", cines["ultrasound"])
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(PackageMissingError, match=r"Writing out\.dcm needs highdicom") as raised:
        check_output(tmp_path / "out.dcm")
    assert raised.value.packages == ("highdicom",)
    assert len(read_label_sequence(path, cines["ultrasound"])) == COUNT - 1


CHARACTER_SETS = {
    "ISO_IR 100": "Müller^Jürgen",
    "ISO_IR 192": "Иван^Б",
    "\\ISO 2022 IR 87": "Yamada^Tarou=山田^太郎",
}


@pytest.mark.parametrize("characters", CHARACTER_SETS)
def test_names_in_any_script_are_kept(tmp_path, characters):
    data = dicom(frames(), SpecificCharacterSet=characters.split("\\"), PatientName=CHARACTER_SETS[characters])
    cine = read_cine(save(data, tmp_path / "us.dcm"))
    legend = {1: LegendEntry("心室 µ", (1, 2, 3)), 4: LEGEND[4]}
    made = dcmread(written(tmp_path / "seg.dcm", cine, legend=legend))
    assert (made.PatientName, made.SegmentSequence[0].SegmentLabel) == (CHARACTER_SETS[characters], "心室 µ")
    report_of(cine, [Measured("Fläche", "心室 µ", 1, "mm2", 0)]).save_as(tmp_path / "sr.dcm", enforce_file_format=True)
    report = dcmread(tmp_path / "sr.dcm")
    assert report.PatientName == CHARACTER_SETS[characters]
    assert report.ContentSequence[-1].ContentSequence[0].ContentSequence[0].TextValue == "心室 µ"


def test_what_scanners_write_against_the_standard_is_left_out(tmp_path):
    data = dicom(frames(), **IDENTITY)
    wrong = {0x00100030: b"1943-02-17", 0x00100040: b"male", 0x00101030: b"heavy ", 0x00080030: b"noon"}
    for tag, value in wrong.items():
        data[tag] = RawDataElement(BaseTag(tag), None, len(value), value, 0, True, True, True, True)
    cine = read_cine(save(data, tmp_path / "us.dcm"))
    made = dcmread(written(tmp_path / "seg.dcm", cine))
    assert made.PatientID == IDENTITY["PatientID"]
    assert [made[name].value for name in ("PatientBirthDate", "PatientSex", "StudyTime")] == ["", "", ""]
    header = read_header(Path(cine.dicom_frames[0].file))
    assert whole(header).PatientSex is None
    assert header.PatientSex == "male"
    assert report_of(cine, [Measured("area", "a", 1, "mm2", 0)]).PatientID == IDENTITY["PatientID"]
