"""Sets of labelled pictures: what goes in comes back, a patient is on one side, and nothing else leaves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.dicom_files import item, write_dicom
from helpers.labelled_cines import COUNT, KEEP, NAMES, SIZE, cine, export, labelled, masks
from helpers.processes import run_command
from rabengine.errors import ChoiceError, InputError
from rabengine.exchange.blanking import Blanking
from rabengine.exchange.find import read_set
from rabengine.exchange.format import MARKED, PREDICTED, SPLITS, UNKNOWN
from rabengine.exchange.formats import FORMATS, format_of
from rabengine.exchange.isolated import read_any_marks_isolated
from rabengine.exchange.items import Labelled, SetChoices, make_items
from rabengine.exchange.late import Shelf
from rabengine.exchange.splits import split_patients
from rabengine.io.read import read_cine

SETS = [name for name in FORMATS.own if FORMATS.get(name).is_anonymous]


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_marks_come_back_as_they_were_drawn(tmp_path, name, is_split):
    found = [labelled(1, "a", is_colour=True), labelled(2, "b"), labelled(3, "c", dtype="uint16")]
    shares = (0.4, 0.3, 0.3) if is_split else None
    export(tmp_path / "set", name, found, replace(KEEP, shares=shares))
    recognized = format_of(tmp_path / "set")
    assert recognized is not None and recognized[0] == name
    for one in found:
        marks = read_set(tmp_path / "set", one.cine)
        assert sorted(marks) == [0, 2, 4] and marks.names == NAMES
        assert [frame for frame in marks if not np.array_equal(marks[frame], one.labels[frame])] == []


@pytest.mark.parametrize("name", SETS)
def test_without_our_manifest_segments_are_numbered_in_their_order(tmp_path, name):
    one = labelled(1)
    export(tmp_path / "set", name, [one])
    (tmp_path / "set" / "rabsegment.json").unlink()
    marks = read_set(tmp_path / "set", one.cine)
    for frame, drawn in one.labels.items():
        expected = np.select([drawn == 3, drawn == 255], [1, 2])
        assert np.array_equal(marks[frame], expected)


def test_pictures_are_the_frames(tmp_path):
    export(tmp_path / "set", "pairs", [labelled(1, is_colour=True)])
    for frame in masks(1):
        picture = np.asarray(Image.open(tmp_path / "set" / "images" / f"cine_0001_{frame:06d}.png"))
        assert np.array_equal(picture, cine(1, is_colour=True).frames[frame])


def test_a_cine_of_a_set_is_known_by_its_pixels_else_by_name_and_never_guessed(tmp_path):
    export(tmp_path / "set", "coco", [labelled(1), labelled(2)])
    other = cine(9)
    with pytest.raises(ChoiceError, match=r"several cines that may be .*: cine_0001, cine_0002") as caught:
        read_any_marks_isolated(tmp_path / "set", other)
    assert caught.value.choices == ("cine_0001", "cine_0002")
    assert np.array_equal(read_set(tmp_path / "set", other, "cine_0002")[4], masks(2)[4])
    with pytest.raises(InputError, match="has no cine 'cine_0003'"):
        read_set(tmp_path / "set", other, "cine_0003")
    shorter = replace(other, frames=other.frames[:3])
    with pytest.raises(InputError, match="nothing in it has its size and number of frames"):
        read_set(tmp_path / "set", shorter)


@pytest.mark.parametrize("seed", range(8))
def test_no_patient_is_in_two_splits(seed):
    patients = [f"p{number}" for number in np.random.default_rng(seed).integers(0, 9, 40)]
    splits = split_patients(patients, (0.6, 0.2, 0.2), seed)
    assert {len({split for one, split in zip(patients, splits, strict=True) if one == who}) for who in patients} == {1}
    assert set(splits) == set(SPLITS)
    assert abs(splits.count("train") / 40 - 0.6) < 0.25


def test_a_split_needs_to_know_whose_the_cines_are():
    choices = replace(KEEP, shares=(0.5, 0.5, 0.0))
    with pytest.raises(InputError, match="one patient could be in two splits") as refused:
        make_items([labelled(1, "a"), labelled(2)], choices)
    of_both = refused.value.hint.partition("`rabsegment export`")[0]
    known = re.findall(r"--[a-z-]+", run_command("study", "export", "--help").stdout)
    assert set(re.findall(r"--[a-z-]+", of_both)) <= set(known), "a study takes what is advised"
    with pytest.raises(InputError, match="cines of 1 patient, too few for 2 splits"):
        make_items([labelled(1, "a"), labelled(2, "a")], choices)


def test_the_folds_of_nnunet_hold_patients_together(tmp_path):
    patients = ["a", "b", "a", "c"]
    export(tmp_path / "set", "nnunet", [labelled(seed, who) for seed, who in enumerate(patients, 1)])
    folds = json.loads((tmp_path / "set" / "splits_final.json").read_text())
    assert len(folds) == 3
    for fold in folds:
        sides = [{patients[int(case[5:9]) - 1] for case in fold[side]} for side in ("train", "val")]
        assert sides[0].isdisjoint(sides[1]) and sides[0] | sides[1] == {"a", "b", "c"}
    one = tmp_path / "one"
    export(one, "nnunet", [labelled(1, "a"), labelled(2, "a")])
    assert not (one / "splits_final.json").exists()


def test_what_nobody_marked_goes_in_only_when_asked_for_and_is_called_so(tmp_path):
    one = labelled(1)
    one = replace(one, origins={0: MARKED, 2: PREDICTED, 4: UNKNOWN})
    assert list(make_items([one], KEEP).items[0].labels) == [0]
    export(tmp_path / "set", "pairs", [one], replace(KEEP, takes_all=True))
    page = (tmp_path / "set" / "README.txt").read_text()
    assert "1 frame: PREDICTED and checked by nobody" in page and "1 frame: of unknown origin" in page
    told = json.loads((tmp_path / "set" / "rabsegment.json").read_text())
    assert told["cines"][0]["labels"] == {"marked": [0], "predicted": [2], "unknown": [4]}
    assert "2 frames of" in " ".join(read_set(tmp_path / "set", one.cine).warnings)
    with pytest.raises(InputError, match="no frame is known to be marked"):
        make_items([replace(one, origins=dict.fromkeys(one.origins, UNKNOWN))], KEEP)


def secret_dicom(folder: Path, **about: object) -> Path:
    """A file whose name and header say who the patient is; bright in its upper rows, where a name could stand."""
    frames = np.full((COUNT, *SIZE), 90, np.uint8)
    frames[:, 10:, ::3] += np.arange(COUNT, dtype=np.uint8)[:, None, None]
    frames[:, :4] = 255
    told = {"PatientID": "ID-77-SECRET", "PatientName": "Meyer^Anna", "StudyDate": "20240229", **about}
    return write_dicom(folder / "MeyerAnna_19440517.dcm", frames, StudyInstanceUID="1.2.840.99.4711", **told)


@pytest.mark.parametrize("name", SETS)
def test_nothing_of_the_patient_goes_into_a_set(tmp_path, name):
    path = secret_dicom(tmp_path, BurnedInAnnotation="NO")
    drawn = masks(1)
    found = Labelled(read_cine(path), drawn, dict.fromkeys(drawn, MARKED), NAMES, "ID-77-SECRET", path.stem)
    export(tmp_path / "set", name, [found], SetChoices())
    files = [file for file in (tmp_path / "set").rglob("*") if file.is_file()]
    everything = b"".join(str(file.relative_to(tmp_path)).encode() + file.read_bytes() for file in files).lower()
    assert [word for word in (b"secret", b"meyer", b"20240229", b"4711", b"19440517") if word in everything] == []
    pictures = [file for file in files if file.suffix in (".png", ".jpg")]
    assert pictures and {key for file in pictures for key in Image.open(file).info} <= {
        "jfif", "jfif_version", "jfif_unit", "jfif_density",
    }  # fmt: skip


def test_names_of_files_are_kept_when_asked_for(tmp_path):
    choices = replace(KEEP, keeps_names=True)
    found = [labelled(1, source="/data/heart one.mp4"), labelled(2, source="/data/heart one.mp4")]
    assert [one.name for one in make_items(found, choices).items] == ["heart_one", "heart_one_0002"]


def test_text_outside_of_the_regions_of_an_ultrasound_file_is_black(tmp_path):
    region = item(RegionLocationMinX0=0, RegionLocationMinY0=6, RegionLocationMaxX1=30, RegionLocationMaxY1=23)
    path = secret_dicom(tmp_path, SequenceOfUltrasoundRegions=[region])
    drawn = masks(1)
    found = Labelled(read_cine(path), drawn, dict.fromkeys(drawn, MARKED))
    export(tmp_path / "set", "pairs", [found], SetChoices())
    picture = np.asarray(Image.open(tmp_path / "set" / "images" / "cine_0001_000000.png"))
    assert not picture[:6].any() and picture[6:].all()


def test_pixels_of_which_nobody_says_whether_text_is_in_them_stay_here(tmp_path):
    with pytest.raises(InputError, match="Nothing says whether names or dates are burned into the pixels") as refused:
        make_items([labelled(1)], SetChoices())
    assert "--keep-text" in refused.value.hint
    for blanking, black in ((Blanking(((2, 3, 4, 5),)), 20), (Blanking((), (2, 3, 4, 5)), SIZE[0] * SIZE[1] - 20)):
        made = make_items([labelled(1)], SetChoices(blanking=blanking))
        assert made.items[0].hidden.sum() == black
    with pytest.raises(InputError, match="lies outside of"):
        make_items([labelled(1)], SetChoices(blanking=Blanking(((99, 0, 4, 4),))))


def test_segments_of_one_name_are_one_segment_of_the_set(tmp_path):
    first = replace(labelled(1), names={3: "Ventricle", 255: "Atrium"})
    second = replace(labelled(2), names={3: "Atrium", 255: "Ventricle"})
    made = export(tmp_path / "set", "pairs", [first, second])
    assert [entry.name for entry in made.items[0].legend.values()] == ["Ventricle", "Atrium"]
    stored = np.asarray(Image.open(tmp_path / "set" / "masks" / "cine_0002_000004.png"))
    assert np.array_equal(stored == 1, masks(2)[4] == 255)
    assert np.array_equal(read_set(tmp_path / "set", second.cine)[4], masks(2)[4])


def test_cines_that_do_not_fit_into_memory_together_are_read_again(tmp_path):
    reads: list[int] = []

    def late(seed: int) -> Labelled:
        one = labelled(seed)

        def read():
            reads.append(seed)
            return cine(seed)

        return replace(one, cine=shelf.keep(one.cine, read))

    shelf = Shelf(most_bytes=cine(1).frames.nbytes)
    export(tmp_path / "late", "nnunet", [late(seed) for seed in (1, 2, 3)])
    export(tmp_path / "kept", "nnunet", [labelled(seed) for seed in (1, 2, 3)])
    files = sorted(file.relative_to(tmp_path / "kept") for file in (tmp_path / "kept").rglob("*") if file.is_file())
    assert set(reads) == {2, 3} and len(files) == 9 * 2 + 4
    assert [
        file for file in files if (tmp_path / "late" / file).read_bytes() != (tmp_path / "kept" / file).read_bytes()
    ] == []


def test_a_set_replaces_a_set_and_nothing_else(tmp_path):
    export(tmp_path / "set", "davis", [labelled(1)])
    export(tmp_path / "set", "yolo", [labelled(1)])
    assert not (tmp_path / "set" / "ImageSets").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        export(tmp_path / "mine", "yolo", [labelled(1)])
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
