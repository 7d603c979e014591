"""Marked masks that move with the tissue, and where they are trusted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rabengine.evaluation.metrics import dice_table
from rabengine.events import Event, PartialResult, Progress
from rabengine.propagation.input_view import Box, InputView
from rabengine.propagation.motion import SIDE, CineMotion
from rabengine.propagation.propagator import Chain
from rabengine.propagation.tracking import Carried, TrackedMasks
from rabengine.session.copies import copied_frames
from rabengine.session.session import Session
from rabengine.session.steps.tracking import MotionTracking
from rabengine.synthetic.phantom import beating_ellipse

CPU = torch.device("cpu")
LEAST = MotionTracking().least_likeness


@pytest.fixture(scope="module")
def beating() -> tuple[np.ndarray, np.ndarray]:
    """10 frames of 80 x 96 with an ellipse that beats, and its truth."""
    return beating_ellipse(10, 80, 96, seed=3)


def tracked(frames: np.ndarray, marks: dict[int, np.ndarray], budget: int = 2**27) -> TrackedMasks:
    motion = CineMotion(InputView(frames, SIDE), CPU, budget)
    masks = TrackedMasks(motion, marks, [1], [sorted(marks)], LEAST)
    masks.follow(lambda: None)
    return masks


def labels_of(masks: TrackedMasks, frame: int, size: tuple[int, int]) -> np.ndarray:
    return (masks.at(frame, Box(0, size[0], 0, size[1]), size).logits[0] > 0).numpy().astype(np.uint8)


def test_a_mask_follows_what_moves(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    masks = tracked(frames, {0: truth[0]})
    carried = np.stack([truth[0], *(labels_of(masks, frame, (80, 96)) for frame in range(1, 10))])
    copied = np.repeat(truth[:1], 10, axis=0)
    followed, stayed = (dice_table(labels, truth, (1,))[1:].mean() for labels in (carried, copied))
    assert followed > 0.93
    assert followed > stayed + 0.03
    assert float(masks.likeness[1:].min()) > LEAST


def test_of_two_marks_the_nearer_one_counts_more(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    still = np.repeat(frames[:1], 10, axis=0)
    shifted = np.roll(truth[0], 4, axis=1)
    masks = tracked(still, {0: truth[0], 9: shifted})
    assert np.array_equal(labels_of(masks, 2, (80, 96)), truth[0])
    assert np.array_equal(labels_of(masks, 7, (80, 96)), shifted)


def lit_by_what_passes(truth: np.ndarray) -> np.ndarray:
    """10 frames in which a lit pattern passes over a place (H, W), 2 pixels a frame, that looks like all the rest."""
    y, x = np.mgrid[: truth.shape[0], : truth.shape[1]]
    pattern = 120 + 50 * np.sin(x / 3) * np.cos(y / 4) + 40 * np.sin((x + 2 * y) / 7)
    return shifted_frames(pattern.astype(np.uint8), 2, 10)


def test_a_segment_that_its_marks_show_in_one_place_stays_there_whatever_moves_over_it(
    beating: tuple[np.ndarray, np.ndarray],
) -> None:
    truth = beating[1][0]
    frames = lit_by_what_passes(truth)
    one, three = tracked(frames, {0: truth}), tracked(frames, {0: truth, 5: truth, 9: truth})
    assert dice_table(labels_of(one, 3, truth.shape)[None], truth[None], (1,)).mean() < 0.9  # it went with the light
    for frame in (1, 3, 4, 6, 8):
        assert np.array_equal(labels_of(three, frame, truth.shape), truth)
        assert float(three.likeness[frame]) > LEAST


def test_a_segment_that_stays_is_not_carried_to_a_foreign_frame(beating: tuple[np.ndarray, np.ndarray]) -> None:
    truth = beating[1][0]
    frames = lit_by_what_passes(truth)
    frames[7] = np.random.default_rng(0).integers(0, 255, frames[7].shape, dtype=np.uint8)
    masks = tracked(frames, {0: truth, 5: truth, 9: truth})
    assert float(masks.likeness[3]) > LEAST > 0.6 > float(masks.likeness[7])


def test_a_segment_that_moves_with_its_marks_goes_on_doing_so(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = (shifted_frames(part[0], 2, 8) for part in beating)
    masks = tracked(frames, {0: truth[0], 7: truth[7]})
    for frame in (2, 4):
        assert dice_table(labels_of(masks, frame, truth[0].shape)[None], truth[frame][None], (1,)).mean() > 0.95


def test_a_foreign_frame_gets_nothing(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    cut = frames.copy()
    cut[5:] = np.random.default_rng(0).integers(0, 255, cut[5:].shape, dtype=np.uint8)
    masks = tracked(cut, {0: truth[0]})
    assert float(masks.likeness[1:5].min()) > LEAST
    assert float(masks.likeness[5:].max()) < 0.5
    model = torch.full((1, 80, 96), -6.0)
    weighed = masks.at(7, Box(0, 80, 0, 96), (80, 96)).weighed_into(model)
    assert bool((weighed < 0).all())


def test_what_is_more_alike_has_more_say() -> None:
    mask = torch.full((1, 20, 20), -8.0)
    shares = [float(Carried(mask, torch.tensor([likeness]), LEAST).share) for likeness in (0.0, 0.6, LEAST, 0.95)]
    assert shares[0] == 0.0 and shares[1] < 0.1 and shares[2] == pytest.approx(0.5) and shares[3] > 0.9


def test_a_faint_edge_in_noise_is_trusted_for_what_is_seen_of_it() -> None:
    noise = np.random.default_rng(0).normal(0.0, 1.2, (6, 96, 96))
    y, x = np.mgrid[:96, :96]
    disc = (x - 48) ** 2 + (y - 48) ** 2 < 20**2
    frames = 120 + noise - 4 * disc
    frames[:, 20:40, 44:56] -= 60  # all that is clear of its edge
    masks = tracked(frames.clip(0, 255).astype(np.uint8), {0: disc.astype(np.uint8)})
    assert float(masks.likeness[1:].min()) > LEAST


def test_absence_is_carried_to_frames_that_are_like_the_empty_one(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    foreign, _ = beating_ellipse(5, 80, 96, seed=8)
    foreign = 255 - foreign.transpose(0, 2, 1)[:, :80, :80].repeat(2, axis=2)[:, :, :96]
    cine = np.concatenate([frames[:5], foreign])
    masks = tracked(cine, {0: truth[0], 7: np.zeros_like(truth[0])})
    painted = 2 * torch.from_numpy(truth[:1].astype(np.float32)) * 6 - 6  # what a model would
    for frame in (1, 2, 3):
        assert bool((masks.at(frame, Box(0, 80, 0, 96), (80, 96)).weighed_into(painted) > 0).any())
    for frame in (5, 6, 8, 9):
        assert not bool((masks.at(frame, Box(0, 80, 0, 96), (80, 96)).weighed_into(painted) > 0).any())


def test_a_part_of_the_frame_is_the_part_of_the_whole(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    masks = tracked(frames, {0: truth[0]})
    whole = masks.at(4, Box(0, 80, 0, 96), (80, 96)).logits
    part = masks.at(4, Box(10, 50, 24, 72), (40, 48)).logits
    assert torch.allclose(part, whole[:, 10:50, 24:72], atol=1e-3)


def shifted_frames(picture: np.ndarray, shift: int, count: int) -> np.ndarray:
    """A picture that moves `shift` pixels to the right from frame to frame."""
    return np.stack([np.roll(picture, shift * number, axis=1) for number in range(count)])


@pytest.mark.parametrize("box", [Box(0, 80, 0, 96), Box(16, 64, 24, 72)])
def test_a_neighbours_mask_moves_with_the_frame(beating: tuple[np.ndarray, np.ndarray], box: Box) -> None:
    frames, truth = (shifted_frames(part[0], 3, 4) for part in beating)
    masks = tracked(frames, {0: truth[0]})
    soft = torch.from_numpy(truth[2:3].astype(np.float32))[:, box.top : box.bottom, box.left : box.right]
    moved = masks.moved(soft[None], 3, 2, box)
    assert moved is not None
    right = truth[3, box.top : box.bottom, box.left : box.right]
    found = (moved[0, 0] > 0.5).numpy().astype(np.uint8)
    assert dice_table(found[None], right[None], (1,)).mean() > 0.97
    assert dice_table(soft.numpy().astype(np.uint8), right[None], (1,)).mean() < 0.94
    assert float(moved[0, 1].mean()) > 0.7


def test_the_motion_to_a_frame_that_was_not_followed_is_not_known(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    masks = tracked(frames, {4: truth[4]})
    mask = torch.ones(1, 1, 20, 24)
    assert masks.moved(mask, 6, 5, Box(0, 80, 0, 96)) is not None
    assert masks.moved(mask, 2, 3, Box(0, 80, 0, 96)) is not None
    assert masks.moved(mask, 5, 6, Box(0, 80, 0, 96)) is None


def test_beyond_the_budget_nothing_is_known(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    masks = tracked(frames, {0: truth[0]}, budget=1)
    assert float(masks.likeness[1, 0]) > LEAST  # what fills it is still kept
    assert float(masks.likeness[2:].max()) == 0


def test_motion_that_was_found_is_not_sought_again(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, _ = beating
    motion = CineMotion(InputView(frames, SIDE), CPU)
    motion.follow(Chain(0, range(1, 6)), lambda: None)
    found = [motion.between(frame, 0) for frame in range(1, 6)]
    motion.follow(Chain(0, range(1, 10)), lambda: None)
    assert [motion.between(frame, 0) for frame in range(1, 6)] == found
    assert motion.between(9, 0) is not None
    assert motion.between(9, 3) is None


def test_a_chain_that_goes_on_later_is_the_one_that_went_on_at_once(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, _ = beating
    at_once, later = (CineMotion(InputView(frames, SIDE), CPU) for _ in range(2))
    at_once.follow(Chain(0, range(1, 8)), lambda: None)
    later.follow(Chain(0, range(1, 4)), lambda: None)
    later.follow(Chain(0, range(1, 8)), lambda: None)
    one, other = at_once.between(7, 0), later.between(7, 0)
    assert one is not None and other is not None
    assert float((one.shift.float() - other.shift.float()).abs().max()) < 0.01  # of the frame


def test_where_motion_leads_little_else_is_done(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    found = {}
    for enough in (0.9, 1.0):
        result = Session(frames).segment(
            {0: truth[0]}, preset="balanced", overrides={"enough_followed": enough, "appearance_steps": 2, "size": 96}
        )
        found[enough] = dice_table(result.labels, truth, (1,))[1:].mean()
        assert ("learning" in result.seconds) == (enough == 1.0)
    assert found[0.9] > found[1.0] - 0.01


def test_what_motion_carries_is_handed_out_before_the_network_sees_the_cine(
    beating: tuple[np.ndarray, np.ndarray],
) -> None:
    frames, truth = beating
    events: list[Event] = []
    Session(frames).segment({0: truth[0]}, preset="fast", overrides={"size": 64}, progress=events.append)
    kinds = [event.phase if isinstance(event, Progress) else type(event).__name__ for event in events]
    assert kinds.index("PartialResult") < kinds.index("propagation")
    handed = next(event for event in events if isinstance(event, PartialResult))
    assert list(handed.indices) == list(range(10))
    assert np.array_equal(handed.labels[0], truth[0])
    assert dice_table(handed.labels, truth, (1,))[1:].mean() > 0.93


def test_of_a_cine_that_motion_does_not_lead_through_nothing_is_handed_out_early(
    beating: tuple[np.ndarray, np.ndarray],
) -> None:
    frames, truth = beating
    foreign = frames.copy()
    foreign[4:] = np.random.default_rng(0).integers(0, 255, foreign[4:].shape, dtype=np.uint8)
    events: list[Event] = []
    Session(foreign).segment(
        {0: truth[0]}, preset="fast", overrides={"size": 64, "scenes": False}, progress=events.append
    )
    kinds = [event.phase if isinstance(event, Progress) else type(event).__name__ for event in events]
    assert kinds.index("PartialResult") > kinds.index("propagation")


def test_copies_are_found() -> None:
    frames = np.stack([np.full((16, 16), value, np.uint8) for value in (1, 2, 1, 3, 2, 1)])
    assert copied_frames(frames, {}) == {2: 0, 5: 0, 4: 1}
    assert copied_frames(frames, {2}) == {0: 2, 5: 2, 4: 1}
    assert copied_frames(frames, {0, 2}) == {5: 0, 4: 1}


def test_a_frozen_cine_repeats_its_mark(beating: tuple[np.ndarray, np.ndarray]) -> None:
    frames, truth = beating
    frozen = np.concatenate([frames[:1]] * 3 + [frames[4:5]] * 3)
    result = Session(frozen, device="cpu").segment({1: truth[0]}, preset="fast", overrides={"size": 96})
    assert all(np.array_equal(result.labels[frame], truth[0]) for frame in range(3))
    assert all(np.array_equal(result.labels[frame], result.labels[3]) for frame in range(4, 6))
    assert result.confidence[:3].tolist() == [[1.0]] * 3
