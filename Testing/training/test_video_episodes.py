"""Episodes of real videos: which frames they take, what they show, and that they follow from seed and number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Generator

from rabengine.io.video_sets import TrainingVideo, VideoSet
from rabengine.training import video_episodes
from rabengine.training.episode_batch import EpisodeBatch, EpisodeShape
from rabengine.training.episodes import EpisodeDataset
from rabengine.training.options import TrainingOptions
from rabengine.training.video_episodes import video_episode

COUNT, SIDE = 40, 48
GONE = slice(30, 36)  # frames in which label 2 is away
SHAPE = EpisodeShape(64, 2, 3)


def video(name: str = "a-1", value: int = 0) -> TrainingVideo:
    """Frame n has the brightness n + value everywhere, label 1 in the middle and label 2 below it but for a while."""
    pixels = (torch.arange(COUNT, dtype=torch.uint8) + value).view(-1, 1, 1, 1).expand(-1, 3, SIDE, SIDE).contiguous()
    labels = torch.zeros(COUNT, SIDE, SIDE, dtype=torch.uint8)
    labels[:, 8:24, 12:36] = 1
    labels[:, 24:40, 12:36] = 2
    labels[GONE][labels[GONE] == 2] = 0
    areas = torch.stack([(labels == value).float().mean(dim=(1, 2)) for value in (1, 2)], dim=1)
    return TrainingVideo(name, pixels, labels, torch.tensor([1, 2]), areas)


@pytest.fixture()
def as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other light, so that a frame's brightness is its number; and nothing happens to the chain."""
    monkeypatch.setattr(video_episodes, "colour_character", lambda pixels, generator: pixels)
    monkeypatch.setattr(video_episodes, "relight", lambda pixels, generator: pixels)
    monkeypatch.setattr(video_episodes, "CHANGES", ())


def episodes(count: int, shape: EpisodeShape = SHAPE, draw_foreign=lambda generator: None):
    return [
        video_episode(video(), shape, (True, True), Generator().manual_seed(seed), draw_foreign)
        for seed in range(count)
    ]


def numbers(frames: torch.Tensor) -> list[int]:
    return [round(float(value)) for value in frames.flatten(1).amax(dim=1) * 255]


@pytest.mark.usefixtures("as_they_are")
def test_chains_are_neighbours_or_skip_a_little_in_both_directions() -> None:
    steps, distances = set(), []
    for episode in episodes(150):
        chain, supports = numbers(episode.chain), numbers(episode.support)
        step = chain[1] - chain[0]
        assert chain[2] - chain[1] == step
        steps.add(step)
        distances += [abs(support - chain[-1]) for support in supports]
    assert steps == {-3, -2, -1, 1, 2, 3}
    assert min(distances) <= 1 and max(distances) > 25


@pytest.mark.usefixtures("as_they_are")
def test_masks_are_those_of_the_frames_and_of_one_object() -> None:
    absent, shown = 0, set()
    for episode in episodes(120):
        assert bool((episode.support_mask.flatten(1).amax(dim=1) > 0.5).all())
        query = numbers(episode.chain)[-1]
        if float(episode.query_mask.max()) < 0.5:
            absent += 1
            continue
        shown.add(query in range(GONE.start, GONE.stop))
    assert 3 < absent < 60
    assert shown == {True, False}  # label 1 stays when label 2 is away


def test_a_short_video_is_walked_to_its_ends() -> None:
    long = video()
    short = TrainingVideo("a-2", long.pixels[:4], long.labels[:4], long.values, long.areas[:4])
    for seed in range(40):
        generator = Generator().manual_seed(seed)
        episode = video_episode(short, EpisodeShape(64, 3, 4), (True, True), generator, lambda generator: None)
        assert episode.chain.shape == (4, 3, 64, 64) and episode.support.shape == (3, 3, 64, 64)


def test_a_scene_may_be_cut_to_frames_without_the_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_episodes, "CHANGES", ((video_episodes.ChainChange.CUT, 1.0),))
    cut = episodes(20, draw_foreign=lambda generator: torch.zeros(3, 3, 64, 64))
    assert all(float(episode.query_mask.max()) == 0 for episode in cut)
    whole = episodes(20)  # nothing to cut to
    assert any(float(episode.query_mask.max()) > 0.5 for episode in whole)


def dataset(**changes: object) -> EpisodeDataset:
    values = {"steps": 9, "batch": 3, "size": 64, "synthetic_share": 0.0, "video_share": 1.0, **changes}
    options = TrainingOptions((), Path("w"), Path("c"), **values)  # type: ignore[arg-type]
    kinds = [VideoSet("a", (video(),), ()), VideoSet("b", (video("b-1", 200),), (video("b-2", 100),))]
    return EpisodeDataset([], options, videos=kinds, validation=bool(changes.get("seed")))


def same(one: EpisodeBatch, two: EpisodeBatch) -> bool:
    return all(torch.equal(getattr(one, name), getattr(two, name)) for name in ("support", "chain", "prior_mask"))


def test_an_episode_of_a_video_depends_on_seed_and_number_alone() -> None:
    one, two = dataset(), dataset()
    first = one[5]
    one[6]
    assert same(first, two[5])
    assert not same(first, two[6])


def test_validation_takes_whole_videos_that_training_does_not() -> None:
    assert [(name, [v.name for v in part]) for name, part in dataset(seed=1).videos] == [("b", ["b-2"])]
    assert [(name, [v.name for v in part]) for name, part in dataset().videos] == [("a", ["a-1"]), ("b", ["b-1"])]


@pytest.mark.usefixtures("as_they_are")
def test_shares_weigh_kinds_against_each_other() -> None:
    def bright(shares: tuple[tuple[str, float], ...]) -> float:
        batches = [dataset(shares=shares, batch=20)[number] for number in range(3)]
        values = torch.cat([batch.support[:, 0].flatten(1).amax(dim=1) for batch in batches])
        return float((values > 0.5).float().mean())

    assert bright((("a", 0.0),)) == 1.0
    assert 0.3 < bright(()) < 0.7
    assert bright((("b", 9.0),)) > 0.75
