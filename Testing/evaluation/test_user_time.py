"""`rabsegment evaluate --user-time`: what a user's work costs, what is read off it, and what is written."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.labelled_videos import two_objects, write_video
from rabengine.cli.main import build_parser
from rabengine.errors import InputError
from rabengine.evaluation.interactive.user import overlap
from rabengine.evaluation.user_time.costs import CLICK_SECONDS, OUTLINE_PIXELS_A_SECOND, SCREEN_SIDE, painting_seconds
from rabengine.evaluation.user_time.curve import dice_at, mean_curve, seconds_to
from rabengine.evaluation.user_time.marking import MOST_CLICKS, clicked_mark
from rabengine.evaluation.user_time.run import PLOT, RESULTS, TABLE, UserTimeSettings, run_user_time
from rabengine.evaluation.user_time.tables import to_markdown
from rabengine.evaluation.user_time.ways import CAREFUL, CORRECTED, PAINTED, QUICK, TITLES
from rabengine.evaluation.videos import REAL, SYNTHETIC
from rabengine.session.session import Session

POINTS = [
    {"seconds": 10.0, "dice": 0.7, "clicks": 5},
    {"seconds": 25.0, "dice": 0.92, "clicks": 6},
    {"seconds": 40.0, "dice": 0.89, "clicks": 0},
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def cine() -> tuple[np.ndarray, np.ndarray]:
    """Three frames with a bright square of label 1."""
    truth = np.zeros((3, 48, 48), np.uint8)
    for frame in range(3):
        truth[frame, 12 + 2 * frame : 30 + 2 * frame, 14:34] = 1
    noise = np.random.default_rng(0).normal(0, 6, truth.shape)
    return np.clip(np.where(truth > 0, 190, 60) + noise, 0, 255).astype(np.uint8), truth


@pytest.fixture(scope="module")
def session(cine: tuple[np.ndarray, np.ndarray]) -> Session:
    return Session(cine[0], device="cpu")


@pytest.fixture(scope="module")
def settings(cine: tuple[np.ndarray, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> UserTimeSettings:
    """Of a run that is done."""
    folder = tmp_path_factory.mktemp("user-time")
    write_video(folder / "videos" / "square", *cine)
    settings = UserTimeSettings((folder / "videos",), folder / "out", presets=("image",), is_resumed=True)
    run_user_time(settings)
    return settings


def records(settings: UserTimeSettings) -> list[dict]:
    return json.loads((settings.output / RESULTS).read_text(encoding="utf-8"))["records"]


def test_painting_takes_as_long_as_the_outline_is_on_the_screen() -> None:
    def disc(side: int) -> np.ndarray:
        rows, columns = np.ogrid[:side, :side]
        return ((rows - 0.5 * side) ** 2 + (columns - 0.4 * side) ** 2 <= (0.2 * side) ** 2).astype(np.uint8)

    seconds = 2 * math.pi * 0.2 * SCREEN_SIDE / OUTLINE_PIXELS_A_SECOND
    assert painting_seconds(disc(100)) == pytest.approx(seconds, rel=0.03)
    assert painting_seconds(disc(400)) == pytest.approx(seconds, rel=0.03), "finer pixels take no longer"
    two = disc(100)
    two[5:15, 80:90] = 2
    assert painting_seconds(two) > seconds * 1.2
    assert painting_seconds(np.zeros((100, 100), np.uint8)) == 0


def test_recorded_and_synthetic_cines_are_never_in_one_mean() -> None:
    ways = dict.fromkeys(TITLES, POINTS)
    facts = {"preset": "fast", "frames": 3, "objects": 1, "ways": ways}
    text = to_markdown([{"cine": kind, "kind": kind, **facts} for kind in (REAL, SYNTHETIC, REAL)])
    assert "## fast, recorded cines" in text and "## fast, synthetic cines" in text
    assert "cines of 2 at Dice" in text and "cines of 1 at Dice" in text


def test_a_dice_is_reached_with_the_first_mark_that_brings_it() -> None:
    assert seconds_to(POINTS) == 25
    assert seconds_to(POINTS, 0.95) is None


def test_what_a_user_has_at_a_second_is_what_his_last_mark_brought() -> None:
    assert [dice_at(POINTS, second) for second in (0, 10, 24.9, 25, 100)] == [0, 0.7, 0.7, 0.92, 0.89]
    seconds, dice = mean_curve([POINTS, [{"seconds": 20.0, "dice": 0.5}]])
    assert seconds == [10, 20, 25, 40]
    assert dice == pytest.approx([0.35, 0.6, 0.71, 0.695])


def test_a_user_clicks_until_he_is_content(session: Session, cine: tuple[np.ndarray, np.ndarray]) -> None:
    truth = cine[1][0]
    labels, count = clicked_mark(session, 0, truth, (1,), {}, np.zeros_like(truth), 0.8)
    assert overlap(truth == 1, labels == 1) >= 0.8 and 1 <= count <= MOST_CLICKS
    same, more = clicked_mark(session, 0, truth, (1,), {}, labels, 0.8)
    assert more == 0 and (same == labels).all(), "what is good enough is left as it is"


def test_no_object_takes_what_another_has_and_absent_ones_go_by_one_click(
    session: Session, cine: tuple[np.ndarray, np.ndarray]
) -> None:
    truth = cine[1][0].copy()
    shown = np.zeros_like(truth)
    shown[12:20, 14:34] = 2  # of the square's upper part
    wanted = np.where(shown == 2, 2, truth)
    labels, _count = clicked_mark(session, 0, wanted, (1, 2), {}, shown, 0.8)
    assert (labels[shown == 2] == 2).all() and (labels == 1).any()
    gone, count = clicked_mark(session, 0, np.zeros_like(truth), (2,), {}, shown, 0.8)
    assert count == 1 and not gone.any()


def test_each_way_adds_up_its_seconds(settings: UserTimeSettings, cine: tuple[np.ndarray, np.ndarray]) -> None:
    (record,) = records(settings)
    ways = record["ways"]
    assert set(ways) == set(TITLES) and (record["frames"], record["objects"]) == (3, 1)
    painted = [painting_seconds(labels) for labels in cine[1]]
    assert [point["seconds"] for point in ways[PAINTED]] == pytest.approx(np.cumsum(painted), abs=0.02)
    assert ways[PAINTED][-1]["dice"] == 1, "all frames are painted"
    for way in (QUICK, CAREFUL):
        assert [point["frame"] for point in ways[way]] == [0, 1, 2]
        clicks = np.cumsum([point["clicks"] for point in ways[way]])
        assert [point["seconds"] for point in ways[way]] == pytest.approx(CLICK_SECONDS * clicks)
    assert ways[CORRECTED][0] == ways[QUICK][0]
    checked = ways[CORRECTED][1]
    assert checked["frame"] in (1, 2)
    assert checked["seconds"] == pytest.approx(ways[CORRECTED][0]["seconds"] + 3 + CLICK_SECONDS * checked["clicks"])


def test_table_and_picture_are_written(settings: UserTimeSettings) -> None:
    text = (settings.output / TABLE).read_text(encoding="utf-8")
    assert "| square | 3 | 1 |" in text and all(title in text for title in TITLES.values())
    assert (settings.output / PLOT).read_bytes().startswith(b"\x89PNG")


def test_a_cine_that_is_done_is_not_marked_again(settings: UserTimeSettings) -> None:
    """A figure that no measurement gives is still there after another run."""
    path = settings.output / RESULTS
    content = json.loads(path.read_text(encoding="utf-8"))
    content["records"][0]["ways"][PAINTED][0]["dice"] = 0.12345
    path.write_text(json.dumps(content), encoding="utf-8")
    run_user_time(settings)
    assert records(settings)[0]["ways"][PAINTED][0]["dice"] == 0.12345


def test_what_is_no_result_is_not_overwritten(settings: UserTimeSettings, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="no results of --user-time"):
        run_user_time(UserTimeSettings(settings.videos, tmp_path, is_resumed=True))
    assert (tmp_path / RESULTS).read_text(encoding="utf-8") == "{}"


def test_what_does_not_go_with_it_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "videos" / "heart", *two_objects(3, 32))
    words = ["evaluate", "--user-time", "--videos", str(tmp_path / "videos"), "-o", str(tmp_path / "out")]
    for more, said in (
        (["--shots", "1"], "--shots does nothing with --user-time"),
        (["--methods", "flow"], "no preset"),
    ):
        options = build_parser().parse_args([*words, *more])
        with pytest.raises(InputError, match=said):
            options.run(options, threading.Event())
    assert not (tmp_path / "out").exists()
