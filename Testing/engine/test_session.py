"""The whole engine on cines with exact truth."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from helpers.overlap import dice
from rabengine.errors import Cancelled, InputError
from rabengine.events import Event, PartialResult, Progress
from rabengine.io.files.label_array import new_labels
from rabengine.network.image_model import ImageModel
from rabengine.propagation.feature_store import FeatureStore
from rabengine.propagation.input_view import InputView
from rabengine.session.session import Session
from rabengine.synthetic.phantom import beating_ellipse

QUICK = {"size": 96}
# Every step of the default preset, each as short as it may be.
LEARNING = {
    "size": 64,
    "rounds": 1,
    "lessons": 2,
    "appearance_steps": 3,
    "appearance_warm_steps": 2,
    "enough_followed": 1.0,
}


def segment_dice(labels: np.ndarray, truth: np.ndarray, segment: int = 1) -> float:
    return dice(labels == segment, truth == segment)


def two_cavities(count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Two beating ellipses side by side, labels 2 and 7."""
    left, right = beating_ellipse(count, 96, 96, seed=1), beating_ellipse(count, 96, 96, seed=2)
    labels = np.concatenate([left[1] * 2, right[1] * 7], axis=2).astype(np.uint8)
    return np.concatenate([left[0], right[0]], axis=2), labels


def test_a_speckled_beating_ellipse_comes_back_from_one_mark() -> None:
    frames, truth = beating_ellipse(8, 96, 96, seed=0)
    result = Session(frames).segment({0: truth[0]}, overrides={"size": 96, "appearance_steps": 20})
    assert result.preset == "balanced"
    scores = [segment_dice(result.labels[frame], truth[frame]) for frame in range(1, 8)]
    assert np.mean(scores) >= 0.90
    assert min(scores) >= 0.85


@pytest.mark.parametrize("preset", ["image", "paper", "fast"])
def test_every_other_preset_finds_it_too(preset: str) -> None:
    frames, truth = beating_ellipse(8, 96, 96, seed=4)
    shorter = {"steps": 8, "size": 64} if preset == "paper" else {}
    result = Session(frames).segment({0: truth[0], 4: truth[4]}, preset=preset, overrides={**QUICK, **shorter})
    assert segment_dice(result.labels[1:4], truth[1:4]) > 0.75
    assert result.preset == preset


def test_marked_frames_come_back_exactly_as_drawn() -> None:
    frames, truth = two_cavities()
    odd = np.zeros_like(truth[3])
    odd[5:9, 100:104] = 7  # nothing a model would say
    result = Session(frames).segment({0: truth[0], 3: odd}, preset="fast", overrides=QUICK)
    assert np.array_equal(result.labels[0], truth[0])
    assert np.array_equal(result.labels[3], odd)
    assert result.marked_frames == (0, 3)
    assert (result.confidence[[0, 3]] == 1).all()


def test_several_segments_keep_their_labels() -> None:
    frames, truth = two_cavities()
    result = Session(frames).segment({0: truth[0]}, preset="fast", overrides=QUICK)
    assert result.segments == (2, 7)
    assert set(np.unique(result.labels)) <= {0, 2, 7}
    for segment in (2, 7):
        assert segment_dice(result.labels[1:], truth[1:], segment) > 0.8


def test_a_segment_not_drawn_is_absent_or_unknown_as_asked() -> None:
    frames, truth = two_cavities()
    marks = {0: truth[0], 4: np.where(truth[4] == 2, 2, 0).astype(np.uint8)}
    session = Session(frames)
    absent = session.segment(marks, preset="fast", overrides=QUICK)
    unknown = session.segment(marks, preset="fast", overrides=QUICK, partial=True)
    assert not (absent.labels[4] == 7).any()
    assert segment_dice(unknown.labels[4], truth[4], 7) > 0.7
    assert unknown.confidence[4, 0] == 1
    assert unknown.confidence[4, 1] < 1  # nobody said where segment 7 is on that frame
    assert (absent.confidence[4] == 1).all()
    assert np.array_equal(unknown.labels[4] == 2, truth[4] == 2)


def test_a_segment_declared_absent_is_absent_where_others_are_unknown() -> None:
    frames, truth = two_cavities()
    marks = {0: truth[0], 4: np.where(truth[4] == 2, 2, 0).astype(np.uint8)}
    session = Session(frames)
    declared = session.segment(marks, preset="image", overrides=QUICK, partial=True, absent={4: [7, 99]})
    expected = session.segment(marks, preset="image", overrides=QUICK)  # all that is not drawn is absent
    assert np.array_equal(declared.labels, expected.labels)
    assert np.array_equal(declared.confidence, expected.confidence)
    assert declared.segments == (2, 7)
    assert (declared.confidence[4] == 1).all()
    assert not (declared.labels[4] == 7).any()


def test_an_empty_mark_may_declare_one_segment_absent() -> None:
    frames, truth = two_cavities()
    marks = {0: truth[0], 4: np.zeros_like(truth[4])}
    result = Session(frames).segment(marks, preset="fast", overrides=QUICK, partial=True, absent={4: (2,)})
    assert not (result.labels[4] == 2).any()
    assert segment_dice(result.labels[4], truth[4], 7) > 0.6
    assert result.confidence[4, 0] == 1
    assert result.confidence[4, 1] < 1


@pytest.mark.parametrize(
    ("absent", "named"),
    [
        ({3: [1]}, "frame 3"),
        ({0: [1]}, "Segment 1"),
        ({0: [0]}, "label 0"),
        ({0: [256]}, "label 256"),
        ({0: ["1"]}, "'1'"),
    ],
    ids=["not marked", "drawn", "background", "too large", "text"],
)
def test_what_cannot_be_absent_is_said(absent, named: str) -> None:
    frames, truth = beating_ellipse(4, 64, 64, seed=4)
    with pytest.raises(InputError, match=named) as caught:
        Session(frames).segment({0: truth[0]}, preset="image", partial=True, absent=absent)
    assert caught.value.hint


def test_same_seed_same_labels_and_the_callers_randomness_is_left_alone() -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=5)
    choices = LEARNING
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    results = [Session(frames, seed=3).segment({0: truth[0]}, overrides=choices) for _ in range(2)]
    assert torch.equal(torch.rand(3), expected)
    assert np.array_equal(results[0].labels, results[1].labels)
    assert np.array_equal(results[0].confidence, results[1].confidence)


def test_the_first_propagation_comes_before_learning() -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=5)
    events: list[Event] = []
    choices = LEARNING
    Session(frames).segment({2: truth[2]}, overrides=choices, progress=events.append)
    first = next(i for i, event in enumerate(events) if isinstance(event, PartialResult))
    learning = next(i for i, e in enumerate(events) if isinstance(e, Progress) and e.phase == "learning")
    assert first < learning
    partial = events[first]
    assert isinstance(partial, PartialResult)
    assert list(partial.indices) == list(range(4))
    assert np.array_equal(partial.labels[2], truth[2])
    assert any(isinstance(e, Progress) and e.losses for e in events)
    assert all(e.seconds_left is None or e.seconds_left >= 0 for e in events if isinstance(e, Progress))


@pytest.mark.parametrize("phase", ["propagation", "learning", "prediction"])
def test_cancel_in_every_phase(phase: str) -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=5)
    cancel = threading.Event()

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.phase == phase and event.step >= 1:
            cancel.set()

    with pytest.raises(Cancelled):
        Session(frames).segment({0: truth[0]}, overrides=LEARNING, progress=stop, cancel=cancel)


def test_a_correction_goes_on_from_what_was_learned() -> None:
    frames, truth = beating_ellipse(5, 96, 96, seed=6)
    choices = LEARNING
    session = Session(frames)
    session.segment({0: truth[0]}, overrides=choices)
    events: list[Event] = []
    corrected = session.segment({0: truth[0], 3: truth[3]}, overrides=choices, progress=events.append)
    totals = {e.total for e in events if isinstance(e, Progress) and e.phase == "learning"}
    assert totals == {2}
    assert np.array_equal(corrected.labels[3], truth[3])


def test_what_was_cancelled_half_learned_is_learned_anew() -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=5)
    choices = LEARNING
    session, cancel = Session(frames), threading.Event()

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.phase == "learning" and event.step >= 1:
            cancel.set()

    with pytest.raises(Cancelled):
        session.segment({0: truth[0]}, overrides=choices, progress=stop, cancel=cancel)
    found = session.segment({0: truth[0]}, overrides=choices)
    expected = Session(frames).segment({0: truth[0]}, overrides=choices)
    assert np.array_equal(found.labels, expected.labels)


def test_a_correction_may_bring_another_segment() -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=6)
    choices = LEARNING
    session = Session(frames)
    session.segment({0: truth[0]}, overrides=choices)
    two = truth[0].copy()
    two[:12, :12] = 2
    found = session.segment({0: two}, overrides=choices)
    assert found.segments == (1, 2)
    assert found.confidence.shape == (4, 2)


def test_confidence_is_lower_where_the_picture_is_lost() -> None:
    frames, truth = beating_ellipse(10, 96, 96, seed=7)
    frames = frames.copy()
    frames[7] = np.random.default_rng(0).integers(0, 60, frames[7].shape)
    result = Session(frames).segment({0: truth[0]}, preset="fast", overrides=QUICK)
    assert ((result.confidence >= 0) & (result.confidence <= 1)).all()
    assert result.confidence[7, 0] < result.confidence[1:5, 0].min()
    assert result.next_frame is not None
    assert result.next_frame >= 6


def test_the_device_that_runs_out_of_memory_is_used_with_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """The allocator fails twice, as a GPU's does; the request goes on with the smaller plan and says so."""
    frames, truth = beating_ellipse(6, 96, 96, seed=8)
    real, failures = FeatureStore.image, [torch.OutOfMemoryError("CUDA out of memory"), None]

    def scarce(self: FeatureStore, pixels: torch.Tensor):
        failure = failures.pop(0) if failures else None
        if failure is not None:
            raise failure
        return real(self, pixels)

    monkeypatch.setattr(FeatureStore, "image", scarce)
    result = Session(frames).segment({0: truth[0]}, preset="fast", overrides=QUICK)
    assert segment_dice(result.labels[1:], truth[1:]) > 0.7
    assert len(result.warnings) == 1
    assert "memory" in result.warnings[0]


def test_memory_that_never_suffices_is_an_error_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, truth = beating_ellipse(6, 96, 96, seed=8)

    def none_left(self: FeatureStore, pixels: torch.Tensor):
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(FeatureStore, "image", none_left)
    with pytest.raises(RuntimeError, match="not enough memory"):
        Session(frames).segment({0: truth[0]}, preset="fast", overrides=QUICK)


def test_large_frames_come_back_whole_with_smooth_borders() -> None:
    """No blocks: along the border the outline's direction changes gently, a staircase of stride 4 would not."""
    small, small_truth = beating_ellipse(3, 192, 256, seed=9)
    frames, truth = (a.repeat(4, axis=1).repeat(4, axis=2) for a in (small, small_truth))
    result = Session(frames).segment({0: truth[0]}, preset="fast")
    assert result.labels.shape == (3, 768, 1024)
    assert segment_dice(result.labels[2], truth[2]) > 0.85
    rows = np.flatnonzero((result.labels[2] == 1).any(axis=1))
    left = np.array([np.flatnonzero(result.labels[2][row] == 1)[0] for row in rows[10:-10]])
    steps = np.abs(np.diff(left))
    assert (steps == 0).mean() < 0.97  # blocks of 16 pixels would stand still on 15 rows of 16 ...
    assert np.median(steps[steps > 0]) <= 3  # ... and then jump


def test_a_small_object_gets_a_closer_look() -> None:
    small, small_truth = beating_ellipse(4, 64, 64, seed=10)
    frames = np.full((4, 400, 400), 60, dtype=np.uint8)
    frames += np.random.default_rng(0).integers(0, 20, frames.shape, dtype=np.uint8)
    truth = np.zeros_like(frames)
    frames[:, 280:344, 40:104], truth[:, 280:344, 40:104] = small, small_truth
    result = Session(frames).segment({0: truth[0]}, preset="fast", overrides=QUICK)
    without = Session(frames).segment({0: truth[0]}, preset="fast", overrides={**QUICK, "crop": False})
    assert segment_dice(result.labels[1:], truth[1:]) > 0.7
    assert segment_dice(result.labels[1:], truth[1:]) >= segment_dice(without.labels[1:], truth[1:]) - 0.02


def test_features_beyond_the_budget_are_computed_anew_and_equal(phantom) -> None:
    model = ImageModel().eval()
    view = InputView(phantom.frames, 96)
    roomy, tight = FeatureStore(model, view, torch.device("cpu")), FeatureStore(model, view, torch.device("cpu"), 0)
    for frame in (0, 1, 0):
        for kept, computed in zip(roomy.frame(frame), tight.frame(frame), strict=True):
            assert torch.equal(kept, computed)


def test_long_results_lie_on_disk() -> None:
    labels = new_labels((4, 32, 32), limit=100)
    assert isinstance(labels, np.memmap)
    labels[2, 3, 4] = 9
    assert labels.sum() == 9


@pytest.mark.parametrize(
    "convert",
    [
        lambda f: f.astype(np.float32) * 3 - 100,
        lambda f: f.astype(np.uint16) * 200,
        lambda f: f.astype(np.int16) - 300,
        lambda f: np.repeat(f[..., None], 3, axis=3),
        lambda f: np.where(np.arange(96) < 2, np.nan, f.astype(np.float64)),
    ],
    ids=["float", "16 bit", "signed", "colour", "NaN columns"],
)
def test_other_pixel_types_give_nearly_the_same(convert) -> None:
    frames, truth = beating_ellipse(4, 96, 96, seed=4)
    session = Session(convert(frames))
    assert segment_dice(session.segment({0: truth[0]}, preset="fast", overrides=QUICK).labels[1:], truth[1:]) > 0.75


def test_many_marks_and_all_marks_are_fine() -> None:
    frames, truth = beating_ellipse(7, 96, 96, seed=11)  # of which more are marked than serve a query
    choices = LEARNING
    session = Session(frames)
    most = session.segment({frame: truth[frame] for frame in range(7) if frame != 3}, overrides=choices)
    assert segment_dice(most.labels[3], truth[3]) > 0.85
    assert most.next_frame == 3
    every = session.segment({frame: truth[frame] for frame in range(7)}, overrides=choices)
    assert np.array_equal(every.labels, truth)
    assert every.next_frame is None


def test_a_segment_drawn_on_one_of_many_marks_is_learned_from_that_one() -> None:
    frames, truth = two_cavities(10)
    marks = {frame: np.where(truth[frame] == 2, 2, 0).astype(np.uint8) for frame in range(8)}
    marks[3] = truth[3]
    result = Session(frames).segment(marks, partial=True, overrides={**LEARNING, "supports": 2})
    assert segment_dice(result.labels[9], truth[9], 7) > 0.6
    assert segment_dice(result.labels[5], truth[5], 7) > 0.6


def test_a_mark_outside_the_closer_look_opens_it_again() -> None:
    small, small_truth = beating_ellipse(4, 64, 64, seed=10)
    frames = np.full((4, 400, 400), 60, dtype=np.uint8)
    truth = np.zeros_like(frames)
    frames[:, 280:344, 40:104], truth[:, 280:344, 40:104] = small, small_truth
    session = Session(frames)
    session.segment({0: truth[0]}, preset="fast", overrides=QUICK)
    moved = truth[2].copy()
    moved[20:60, 300:340] = 1
    result = session.segment({0: truth[0], 2: moved}, preset="fast", overrides=QUICK)
    assert np.array_equal(result.labels[2], moved)
