"""What a study has learned, as a file that can be given away, and what becomes of one that cannot be used."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.overlap import dice
from helpers.own_presets import SMALL, own_presets_in
from helpers.processes import assert_one_sentence, run_command
from helpers.study_files import make_study, statuses, write_cine
from rabengine.errors import InputError
from rabengine.io.read import read_cine
from rabengine.presets import get_preset
from rabengine.study import Study, StudySettings, run_study
from rabengine.study.learning import learn_structure
from rabengine.study.prompted import prompt_learned
from rabengine.study.structure import load_structure, save_structure
from rabengine.study.structured import Learned, segment_learned

SIDE = 32
LEFT_VENTRICLE = {1: "Left ventricle"}


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A study with three marked frames, and its two files: with pictures alone, with a network alone."""
    folder = tmp_path_factory.mktemp("taught")
    with own_presets_in(folder / "presets"):
        study = make_study(folder, count=3, marked=3, preset=SMALL, side=SIDE)
        study.mark(1, study.marked_labels(1, (SIDE, SIDE)), names=LEFT_VENTRICLE, by="Dr Secret")
        save_structure(folder / "pictures.rab", learn_structure(study))
        save_structure(folder / "network.rab", learn_structure(study, pictures=False, steps=12))
        yield study, folder / "pictures.rab", folder / "network.rab"


@pytest.mark.parametrize("kind", [1, 2], ids=["pictures", "network"])
def test_a_cine_without_a_mark_is_segmented_by_what_another_study_has_learned(taught, kind, tmp_path):
    truth = write_cine(tmp_path, "new", seed=40, side=SIDE)
    frames = read_cine(tmp_path / "new.nrrd").frames
    found = segment_learned(frames, Learned(taught[kind]), preset=SMALL)
    assert found.marked_frames == () and found.labels.shape == truth.shape
    assert dice(found.labels > 0, truth > 0) > 0.7
    assert found.confidence.min() > 0 and found.confidence.max() < 1


@pytest.mark.parametrize("kind", [1, 2], ids=["pictures", "network"])
def test_beside_marks_of_its_own_these_come_back_as_they_were_drawn(taught, kind, tmp_path):
    truth = write_cine(tmp_path, "new", seed=41, side=SIDE)
    frames = read_cine(tmp_path / "new.nrrd").frames
    learned = Learned(taught[kind])
    found = segment_learned(frames, learned, {1: truth[1]}, examples=learned.best_examples(frames, 2), preset=SMALL)
    assert found.marked_frames == (1,) and (found.labels[1] == truth[1]).all()
    assert found.next_frame in (0, 2)


def test_a_preset_that_learns_on_the_cine_goes_on_from_the_network_and_leaves_it_as_it_is(taught, tmp_path):
    truth = write_cine(tmp_path, "new", seed=42, side=SIDE)
    frames = read_cine(tmp_path / "new.nrrd").frames
    learned = Learned(taught[2])
    before = {name: value.clone() for name, value in learned.networks[1,].network.state_dict().items()}
    short = {"size": 64, "appearance_warm_steps": 1, "lessons": 1, "recipe": "recall,propagation,appearance"}
    phases = []
    found = segment_learned(
        frames,
        learned,
        {0: truth[0]},
        preset=get_preset("balanced", short),
        progress=lambda event: phases.append(getattr(event, "phase", "")),
    )
    assert phases.index("prediction") < phases.index("propagation")
    assert found.labels.any()
    after = learned.networks[1,].network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_a_click_is_answered_with_the_examples_in_memory_and_they_alone_find_the_object_too(taught, tmp_path):
    truth = write_cine(tmp_path, "new", seed=45, side=SIDE)
    frames = read_cine(tmp_path / "new.nrrd").frames
    learned = Learned(taught[1])
    row, column = (int(place.mean()) for place in np.nonzero(truth[1]))
    clicked = prompt_learned(frames, learned, 1, 1, [(column, row)], device="cpu")
    alone = prompt_learned(frames, learned, 1, 1, device="cpu")
    assert clicked.mask.shape == truth[1].shape and clicked.mask[row, column]
    assert dice(clicked.mask, truth[1] > 0) > 0.7 and dice(alone.mask, truth[1] > 0) > 0.5
    with pytest.raises(InputError, match="Nothing is said"):
        prompt_learned(frames, learned, 1, 7, device="cpu")  # no example shows such a segment


def test_the_file_says_what_it_was_taught_by_and_names_nobody(taught):
    study, *files = taught
    for file in files:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read("about.json"))
            content = b"".join(archive.read(name) for name in archive.namelist())
        assert about["segments"]["1"]["name"] == "Left ventricle"
        assert (about["taught"]["cines"], about["taught"]["marks"], about["taught"]["people"]) == (3, 3, 2)
        for secret in (b"Secret", b"Tester", b"cine1", str(study.folder).encode()):
            assert secret not in content
    assert len(load_structure(files[0]).examples) == 3
    without = load_structure(files[1])
    assert without.examples == () and without.descriptions.size == 0 and without.appearance is not None


def test_a_study_begins_with_what_another_has_learned(taught, tmp_path):
    study = Study.create(tmp_path / "study", StudySettings(preset=SMALL), structure=taught[1])
    assert study.settings().segments == LEFT_VENTRICLE
    write_cine(tmp_path / "cines", "new", seed=43, side=SIDE)
    study.add(tmp_path / "cines" / "new.nrrd")
    assert run_study(study).done == (1,)
    assert study.cine(1).prediction.carried == (0,)
    assert study.prediction(1).labels.any()
    # What it was given counts in what it gives on.
    assert len(learn_structure(study).examples) == 3


class Boom:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def damaged(kind: str, file: Path, folder: Path) -> bytes:
    content = file.read_bytes()
    if kind == "cut":
        return content[: len(content) // 2]
    if kind == "flipped":
        return content[:-2000] + bytes([content[-2000] ^ 1]) + content[-1999:]
    if kind == "no archive":
        return b"nothing of the kind"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if kind == "newer":
        members["about.json"] = json.dumps({**json.loads(members["about.json"]), "version": 99}).encode()
    if kind == "deadly":
        made = io.BytesIO()
        torch.save({"examples": [Boom(str(folder / "made"))]}, made)
        members["learned.pt"] = made.getvalue()
    if kind == "not a frame":
        held = torch.load(io.BytesIO(members["learned.pt"]), weights_only=True)
        held["examples"][0]["labels"] = held["examples"][0]["labels"][:5]
        made = io.BytesIO()
        torch.save(held, made)
        members["learned.pt"] = made.getvalue()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cut", "is damaged"),
        ("flipped", "is damaged"),
        ("no archive", "is damaged"),
        ("newer", "newer RABSegment"),
        ("deadly", "is damaged"),
        ("not a frame", "is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence_and_runs_nothing(taught, kind, sentence, tmp_path):
    file = tmp_path / "bad.rab"
    file.write_bytes(damaged(kind, taught[1], tmp_path))
    with pytest.raises(InputError, match=sentence):
        load_structure(file)
    assert not (tmp_path / "made").exists()
    with pytest.raises(InputError, match=sentence):
        Study.create(tmp_path / "study", structure=file)
    assert not (tmp_path / "study").exists()


def test_a_damaged_file_in_the_study_stops_a_run_before_any_cine_fails_of_it(taught, tmp_path):
    study = make_study(tmp_path, count=2, preset=SMALL, side=SIDE)
    (study.folder / "structure.rab").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="no structure file"):
        run_study(study)
    assert statuses(study) == ["waiting"] * 2


def test_a_study_without_marks_has_nothing_to_learn_from(taught, tmp_path):
    with pytest.raises(InputError, match="no marked frame"):
        learn_structure(make_study(tmp_path, count=1, marked=0, preset=SMALL, side=SIDE))


def test_on_the_command_line_one_study_teaches_and_a_cine_is_segmented(taught, tmp_path):
    write_cine(tmp_path, "new", seed=44, side=SIDE)
    out = tmp_path / "out.seq.nrrd"
    done = run_command(
        "segment", tmp_path / "new.nrrd", "--structure", taught[1], "-o", out, "--preset", "image", "--progress", "none"
    )
    assert done.returncode == 0, done.stderr
    labels = read_cine(out).frames
    assert np.asarray(labels).any() and "Left ventricle" in out.read_bytes()[:4000].decode("latin-1")
    done = run_command("segment", tmp_path / "new.nrrd", "-o", out, "--progress", "none")
    assert done.returncode == 2 and "--structure is required" in done.stderr
    assert_one_sentence(done.stderr)
