"""The equations of phase 2 on small tensors worked out by hand."""

from __future__ import annotations

import pytest
import torch

from rabengine.adaptation.relearning import feature_consistency, prediction_consistency, temporal_consistency
from rabengine.network.losses import mask_loss, soft_dice_loss


def test_temporal_consistency_of_three_frames() -> None:
    frames = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]).reshape(3, 2, 1, 1)
    # cos(f1, f2) = cos(f2, f3) = 1/sqrt(2); 1 - (2 / sqrt(2)) / 3
    assert temporal_consistency(frames).item() == pytest.approx(1 - 2 / 2**0.5 / 3)


def test_temporal_consistency_of_equal_frames_is_one_over_their_number() -> None:
    assert temporal_consistency(torch.ones(4, 2, 3, 3)).item() == pytest.approx(1 / 4)


def test_feature_consistency_averages_over_frames_and_features() -> None:
    original = torch.zeros(2, 3, 1, 2)
    relearned = torch.zeros(2, 3, 1, 2)
    relearned[0, 0, 0, 0], relearned[1, 2, 0, 1] = 3.0, 1.0
    # (9 + 1) / (2 frames * 6 features)
    assert feature_consistency(relearned, original).item() == pytest.approx(10 / 12)


def test_prediction_consistency_averages_over_frames() -> None:
    original = torch.tensor([0.0, 1.0, 0.5, 0.5]).reshape(2, 1, 1, 2)
    relearned = torch.tensor([1.0, 1.0, 0.5, 0.0]).reshape(2, 1, 1, 2)
    # frame 1: (1 + 0) / 2; frame 2: (0 + 0.25) / 2; mean over frames
    assert prediction_consistency(relearned, original).item() == pytest.approx((0.5 + 0.125) / 2)


def test_soft_dice_of_half_an_overlap() -> None:
    truth, predicted = torch.zeros(1, 1, 100, 100), torch.zeros(1, 1, 100, 100)
    truth[..., :50] = 1
    predicted[..., 25:75] = 1
    # overlap 2500 of 5000 and 5000, slack 5: 1 - 5005 / 10005
    assert soft_dice_loss(predicted, truth).item() == pytest.approx(1 - 5005 / 10005)


def test_mask_loss_brings_logits_to_the_size_of_the_truth() -> None:
    truth = torch.zeros(1, 1, 32, 32)
    truth[..., :16] = 1
    right = torch.zeros(1, 2, 8, 8)
    right[:, 0, :, 4:], right[:, 1, :, :4] = 9.0, 9.0
    assert float(mask_loss(right, truth)) < 0.2 < float(mask_loss(-right, truth))
