"""Predictions of a study in its folder or in a store that fsspec reaches: whole, or not there."""

from __future__ import annotations

import importlib.util

import fsspec
import pytest

from helpers.own_presets import SMALL, own_presets_in
from helpers.processes import assert_one_sentence
from helpers.study_files import RABSEGMENT, in_own_mounts, make_study, statuses
from rabengine.errors import InputError
from rabengine.study import Study, StudySettings, export_study, run_study
from rabengine.study.run_events import DONE, WORKERS
from rabengine.study.storage import StoreError, UrlStore

SIDE = 16


@pytest.fixture(scope="module", autouse=True)
def presets(tmp_path_factory):
    with own_presets_in(tmp_path_factory.mktemp("presets")) as own:
        yield own


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_predictions_lie_where_the_study_says_and_an_earlier_one_goes(tmp_path, kind):
    url = f"memory://{tmp_path.name}/{kind}" if kind == "memory" else (tmp_path / "store").as_uri()
    study = make_study(tmp_path, count=3, preset=SMALL, side=SIDE, store=url)
    assert run_study(study).done == (1, 2, 3)
    assert run_study(study, again=True).done == (1, 2, 3)
    assert not list((study.folder / "predictions").iterdir())
    named = {cine.prediction.file for cine in study.cines()}
    files, root = fsspec.core.url_to_fs(url)
    there = {str(path)[len(root.rstrip("/")) + 1 :] for path in files.find(root)}
    assert there == named and all(study.prediction(number).labels.any() for number in (1, 2, 3))
    assert sorted(export_study(study, tmp_path / "out").files) == [1, 2, 3]


def test_what_a_process_left_in_a_store_that_ended_is_removed_when_its_cine_is_taken(tmp_path):
    url = (tmp_path / "store").as_uri()
    study = make_study(tmp_path, count=2, preset=SMALL, side=SIDE, store=url)
    with study.database.writing() as connection:
        connection.execute("UPDATE cines SET claim = 'run-gone', attempts = 1 WHERE id = 2")
    UrlStore(url).write("predictions/000/000002-run-gone-5-1.npz", b"half of a result")
    assert run_study(study).done == (1, 2)
    assert {path.relative_to(tmp_path / "store").as_posix() for path in (tmp_path / "store").rglob("*.npz")} == {
        cine.prediction.file for cine in study.cines()
    }


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("no url", "is no URL of a store"), ("nonsense://bucket/hearts", "names no store that is known")],
)
def test_a_store_that_is_none_is_refused(tmp_path, url, sentence):
    with pytest.raises(InputError, match=sentence):
        UrlStore(url)


@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="needs a store whose package is missing")
def test_a_package_that_a_store_needs_is_named_and_no_cine_is_lost(tmp_path):
    study = make_study(tmp_path, count=1, preset=SMALL, side=SIDE, store="gs://bucket/hearts")
    with pytest.raises(InputError, match="gcsfs"):
        run_study(study)
    assert statuses(study) == ["waiting"]
    study.change_settings(store="")
    assert run_study(study, retry=True).done == (1,)


def test_a_store_that_cannot_be_written_costs_no_cine(tmp_path):
    place = tmp_path / "store"
    study = make_study(tmp_path, count=2, preset=SMALL, side=SIDE, store=place.as_uri())
    place.write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        run_study(study)
    assert statuses(study) == ["waiting"] * 2
    place.unlink()
    assert run_study(study).done == (1, 2)


def test_a_store_that_goes_away_amid_a_run_is_waited_for_and_where_it_stays_away_the_next_run_does_the_rest(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("rabengine.study.runner.STORE_PAUSE_SECONDS", 0.01)
    place = tmp_path / "store"
    study = make_study(tmp_path, count=3, preset=SMALL, side=SIDE, store=place.as_uri())

    def bring_back():
        place.unlink()
        (tmp_path / "elsewhere").rename(place)

    def take_away(event):
        if event.event == DONE:
            place.rename(tmp_path / "elsewhere")
            place.write_bytes(b"a file where the folder should be")
        elif event.event == WORKERS and event.left == 2:
            assert "cannot be written" in event.problem
            bring_back()
            monkeypatch.setattr("rabengine.study.runner.STORE_PATIENCE_SECONDS", 0)

    with pytest.raises(StoreError, match="cannot be written"):
        run_study(study, heard=take_away)
    assert statuses(study) == ["predicted", "waiting", "predicted"]  # it was tried again as the last
    with pytest.raises(InputError, match=r"cannot be read \(.*\)\. Check the place"):
        study.prediction(1)
    bring_back()
    assert run_study(study).done == (2,) and study.prediction(1).labels.any()


@pytest.mark.slow
def test_a_store_without_room_costs_one_sentence_and_no_cine_and_they_are_done_when_there_is_room(tmp_path, presets):
    (tmp_path / "disk").mkdir()
    url = (tmp_path / "disk" / "store").as_uri()
    study = make_study(tmp_path, count=2, preset="image", side=SIDE, store=url)
    done = in_own_mounts(
        f"""
        mount -t tmpfs -o size=64k tmpfs {tmp_path}/disk
        mkdir {tmp_path}/disk/store
        head -c 1000000 /dev/zero > {tmp_path}/disk/filler 2>/dev/null || true
        run="{RABSEGMENT} study run {study.folder} --workers 1"
        $run > {tmp_path}/first.out 2> {tmp_path}/first.err || echo $? > {tmp_path}/first.code
        rm {tmp_path}/disk/filler
        $run
        cp -r {tmp_path}/disk/store {tmp_path}/after
        """
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first.code").read_text().strip() == "2"
    said = (tmp_path / "first.err").read_text()
    assert "cannot be written" in said
    assert_one_sentence(said)
    assert statuses(study) == ["predicted"] * 2
    assert len(list((tmp_path / "after").rglob("*.npz"))) == 2
    assert not [path for path in (tmp_path / "after").rglob("*") if path.name.startswith(".rabsegment")]


def test_a_setting_that_is_no_store_is_refused_before_anything_is_made(tmp_path):
    with pytest.raises(InputError, match="is no URL"):
        Study.create(tmp_path / "study", StudySettings(store="bucket"))
    assert not (tmp_path / "study").exists()
