"""Training of the prompt model: the bank of pictures, the views, a short run, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator

from helpers.labelled_videos import write_video
from helpers.processes import PATIENCE_SECONDS, start_python
from rabengine.errors import InputError
from rabengine.network.prompt_model import PromptModel
from rabengine.network.prompt_weights import load_prompt_model, prompt_card, save_prompt_weights
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training import prompt_trainer, prompt_validation
from rabengine.training.options import TrainingOptions
from rabengine.training.picture_bank import LABELS, PIECES, PictureBank, components
from rabengine.training.prompt_choices import ObjectDraw
from rabengine.training.prompt_options import PromptTrainingOptions
from rabengine.training.prompt_trainer import initial_prompt_model, pace, train_prompt
from rabengine.training.prompt_views import cut_views, relight_batch, whole_views
from rabengine.training.sources import TrainingSources, load_sources

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of pictures, in `images`, and three videos of one kind, in `videos`."""
    root = tmp_path_factory.mktemp("data")
    for number, name in enumerate(("images/one", "videos/eye-1", "videos/eye-2", "videos/eye-3")):
        write_video(root / name, *beating_ellipse(8, 64, 72, seed=number))
    return root


@pytest.fixture(scope="module")
def sources(data: Path) -> TrainingSources:
    folders = {"videos": (data / "videos",), "sketches": 0}
    return load_sources(TrainingOptions((data / "images",), data / "w.pt", data / "run", **folders))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bank(sources: TrainingSources) -> PictureBank:
    made = PictureBank(CPU)
    made.add_images("one", sources.images[0].training)
    made.add_videos("eye", sources.videos[0].training)
    made.settle()
    return made


def test_pieces_are_connected_and_of_one_label() -> None:
    labels = torch.zeros(2, 20, 20, dtype=torch.uint8)
    labels[0, 2:8, 2:8], labels[0, 2:8, 8:12], labels[0, 12:18, 4:10] = 1, 2, 1
    labels[1, 1:19, 3], labels[1, 18, 3:17], labels[1, 1:19, 17] = 1, 1, 1  # a long bent line
    pieces = components(labels)
    assert [len(torch.unique(part[part > 0])) for part in pieces] == [3, 1]
    assert torch.equal(pieces > 0, labels > 0)
    assert not set(pieces[0].unique().tolist()) & set(pieces[1].unique().tolist()) - {0}


def test_the_bank_knows_the_objects_of_each_picture(bank: PictureBank, sources: TrainingSources) -> None:
    assert len(bank.pixels) == len(sources.images[0].training) + sum(len(v) for v in sources.videos[0].training)
    still, video = bank.sets
    assert all(len(group) == 1 for group in still.groups)
    assert [len(group) for group in video.groups] == [8, 8]
    picture = still.groups[0][0]
    assert picture.objects[LABELS] == (1,) and picture.objects[PIECES] == (1,)
    drawn = sources.images[0].training[0].labels
    kept = bank.maps[picture.number, LABELS]
    assert torch.equal(kept[: drawn.shape[0], : drawn.shape[1]], drawn)


def test_an_object_elsewhere_is_the_same_one_on_another_frame(bank: PictureBank) -> None:
    here, elsewhere = ObjectDraw(bank, {"one": 0.0}, kinds=(LABELS,)).draw(24, np.random.default_rng(0))
    assert (here.pictures != elsewhere.pictures).all()
    assert torch.equal(here.values, elsewhere.values)
    groups = [{p.number for p in group} for group in bank.sets[1].groups]
    for ours, theirs in zip(here.pictures.tolist(), elsewhere.pictures.tolist(), strict=True):
        assert any(ours in group and theirs in group for group in groups)


def test_views_show_the_object_at_all_sizes(bank: PictureBank) -> None:
    choice, _ = ObjectDraw(bank, {}, kinds=(LABELS,)).draw(48, np.random.default_rng(1))
    pixels, mask = cut_views(bank, choice, 64, Generator().manual_seed(0))
    assert pixels.shape == (48, 3, 64, 64) and mask.shape == (48, 1, 64, 64)
    share = mask.mean(dim=(1, 2, 3))
    assert (share > 0).float().mean() > 0.9
    assert share.max() > 4 * share[share > 0].min()


def test_the_same_seed_cuts_the_same_views(bank: PictureBank) -> None:
    choice, _ = ObjectDraw(bank, {}).draw(4, np.random.default_rng(1))
    first, second = (cut_views(bank, choice, 64, Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])
    lit = [relight_batch(first[0], Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*lit)
    assert lit[0].min() >= 0 and lit[0].max() <= 1


def test_whole_views_are_upright(bank: PictureBank, sources: TrainingSources) -> None:
    choice, _ = ObjectDraw(bank, {"eye": 0.0}, kinds=(LABELS,)).draw(1, np.random.default_rng(0))
    _, mask = whole_views(bank, choice, 72)
    drawn = bank.maps[choice.pictures[0], LABELS][:64, :72] == 1
    seen = mask[0, 0, 4:68] > 0  # of the square view, above and below is nothing
    assert (seen ^ drawn).float().mean() < 0.01


@pytest.fixture(scope="module")
def trained(sources: TrainingSources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("trained") / "prompt.pt"
    train_prompt(
        sources,
        PromptTrainingOptions(output, seconds=1e6, steps=2, batch=2, size=64, synthetic=2, device="cpu"),
    )
    return output


def test_a_run_writes_weights_that_say_what_they_were_trained_on(trained: Path) -> None:
    card = prompt_card(trained)
    assert card["steps done"] == 2
    assert set(card["sets"]) == {"one", "eye"}  # type: ignore[call-overload]
    assert card["synthetic"] == 2
    assert trained.stat().st_size < 15e6
    assert load_prompt_model(trained.with_suffix(".raw.pt")).backbone.name == "efficientnet-lite2"


@pytest.mark.parametrize(("share", "scored"), [(1.0, 4), (1e-12, 2)])
def test_what_is_held_out_is_scored_no_more_often_than_it_has_time_for(
    sources: TrainingSources,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    share: float,
    scored: int,
) -> None:
    monkeypatch.setattr(prompt_trainer, "VALIDATION_SHARE", share)
    monkeypatch.setattr(prompt_validation, "OBJECTS", 1)
    few = PromptTrainingOptions(
        tmp_path / "prompt.pt", seconds=1e6, steps=3, batch=1, size=64, synthetic=1, device="cpu"
    )
    train_prompt(sources, replace(few, save_every=0))
    assert capsys.readouterr().out.count("IoU after clicks, one") == scored


def test_training_begins_with_the_image_models_backbone_and_changes_it_slowly(trained: Path) -> None:
    from rabengine.network.weights import load_weights

    before, after = load_weights().build().backbone.state_dict(), load_prompt_model(trained).backbone.state_dict()
    change = max(float((before[name] - after[name]).abs().max()) for name in before)
    assert 0 < change < 0.01


def test_training_goes_on_from_the_weights_of_a_prompt_model(trained: Path) -> None:
    begun = initial_prompt_model(PromptTrainingOptions(trained, start=trained))
    expected = load_prompt_model(trained).state_dict()
    assert begun.training
    assert all(torch.equal(value, expected[name]) for name, value in begun.state_dict().items())


def test_the_pace_follows_the_clock() -> None:
    paces = [pace(done) for done in (0.0, 0.03, 0.5, 1.0)]
    assert paces[0] < 0.1 and paces[1] == pytest.approx(1) and 0.3 < paces[2] < 0.7 and paces[3] < 0.02


# The command with fewer pictures to make, and fewer objects to validate with.
SMALL_COMMAND = """
from rabengine.cli.main import console_entry
from rabengine.training import drawn_pictures, prompt_validation

drawn_pictures._Drawn.__len__ = lambda _: 2
prompt_validation.OBJECTS = 4
console_entry()
"""


def test_the_command_trains_it(data: Path, tmp_path: Path) -> None:
    words = ["train", "--model", "prompt", "--images", data / "images", "-o", tmp_path / "p.pt", "--steps", "1"]
    with start_python(
        "-c", SMALL_COMMAND, *words, "--batch", "2", "--size", "64", "--device", "cpu", "--sketches", "0"
    ) as run:
        said, complaint = run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == 0, complaint
    assert "IoU after clicks" in said
    assert prompt_card(tmp_path / "p.pt")["steps done"] == 1


def test_a_size_that_the_network_cannot_take_is_refused(sources: TrainingSources, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="100"):
        train_prompt(sources, PromptTrainingOptions(tmp_path / "p.pt", size=100))
    assert list(tmp_path.iterdir()) == []


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = PromptModel().half().float().eval()
    save_prompt_weights(tmp_path / "p.pt", model, {"note": 1})
    loaded = load_prompt_model(tmp_path / "p.pt")
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in loaded.state_dict().items())


def test_weights_of_the_image_model_are_no_prompt_weights() -> None:
    from rabengine.network.weights import default_path

    with pytest.raises(InputError, match="no weights of a prompt model"):
        load_prompt_model(default_path())
