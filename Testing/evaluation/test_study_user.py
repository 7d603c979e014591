"""`rabsegment evaluate --study-user`: what its simulated user does, and what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.labelled_videos import write_video
from helpers.own_presets import SMALL, OwnPresets
from helpers.processes import assert_one_sentence, run_command
from rabengine.cli.main import build_parser
from rabengine.errors import InputError
from rabengine.evaluation.study_user.run import StudyUserSettings, run_study_user
from rabengine.evaluation.study_user.tables import called_rightly, marks_by_place, to_markdown
from rabengine.evaluation.study_user.user import ANEW, MOST_MARKS, OURS, RANDOM, TARGET
from rabengine.synthetic.phantom import beating_ellipse

COUNT, SIDE = 4, 48
NAMES = ("anna", "berta", "carla")


def settings(folder: Path, **changes: Any) -> StudyUserSettings:
    return StudyUserSettings(**{"videos": (folder / "videos",), "output": folder / "out", "preset": SMALL} | changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, own_presets: OwnPresets) -> Path:
    """Three tiny cines that a simulated user went through in each way."""
    made = tmp_path_factory.mktemp("study_user")
    for seed, name in enumerate(NAMES):
        write_video(made / "videos" / name, *beating_ellipse(COUNT, SIDE, SIDE, seed=seed))
    run_study_user(settings(made, seeds=(0, 1)))
    return made


@pytest.fixture(scope="module")
def records(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "out" / "study_user.json").read_text())["records"]
    return found


def test_each_way_looks_at_each_cine_once_for_each_seed(records: list[dict[str, Any]]) -> None:
    for way in (OURS, RANDOM, ANEW):
        for seed in (0, 1):
            visits = [one for one in records if (one["way"], one["seed"]) == (way, seed)]
            assert [one["place"] for one in visits] == [1, 2, 3]
            assert sorted(one["cine"] for one in visits) == sorted(NAMES)


def test_the_user_marks_until_the_cine_is_right_and_no_frame_twice(records: list[dict[str, Any]]) -> None:
    for one in records:
        assert one["dice"] >= TARGET or len(one["marks"]) in (MOST_MARKS, COUNT - 1)
        assert len(set(one["marks"])) == len(one["marks"]) <= MOST_MARKS
        if one["carried"] is not None and one["carried"] >= TARGET:
            assert one["marks"] == [] and one["dice"] == one["carried"]


def test_what_is_carried_over_is_there_from_the_second_cine_on_and_never_anew(records: list[dict[str, Any]]) -> None:
    for one in records:
        assert (one["carried"] is not None) == (one["way"] != ANEW and one["place"] > 1)
        assert (one["confidence"] is None) == (one["needs_person"] is None) == (one["carried"] is None)


def test_a_cine_by_itself_takes_the_same_marks_wherever_it_comes(records: list[dict[str, Any]]) -> None:
    for name in NAMES:
        [first, second] = [one["marks"] for one in records if one["way"] == ANEW and one["cine"] == name]
        assert first == second


def test_table_and_picture_are_written_and_what_is_there_is_not_done_again(folder: Path) -> None:
    before = (folder / "out" / "study_user.json").read_text()
    text = (folder / "out" / "study_user.md").read_text()
    assert "| carried over, in random order |" in text and "the need for a person was called rightly in" in text
    assert (folder / "out" / "study_user.png").read_bytes().startswith(b"\x89PNG")
    run_study_user(settings(folder, seeds=(0, 1), is_resumed=True))
    assert json.loads((folder / "out" / "study_user.json").read_text())["records"] == json.loads(before)["records"]


def test_means_are_by_place_and_the_need_is_right_where_the_dice_says_so() -> None:
    base = {"way": OURS, "seed": 0, "cine": "a", "dice": 0.95, "confidence": 0.9}
    rows = [
        {**base, "place": 1, "marks": [0, 3], "carried": None, "needs_person": None, "confidence": None},
        {**base, "place": 2, "marks": [1], "carried": 0.80, "needs_person": True},
        {**base, "place": 1, "marks": [0], "carried": None, "needs_person": None, "confidence": None},
        {**base, "place": 2, "marks": [], "carried": 0.92, "needs_person": True},
        {**base, "place": 4, "marks": [], "carried": 0.92, "needs_person": False},
    ]
    assert marks_by_place(rows, OURS) == [1.5, 0.5, 0]
    assert called_rightly(rows) == [True, False, True]
    assert "from place 4 on 100 % of the cines took no mark" in "\n".join(to_markdown(rows))


def test_one_cine_is_no_study(folder: Path) -> None:
    with pytest.raises(InputError, match="only one cine"):
        run_study_user(settings(folder, videos=(folder / "videos" / "anna",)))


def test_options_that_do_nothing_for_a_study_are_refused(folder: Path) -> None:
    done = run_command("evaluate", "--videos", folder / "videos", "-o", folder / "none", "--study-user", "--jobs", "2")
    assert_one_sentence(done.stderr)
    assert done.returncode == 2 and "--jobs does nothing with --study-user" in done.stderr
    options = build_parser().parse_args(["evaluate", "--videos", "v", "-o", "o", "--study-user"])
    assert options.study_user
