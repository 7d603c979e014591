"""A mask from clicks, a box, a scribble or a mask so far: of a session, and by the command `rabsegment mark`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from helpers.overlap import iou
from helpers.processes import assert_one_sentence, run_command, sentences
from rabengine import Click, Session
from rabengine.demo.sample import sample_cine_path
from rabengine.errors import InputError
from rabengine.io.read import read_cine
from rabengine.network.prompt_maps import NEGATIVE, POSITIVE, add_click, discs, no_prompts, with_box
from rabengine.network.prompt_model import PromptModel
from rabengine.network.prompt_weights import default_prompt_path, prompt_card, save_prompt_weights
from rabengine.prompts import Prompt, PromptBox
from rabengine.session.prompt_shape import has_pieces, shape_of
from rabengine.session.prompt_window import window_round


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learned nothing: what holds whatever was learned is tested with it."""
    path = tmp_path_factory.mktemp("weights") / "untrained.pt"
    torch.manual_seed(0)
    save_prompt_weights(path, PromptModel(), {})
    return path


@pytest.fixture
def session(phantom, weights: Path) -> Session:
    return Session(phantom.frames, device="cpu", prompt_weights=weights)


def test_clicks_are_small_discs_where_they_were_made() -> None:
    prompts = add_click(no_prompts(1, (32, 48)), torch.tensor([[10, 20]]), torch.tensor([True]))
    prompts = add_click(prompts, torch.tensor([[30, 2]]), torch.tensor([False]))
    assert prompts[0, POSITIVE, 10, 20] == 1 and prompts[0, POSITIVE, 10, 25] == 0
    assert prompts[0, NEGATIVE, 30, 2] == 1 and prompts[0, NEGATIVE, 10, 20] == 0
    assert discs(torch.tensor([[[-1, -1]]]), (32, 48)).sum() == 0


def test_a_box_is_filled_for_those_that_have_one() -> None:
    boxes = torch.tensor([[2.0, 4.0, 9.0, 20.0]] * 2)
    prompts = with_box(no_prompts(2, (32, 48)), boxes, torch.tensor([True, False]))
    assert prompts[0].sum() > prompts[1].sum() == 0


def test_an_answer_is_of_the_frames_size_whatever_that_is(weights: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (3, 61, 97, 3), np.uint8)
    found = Session(frames, device="cpu", prompt_weights=weights).prompt(1, [(90, 50)])
    assert found.mask.shape == (61, 97) and found.mask.dtype == bool
    assert 0 <= found.quality <= 1


def test_an_answer_depends_on_the_prompt_and_not_on_those_before(session: Session, phantom) -> None:
    first = session.prompt(2, [(50, 50), (4, 4, False)])
    session.prompt(2, [(10, 80)])
    session.prompt(5, box=(20, 20, 70, 70), mask=phantom.truth[5] == 1)
    again = session.prompt(2, [Click(50, 50), Click(4, 4, is_positive=False)])
    assert np.array_equal(first.mask, again.mask) and first.quality == again.quality


def test_features_that_were_prepared_change_nothing(phantom, weights: Path) -> None:
    prepared, other = (Session(phantom.frames, device="cpu", prompt_weights=weights) for _ in range(2))
    prepared.prepare_prompt(3)
    assert np.array_equal(prepared.prompt(3, [(50, 50)]).mask, other.prompt(3, [(50, 50)]).mask)


def test_every_part_of_a_prompt_is_heard(session: Session, phantom) -> None:
    line = np.zeros((96, 96), int)
    line[50, 30:60], line[5, 5:20] = 1, -1
    plain = session.prompt(0, [(50, 50)])
    truth = phantom.truth[0] == 1
    others = [
        session.prompt(0, [(50, 50), (20, 20, False)]),
        session.prompt(0, [(50, 50)], box=(30, 30, 70, 70)),
        session.prompt(0, [(50, 50)], scribble=line),
        session.prompt(0, [(50, 50)], mask=truth),
        session.prompt(0, [(50, 50)], known={4: phantom.truth[4] == 1}),
    ]
    assert all(other.quality != plain.quality for other in others)


def test_a_marked_frame_alone_is_prompt_enough(session: Session, phantom) -> None:
    assert session.prompt(1, known={0: phantom.truth[0] == 1}).mask.shape == (96, 96)


BAD_PROMPTS = {
    "nothing": {},
    "a click outside": {"clicks": [(96, 10)]},
    "a click above": {"clicks": [(10, -1)]},
    "a box that is turned round": {"box": (60, 10, 20, 30)},
    "a mask of another size": {"mask": np.ones((10, 10), bool)},
    "a scribble of another size": {"scribble": np.ones((10, 10))},
    "an empty mask": {"mask": np.zeros((96, 96), bool)},
    "a known frame that is not there": {"known": {8: np.ones((96, 96), bool)}},
    "only itself known": {"known": {0: np.ones((96, 96), bool)}},
}


@pytest.mark.parametrize("parts", BAD_PROMPTS.values(), ids=BAD_PROMPTS.keys())
def test_a_prompt_that_cannot_be_used_is_refused(parts: dict, session: Session) -> None:
    with pytest.raises(InputError):
        session.prompt(0, **parts)


def test_a_frame_that_is_not_there_is_refused(session: Session) -> None:
    with pytest.raises(InputError, match="no frame 8"):
        session.prompt(8, [(1, 1)])


def test_weights_that_are_not_there_are_named_at_the_first_prompt(phantom, tmp_path: Path) -> None:
    session = Session(phantom.frames, device="cpu", prompt_weights=tmp_path / "none.pt")
    with pytest.raises(InputError, match=r"none\.pt"):
        session.prompt(0, [(1, 1)])


def test_a_small_object_is_looked_at_through_a_window_that_holds_what_was_said() -> None:
    mask = np.zeros((400, 600), bool)
    mask[100:140, 200:230] = True
    box = window_round(mask, Prompt((Click(260, 150),)))
    assert box is not None
    assert box.top <= 100 and box.bottom > 150 and box.left <= 200 and box.right > 260
    assert max(box.size) < 300
    mask[101:139, 201:229] = False  # the same extent
    assert window_round(mask, Prompt((Click(260, 150),))) == box


def test_a_large_object_needs_no_window() -> None:
    mask = np.zeros((400, 600), bool)
    mask[100:350, 100:500] = True
    assert window_round(mask, Prompt()) is None
    assert window_round(np.zeros((400, 600), bool), Prompt((Click(3, 3),))) is None


def mark(phantom, weights: Path, *words: object):
    return run_command("mark", phantom.cine, "--device", "cpu", "--weights", weights, *words)


def read(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_the_command_writes_what_the_session_answers(phantom, weights: Path, tmp_path: Path, session: Session) -> None:
    out = tmp_path / "mask.png"
    words = ("--frame", 2, "--click", "+50,50", "--click", "-4,6", "--label", 7, "-o", out)
    done = mark(phantom, weights, *words)
    assert done.returncode == 0, done.stderr
    labels = read(out)
    assert set(np.unique(labels)) <= {0, 7}
    found = session.prompt(2, [(50, 50), (4, 6, False)])
    assert np.array_equal(labels == 7, found.mask)
    assert str(int(found.mask.sum())) in done.stdout


def test_other_labels_keep_their_pixels_unless_they_may_be_taken(phantom, weights: Path, tmp_path: Path) -> None:
    drawn = np.zeros((96, 96), np.uint8)
    drawn[:, :60], drawn[:, 60:] = 3, 1
    before = tmp_path / "before.png"
    sitk.WriteImage(sitk.GetImageFromArray(drawn), str(before))
    said = ("--frame", 2, "--click", "+30,50", "--mask", before)
    kept, taken = tmp_path / "kept.png", tmp_path / "taken.png"
    done = mark(phantom, weights, *said, "-o", kept)
    assert done.returncode == 0 and "--take takes them." in done.stderr
    assert mark(phantom, weights, *said, "--take", "-o", taken).returncode == 0
    assert (read(kept)[:, :60] == 3).all()
    assert np.array_equal(read(taken)[:, 60:] == 1, read(kept)[:, 60:] == 1)
    assert (read(taken)[:, :60] == 1).any()


def test_a_mask_may_be_corrected_in_place_and_marks_of_other_frames_help(
    phantom, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mask.png"
    first = mark(phantom, weights, "--frame", 1, "--mark", f"0={phantom.masks[0]}", "-o", out)
    assert first.returncode == 0, first.stderr
    second = mark(phantom, weights, "--frame", 1, "--mask", out, "--click", "-48,48", "-o", out)
    assert second.returncode == 0, second.stderr
    assert first.stdout != second.stdout, "another answer"
    assert [path.name for path in tmp_path.iterdir()] == ["mask.png"]


USAGE_ERRORS = {
    "nothing said": [],
    "where it is not alone": ["--click", "-4,4"],
    "a mark of the frame itself": ["--click", "4,4", "--mark", "0={masks[0]}"],
    "a click that is none": ["--click", "12"],
    "a click of words": ["--click", "a,b"],
    "two signs": ["--click", "+-3,4"],
    "a click outside": ["--click", "+96,4"],
    "a box that is none": ["--box", "1,2,3"],
    "a box outside": ["--box", "1,2,3,400"],
    "a label that is none": ["--click", "4,4", "--label", "256"],
    "another kind of output": ["--click", "4,4", "-o", "{folder}/mask.jpg"],
    "an output in no folder": ["--click", "4,4", "-o", "{folder}/none/mask.png"],
    "an output over a mark": ["--mark", "0={folder}/mask.png", "-o", "{folder}/mask.png"],
    "a frame that is not there": ["--click", "4,4", "--frame", "8"],
    "a mask that is missing": ["--mask", "{folder}/none.png"],
    "weights that are missing": ["--click", "4,4", "--weights", "{folder}/none.pt"],
}


@pytest.mark.parametrize("words", USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
def test_bad_usage_exits_2_with_one_sentence_and_writes_nothing(
    words: list[str], phantom, weights: Path, tmp_path: Path
):
    given = [word.format(folder=tmp_path, masks=phantom.masks) for word in words]
    done = mark(phantom, weights, "--frame", 0, "-o", tmp_path / "mask.png", *given)
    assert done.returncode == 2, done.stderr
    assert_one_sentence("\n".join(sentences(done.stderr)))
    assert list(tmp_path.iterdir()) == []


def middle(mask: np.ndarray) -> tuple[float, float]:
    """Its centre of gravity, as a click."""
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


def test_the_shipped_weights_find_an_object_from_one_click(phantom) -> None:
    truth = phantom.truth[2] == 1
    found = Session(phantom.frames, device="cpu").prompt(2, [middle(truth)])
    assert iou(found.mask, truth) > 0.8
    assert found.quality > 0.5


def test_the_shipped_weights_take_a_box_a_scribble_or_a_marked_frame(phantom) -> None:
    session, truth = Session(phantom.frames, device="cpu"), phantom.truth[2] == 1
    rows, columns = np.nonzero(truth)
    line = np.zeros(truth.shape, int)
    line[round(rows.mean()), columns.min() + 6 : columns.max() - 5] = 1
    box = (columns.min(), rows.min(), columns.max(), rows.max())
    answers = {
        "box": session.prompt(2, box=box),
        "scribble": session.prompt(2, scribble=line),
        "marked frame": session.prompt(2, known={0: phantom.truth[0] == 1}),
    }
    assert {name: round(iou(answer.mask, truth), 2) for name, answer in answers.items() if
            iou(answer.mask, truth) < 0.75} == {}  # fmt: skip


def test_a_negative_click_takes_away_and_a_positive_one_adds(phantom) -> None:
    session, truth = Session(phantom.frames, device="cpu"), phantom.truth[2] == 1
    too_much, too_little = truth.copy(), truth.copy()
    too_much[4:24, 4:24] = True
    column = int(middle(truth)[0])
    too_little[:, column:] = False
    less = session.prompt(2, [(*middle(truth), True), (14, 14, False)], mask=too_much)
    assert not less.mask[14, 14] and iou(less.mask, truth) > iou(too_much, truth)
    more = session.prompt(2, [(column + 8, middle(truth)[1])], mask=too_little)
    assert iou(more.mask, truth) > iou(too_little, truth)


def test_the_shipped_weights_are_small_and_say_what_they_were_trained_on() -> None:
    card = prompt_card()
    assert default_prompt_path().stat().st_size < 15e6
    assert {"busi", "nuclei", "davis"} <= set(card["sets"])  # type: ignore[call-overload]


def logits_of(mask: np.ndarray) -> np.ndarray:
    return np.where(mask, 4.0, -4.0).astype(np.float32)


SQUARE = np.zeros((60, 80), bool)
SQUARE[20:50, 20:60] = True
PIECES = SQUARE.copy()
PIECES[2:4, 2:4] = PIECES[5, 70] = PIECES[52:58, 66:78] = True


def test_pieces_that_nobody_clicked_go() -> None:
    left = shape_of(logits_of(PIECES), Prompt((Click(30, 30), Click(70, 5), Click(2, 2, False))))
    assert not left[2:4, 2:4].any() and left[5, 70] and not left[52:58, 66:78].any() and left[22:48, 22:58].all()
    assert shape_of(logits_of(np.zeros_like(SQUARE)), Prompt()).sum() == 0


def test_large_pieces_stay_where_the_object_has_several_or_nobody_clicked() -> None:
    clicked = Prompt((Click(30, 30),))
    answers = (
        shape_of(logits_of(PIECES), Prompt(box=PromptBox(0, 0, 79, 59))),
        shape_of(logits_of(PIECES), clicked, is_parted=True),
        shape_of(logits_of(PIECES), replace(clicked, mask=PIECES)),
    )
    for left in answers:
        assert left[53:57, 67:77].all() and not left[2:4, 2:4].any()
    assert has_pieces(PIECES) and not has_pieces(SQUARE)


def test_small_holes_are_filled_unless_somebody_says_that_they_are_none_of_it() -> None:
    holed = SQUARE.copy()
    holed[30:34, 30:34] = holed[40:44, 40:44] = False
    left = shape_of(logits_of(holed), Prompt((Click(25, 25), Click(42, 42, False))))
    assert left[30:34, 30:34].all() and not left[42, 42]
    ring = SQUARE.copy()
    ring[25:45, 25:55] = False
    assert not shape_of(logits_of(ring), Prompt((Click(22, 22),)))[30:40, 30:50].any(), "a large one is meant"


def test_the_edge_is_where_the_network_says_and_a_thin_line_stays() -> None:
    frayed = SQUARE.copy()
    frayed[19, 20:60:2] = True
    assert np.array_equal(shape_of(logits_of(frayed), Prompt((Click(30, 30),))), frayed)
    thin = np.zeros_like(SQUARE)
    thin[30:32, 10:70] = True
    assert np.array_equal(shape_of(logits_of(thin), Prompt((Click(30, 30),))), thin)


def test_what_was_said_is_in_every_answer_on_a_real_picture(weights: Path) -> None:
    """Of a network that has learned nothing: it hears hardly anything by itself."""
    frames = read_cine(sample_cine_path()).frames[:2]
    session = Session(frames, device="cpu", prompt_weights=weights)
    rows, columns = frames.shape[1:3]
    random = np.random.default_rng(0)
    found = None
    for number in range(3):
        clicks = [
            (random.uniform(0, columns - 0.01), random.uniform(0, rows - 0.01), bool(random.integers(2)))
            for _click in range(random.integers(1, 6))
        ]
        left, top = random.integers(0, columns // 2), random.integers(0, rows // 2)
        box = (left, top, left + columns // 4, top + rows // 4) if number % 2 else None
        line = np.zeros((rows, columns), int)
        line[random.integers(rows), 20:90] = random.choice((-1, 1))
        found = session.prompt(0, clicks, box, line, found).mask
        for click in [Click(*one) for one in clicks]:
            row, column = click.pixel((rows, columns))
            line[row, column] = 0
            assert found[row, column] == click.is_positive, (number, click)
        assert found[line > 0].all() and not found[line < 0].any()


def test_the_newest_of_clicks_on_one_pixel_counts(session: Session) -> None:
    assert not session.prompt(0, [(50, 50), (50.2, 49.8, False)]).mask[50, 50]
    assert session.prompt(0, [(50, 50, False), (50.2, 49.8)]).mask[50, 50]


def test_a_click_outside_a_box_is_heard_and_the_box_is_a_hint(phantom) -> None:
    session, truth = Session(phantom.frames, device="cpu"), phantom.truth[2] == 1
    rows, columns = np.nonzero(truth)
    half = (columns.min(), rows.min(), int(columns.mean()), rows.max())
    click = (columns.max() - 4, rows.mean())
    boxed = session.prompt(2, box=half).mask
    for so_far in (None, boxed):
        found = session.prompt(2, [click], half, mask=so_far).mask
        assert iou(found, truth) > max(iou(boxed, truth), 0.7)
