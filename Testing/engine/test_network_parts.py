"""The parts of the image model, against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from rabengine.network.features import Features
from rabengine.network.fusion import PRIOR_CHANNELS, CrossResolutionFusion, GiraffeNeck, Head, column_links, pseudo_mask
from rabengine.network.image_model import ImageModel, Neighbour
from rabengine.network.matching import LEARNED_CHANNELS, matching_memory, memory_maps, neighbour_vote
from rabengine.network.temporal_attention import TemporalAttention, TemporalAttentionUnit


def test_pseudo_mask_is_the_cosine_with_the_object_stretched_to_zero_and_one() -> None:
    query = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]).T.reshape(1, 2, 1, 3)
    support = torch.tensor([[3.0, 0.0], [0.0, 1.0]]).T.reshape(1, 1, 2, 1, 2)
    inside = torch.tensor([True, False]).reshape(1, 1, 1, 2)
    # Cosines with the object's only location (3, 0): 1, 1/sqrt(2), 0; they already span 0 to 1.
    expected = torch.tensor([1.0, 0.5**0.5, 0.0]).reshape(1, 1, 1, 3)
    torch.testing.assert_close(pseudo_mask(query, support, inside), expected, atol=1e-5, rtol=0)


def test_pseudo_mask_takes_the_best_of_several_supports() -> None:
    query = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]).T.reshape(1, 2, 1, 3)
    support = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]]).reshape(1, 2, 2, 1, 1)
    inside = torch.ones(1, 2, 1, 1, dtype=torch.bool)
    # Best cosines: 1 (first support), 1 (second), 0 (second).
    torch.testing.assert_close(
        pseudo_mask(query, support, inside).flatten(), torch.tensor([1.0, 1.0, 0.0]), atol=1e-5, rtol=0
    )


def test_pseudo_mask_without_any_object_is_zero() -> None:
    nothing = torch.zeros(1, 1, 2, 2, dtype=torch.bool)
    assert pseudo_mask(torch.rand(1, 4, 2, 2), torch.rand(1, 1, 4, 2, 2), nothing).abs().max() == 0


def descriptors(learned: list[list[float]], plain: list[list[float]]) -> torch.Tensor:
    """(N, K) descriptors from the first channels of both parts."""
    rows = torch.zeros(len(learned), LEARNED_CHANNELS + 2)
    rows[:, :2], rows[:, LEARNED_CHANNELS:] = torch.tensor(learned), torch.tensor(plain)
    return rows


def test_memory_maps_keep_absolute_similarity_and_vote() -> None:
    keys = descriptors([[0.6, 0.8], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])
    memory = matching_memory(keys[None], torch.tensor([[1.0, 0.0]]))
    query = descriptors([[1.0, 0.0]], [[1.0, 0.0]]).T.reshape(1, -1, 1, 1)
    maps = memory_maps(query, memory, torch.tensor([1.0, 2.0])).flatten()
    learned_vote = torch.sigmoid(torch.tensor(0.6)).item()
    # Less their mean (0.5, 0.5) the plain descriptors of object and background are opposite, and the query's is the
    # object's: cosines 1 and -1, by location as by mean.
    plain_vote = torch.sigmoid(torch.tensor(4.0)).item()
    expected = [0.6, 0.0, learned_vote, 1.0, -1.0, plain_vote, 1.0, -1.0]
    assert maps.tolist() == pytest.approx(expected, abs=1e-5)


def test_memory_maps_are_the_same_whatever_is_compared_at_once() -> None:
    torch.manual_seed(0)
    keys, labels = torch.randn(1, 50, LEARNED_CHANNELS + 6), torch.rand(1, 50)
    query, sharpness = torch.randn(1, LEARNED_CHANNELS + 6, 12, 11), torch.tensor([3.0, 5.0])
    memory = matching_memory(keys, labels)
    whole = memory_maps(query, memory, sharpness)  # with gradients, all at once
    with torch.no_grad():
        torch.testing.assert_close(memory_maps(query, memory, sharpness), whole, atol=1e-5, rtol=1e-5)


def test_a_memory_without_object_says_so() -> None:
    keys = torch.randn(1, 5, LEARNED_CHANNELS + 2) / 20  # cosines stay within -1 and 1
    memory = matching_memory(keys, torch.zeros(1, 5))
    maps = memory_maps(torch.randn(1, LEARNED_CHANNELS + 2, 2, 2) / 20, memory, torch.ones(2))
    assert (maps[:, [0, 3]] == -1).all()
    assert (maps[:, [2, 5, 6]] == 0).all()


def test_neighbour_vote_prefers_the_near_one_among_equals() -> None:
    """All descriptors are equal, so only distance decides: the mask is carried along where it was."""
    same = torch.ones(1, 1, 1, 9)
    mask = torch.zeros(1, 1, 1, 9)
    mask[..., 0] = 1
    vote = neighbour_vote(same, same, mask, torch.tensor(1.0)).flatten()
    assert vote[0] > 0.6
    assert bool((vote[:-1] >= vote[1:]).all())
    assert vote[8] < 1e-3


def test_fusion_without_priors_is_one_convolution_over_the_concatenation() -> None:
    torch.manual_seed(0)
    fusion = CrossResolutionFusion((2, 3, 4), width=5)
    query = Features(torch.rand(1, 2, 8, 8), torch.rand(1, 3, 4, 4), torch.rand(1, 4, 2, 2))
    support = Features(torch.rand(1, 2, 8, 8), torch.rand(1, 3, 4, 4), torch.rand(1, 4, 2, 2))
    guess = torch.rand(1, 1, 2, 2)
    fused = fusion(guess, query, support, None)
    raised = torch.nn.functional.interpolate(guess, size=(8, 8), mode="bilinear", align_corners=False)
    expected = fusion.paper[0](torch.cat([raised, query[0], support[0]], dim=1))
    torch.testing.assert_close(fused[0], expected)
    zeros = fusion(guess, query, support, torch.zeros(1, PRIOR_CHANNELS, 4, 4))
    torch.testing.assert_close(zeros[0], fused[0])


def test_the_neck_links_as_giraffedet_does() -> None:
    neck = GiraffeNeck(width=8, inputs=3, extra=1, columns=3)
    assert column_links(5) == [4, 3, 1]
    assert neck.sources(1, 3) == [(0, 3)]  # coarsest of column 1 (coarse to fine): the backbone's map only
    assert neck.sources(1, 2) == [(0, 2), (1, 3)]
    assert neck.sources(2, 0) == [(1, 0), (1, 1)]  # finest of column 2 (fine to coarse)
    assert neck.sources(3, 1) == [(2, 1), (1, 1), (2, 0), (2, 2), (3, 2)]


def test_the_neck_keeps_the_sizes_and_adds_a_coarser_level() -> None:
    neck = GiraffeNeck(width=8)
    maps = [torch.rand(2, 8, n, n + 4) for n in (16, 8, 4)]
    maps[1], maps[2] = torch.rand(2, 8, 8, 10), torch.rand(2, 8, 4, 5)
    assert [tuple(m.shape[-2:]) for m in neck(maps)] == [(16, 20), (8, 10), (4, 5), (2, 3)]


def test_the_head_is_a_three_by_three_then_a_one_by_one_convolution_to_two_classes() -> None:
    head = Head(8)
    assert head.context.kernel_size == (3, 3)
    assert head.classify.kernel_size == (1, 1)
    assert head(torch.rand(1, 8, 5, 6)).shape == (1, 2, 5, 6)


def test_temporal_attention_is_statical_times_dynamical_times_input() -> None:
    attention = TemporalAttention(4)
    for parameter in attention.parameters():
        torch.nn.init.zeros_(parameter)
    attention.mix.bias.data.fill_(3.0)  # SA = 3 everywhere; DA = sigmoid(0) = 1/2
    x = torch.rand(1, 4, 6, 6)
    torch.testing.assert_close(attention(x), 1.5 * x)


def test_the_unit_starts_almost_as_the_identity_and_mixes_frames() -> None:
    torch.manual_seed(0)
    unit = TemporalAttentionUnit(frames=3, width=8).eval()
    x = torch.randn(1, 3, 8, 12, 12)
    assert (unit(x) - x).abs().mean() < 0.05 * x.abs().mean()
    other = x.clone()
    other[:, 2] = torch.randn(1, 8, 12, 12)
    assert (unit(other) - unit(x))[:, 0].abs().max() > 1e-4  # the last frame is felt in the first


def test_the_unit_refuses_another_number_of_frames() -> None:
    with pytest.raises(ValueError, match="3 frames"):
        TemporalAttentionUnit(frames=3, width=8)(torch.rand(1, 2, 8, 12, 12))


def test_a_support_without_the_object_leaves_the_object_features_alone() -> None:
    torch.manual_seed(0)
    model = ImageModel().eval()
    pixels, mask = torch.rand(2, 3, 64, 64), torch.zeros(1, 2, 64, 64)
    mask[0, 0, 16:48, 16:48] = 1
    with torch.no_grad():
        both = model.remember(model.encode(pixels), model.encode(pixels * mask[0][:, None]), mask)
        one = model.remember(model.encode(pixels[:1]), model.encode(pixels[:1] * mask[0, :1, None]), mask[:, :1])
    torch.testing.assert_close(both.features.stride8, one.features.stride8, atol=1e-4, rtol=1e-4)
    # But its locations are remembered as background.
    assert both.matching.labels.shape[1] == 2 * one.matching.labels.shape[1]
    assert not both.inside[0, 1].any()


def test_an_absent_neighbour_changes_nothing() -> None:
    torch.manual_seed(0)
    model = ImageModel().eval()
    pixels, mask = torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    with torch.no_grad():
        features = model.encode(pixels)
        memory = model.remember(features, features, mask)
        keys = model.key_projection(features)
        absent = Neighbour(keys, torch.ones(1, 1, 16, 16), torch.zeros(1, 1, 1, 1))
        torch.testing.assert_close(model.priors(keys, memory, absent), model.priors(keys, memory, None))
