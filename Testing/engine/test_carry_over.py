"""A cine without a mark of its own, segmented from marked frames of others."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.overlap import dice
from rabengine.errors import InputError
from rabengine.presets import get_preset
from rabengine.propagation.input_view import grey_window
from rabengine.study.carry_over import as_picture, carry_over, with_seam
from rabengine.study.descriptors import Describer, best_matching
from rabengine.study.marked_frame import MarkedFrame
from rabengine.synthetic.phantom import beating_ellipse


def marked(frames: np.ndarray, truth: np.ndarray, *numbers: int) -> list[MarkedFrame]:
    window = grey_window(frames)
    return [MarkedFrame(as_picture(frames[number], window), truth[number]) for number in numbers]


def test_marked_frames_of_another_size_and_brightness_segment_a_cine():
    frames, truth = beating_ellipse(5, 64, 64, seed=1)
    other, other_truth = beating_ellipse(5, 96, 80, seed=2)
    supports = marked(other.astype(np.float32) * 3 + 1000, other_truth, 0, 3)
    found = carry_over(frames, supports, preset="fast", device="cpu")
    assert found.labels.shape == (5, 64, 64) and found.confidence.shape == (5, 1)
    assert found.marked_frames == () and 0 <= found.next_frame < 5
    assert dice(found.labels > 0, truth > 0) > 0.7


@pytest.mark.parametrize(("own", "others"), [("grey", "colour"), ("colour", "grey"), ("colour", "colour")])
def test_grey_and_colour_serve_each_other(own, others):
    frames, truth = beating_ellipse(3, 48, 48, seed=1)
    coloured = np.repeat(frames[..., None], 3, axis=3)
    pictures = coloured if others == "colour" else frames
    found = carry_over(
        coloured if own == "colour" else frames, marked(pictures, truth, 0), preset="image", device="cpu"
    )
    assert dice(found.labels > 0, truth > 0) > 0.7


def test_no_motion_is_sought_across_the_seam_and_it_is_found_beyond():
    import torch

    from rabengine.propagation.input_view import InputView
    from rabengine.propagation.propagator import chains
    from rabengine.study.carry_over import SeamedMotion

    frames, _ = beating_ellipse(6, 64, 64, seed=1)
    motion = SeamedMotion(InputView(frames, 64), torch.device("cpu"), seam=2)
    for chain in chains([0, 1], 6):
        motion.follow(chain, lambda: None)
    assert motion.between(2, 1) is None and motion.between(4, 1) is None
    assert all(motion.between(frame, frame - 1) is not None for frame in (3, 4, 5))


def test_a_preset_without_motion_is_left_as_it_is():
    assert with_seam(get_preset("image"), 3) == get_preset("image")
    assert with_seam(get_preset("fast"), 3) != get_preset("fast")


def test_the_same_seed_gives_the_same_labels():
    frames, truth = beating_ellipse(3, 48, 48, seed=1)
    found = [carry_over(frames, marked(frames, truth, 0), preset="fast", device="cpu", seed=3) for _ in range(2)]
    assert (found[0].labels == found[1].labels).all()


def test_marks_without_an_object_serve_nobody():
    frames, truth = beating_ellipse(3, 48, 48, seed=1)
    with pytest.raises(InputError, match="No other cine"):
        carry_over(frames, marked(frames, truth * 0, 0), device="cpu")


def test_the_marked_frames_that_look_most_like_a_cine_are_taken_and_the_best_stands_last():
    shown, _ = beating_ellipse(4, 64, 64, seed=1)
    noise = np.random.default_rng(0).integers(0, 255, (2, 64, 64), np.uint8)
    describer = Describer("cpu")
    own, others = describer.describe(list(shown)), describer.describe([noise[0], shown[1], noise[1], shown[3]])
    assert np.allclose(np.linalg.norm(own, axis=1), 1, atol=1e-4)
    assert sorted(best_matching(own, others, 2)) == [1, 3]
    chosen = best_matching(own, others, 9)
    assert sorted(chosen) == [0, 1, 2, 3] and chosen[-1] in (1, 3)
