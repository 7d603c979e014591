"""Training on a small set of generated pictures: it learns, resumes, runs on two processes, and checks its input."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from helpers.processes import PATIENCE_SECONDS, start_python
from helpers.warm_start import python_for_modules
from rabengine.adaptation.appearance import AppearanceModel, Example, Examples
from rabengine.errors import EngineError, InputError
from rabengine.network.image_model import ImageModel
from rabengine.network.weights import load_weights, save_weights
from rabengine.propagation.input_view import InputView
from rabengine.synthetic.phantom import beating_ellipse
from rabengine.training import lessons as lessons_of_training
from rabengine.training import sources, trainer, validation
from rabengine.training.episodes import EpisodeDataset
from rabengine.training.learning_curve import draw_learning_curve
from rabengine.training.lessons import learn_lesson
from rabengine.training.options import TrainingOptions
from rabengine.training.trainer import average_decay, schedule, train

pytestmark = pytest.mark.usefixtures("sets_read_once")

LESSONS = 4
SIZE = 64  # pixels of the views, the least that training takes


@pytest.fixture(scope="module", autouse=True)
def few_validation_batches() -> Iterator[None]:
    """One for each figure: validation would take longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "BATCHES", 1)
        patch.setattr(validation, "KIND_BATCHES", 1)
        yield


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two sets, ten phantom pictures each."""
    root = tmp_path_factory.mktemp("images")
    for number in range(2):
        folder = root / f"set{number}"
        (folder / "images").mkdir(parents=True)
        (folder / "masks").mkdir()
        frames, truth = beating_ellipse(10, 72, 80, seed=number)
        for i in range(10):
            sitk.WriteImage(sitk.GetImageFromArray(frames[i]), str(folder / "images" / f"{i:02d}.png"))
            sitk.WriteImage(sitk.GetImageFromArray(truth[i]), str(folder / "masks" / f"{i:02d}.png"))
    return root


def options(images: Path, folder: Path, **changes: object) -> TrainingOptions:
    values = {"steps": 4, "lessons": 0, "batch": 1, "size": SIZE, "validate_every": 2}
    values |= {"initial": "random", "synthetic_share": 0.0, "sketches": 0}
    return TrainingOptions((images,), folder / "weights.pt", folder / "run", **{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole run; tests that write take a copy."""
    folder = tmp_path_factory.mktemp("trained")
    train(options(images, folder))
    return folder


def test_a_run_writes_weights_history_and_curve(trained: Path) -> None:
    weights = load_weights(trained / "weights.pt")
    assert weights.card["steps done"] == 4
    assert set(weights.card["sets"]) == {"set0", "set1"}  # type: ignore[call-overload]
    history = json.loads((trained / "run" / "history.json").read_text())
    assert [entry["step"] for entry in history] == [0, 2, 4]
    assert (trained / "run" / "learning_curve.png").read_bytes().startswith(b"\x89PNG")
    assert (trained / "weights.pt").stat().st_size < 25e6


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(images: Path, trained: Path, tmp_path: Path) -> None:

    class Interrupted(Exception):
        pass

    seen = []

    def interrupt(self: EpisodeDataset, step: int):
        seen.append(step)
        if step == 3 and len(seen) == 4:
            raise Interrupted
        return original(self, step)

    original = EpisodeDataset.__getitem__
    with pytest.MonkeyPatch.context() as patch:
        seen.extend([])
        patch.setattr(EpisodeDataset, "__getitem__", _only_training(interrupt, original))
        with pytest.raises(Interrupted):
            train(options(images, tmp_path))
    train(options(images, tmp_path, resume=True))
    one, two = (load_weights(folder / "weights.pt").state for folder in (trained, tmp_path))
    assert all(torch.equal(one[name], two[name]) for name in one)


def _only_training(replacement, original):
    def choose(self: EpisodeDataset, step: int):
        return original(self, step) if self.validation else replacement(self, step)

    return choose


def test_resuming_with_other_settings_is_refused(images: Path, trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    with pytest.raises(InputError, match="other settings"):
        train(options(images, copy, resume=True, batch=3))


def test_resuming_from_nothing_is_refused(images: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        train(options(images, tmp_path, resume=True))


# The command with less to make, to learn and to validate with.
SMALL_COMMAND = """
from rabengine.cli.main import console_entry
from rabengine.training import episodes, lessons, validation

episodes.SYNTHETIC_PICTURES, lessons.STEPS, validation.BATCHES, validation.KIND_BATCHES = 8, 2, 1, 1
console_entry()
"""


def test_two_processes_train_one_model(images: Path, tmp_path: Path) -> None:
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["--no-python", python_for_modules(), "-c", SMALL_COMMAND]
    command += ["train", "--images", str(images), "-o", str(tmp_path / "weights.pt")]
    command += ["--steps", "2", "--lessons", "1", "--batch", "1", "--size", str(SIZE), "--init-weights", "random"]
    command += ["--device", "cpu", "--sketches", "0"]
    with start_python(*command) as run:
        _, said = run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == 0, said
    assert load_weights(tmp_path / "weights.pt").card["processes"] == 2


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: None, "does not exist"),
        (lambda folder: folder.mkdir(), "holds no images/"),
        (lambda folder: ((folder / "images").mkdir(parents=True), (folder / "masks").mkdir()), "holds 0 images"),
    ],
)
def test_folders_that_cannot_be_used(prepare, message: str, tmp_path: Path) -> None:
    prepare(tmp_path / "set")
    with pytest.raises(InputError, match=message):
        train(options(tmp_path / "set", tmp_path))


def test_an_image_without_mask_is_named(images: Path, tmp_path: Path) -> None:
    copy = tmp_path / "set"
    for part in ("images", "masks"):
        (copy / part).mkdir(parents=True)
        for path in sorted((images / "set0" / part).iterdir()):
            (copy / part / path.name).write_bytes(path.read_bytes())
    (copy / "masks" / "03.png").unlink()
    with pytest.raises(InputError, match=r"03\.png has no mask"):
        train(options(copy, tmp_path))


def test_held_out_images_are_never_trained_on(images: Path) -> None:
    loaded = sources.load_set(images / "set0", 0.3, seed=0)
    training, validation = ({image.name for image in part} for part in (loaded.training, loaded.validation))
    assert len(validation) == 3
    assert not training & validation
    assert len(training | validation) == 10


def test_an_episode_depends_on_seed_and_number_alone(images: Path, tmp_path: Path) -> None:
    sets = [sources.load_set(images / "set0", 0.3, seed=0)]
    one, two = (EpisodeDataset(sets, options(images, tmp_path)) for _ in range(2))
    first = one[5]
    one[6]
    assert torch.equal(first.chain, two[5].chain)
    assert first.chain.shape != two[6].chain.shape or not torch.equal(first.chain, two[6].chain)


def test_warped_copies_show_the_object_and_pairs_show_another_picture(images: Path, tmp_path: Path) -> None:
    sets = [sources.load_set(images / "set0", 0.3, seed=0)]
    copies = EpisodeDataset(sets, options(images, tmp_path, pair_share=0.0, region_share=0.0, batch=16))[0]
    shown = copies.query_mask.flatten(1).amax(dim=1) > 0.5
    assert shown.float().mean() > 0.6
    assert np.isin(copies.has_priors.unique().numpy(), [0, 1]).all()
    assert float(copies.chain.min()) >= 0
    assert float(copies.chain.max()) <= 1


def test_pictures_on_which_nothing_is_labelled_teach_nothing(images: Path, tmp_path: Path) -> None:
    loaded = sources.load_set(images / "set0", 0.3, seed=0)
    bare = [replace(one, labels=torch.zeros_like(one.labels)) for one in loaded.training[1:]]
    mixed = replace(loaded, training=(*bare, loaded.training[0]))
    pairs = EpisodeDataset([mixed], options(images, tmp_path, pair_share=1.0, batch=8))[0]
    assert bool((pairs.support_mask.flatten(2).amax(dim=2) > 0.5).all())
    assert EpisodeDataset([replace(loaded, training=tuple(bare))], options(images, tmp_path)).sets == []


def test_a_set_that_came_later_has_a_shorter_curve(tmp_path: Path) -> None:
    entries = [
        {"step": step, "loss": 0.5, "scores": {name: {"dice": 0.7, "iou": 0.6} for name in names}}
        for step, names in ((1, "a"), (2, "ab"))
    ]
    draw_learning_curve(entries, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("clip_share", [0.0, 1.0])
def test_the_chain_leads_to_the_query_in_small_steps(images: Path, tmp_path: Path, clip_share: float) -> None:
    sets = [sources.load_set(images / "set0", 0.3, seed=0)]
    shares = {"pair_share": 0.0, "region_share": 0.0, "clip_share": clip_share, "batch": 8}
    episodes = EpisodeDataset(sets, options(images, tmp_path, **shares))
    batches = [episodes[number] for number in range(6)]
    assert {batch.chain.shape[1] for batch in batches} > {2}
    near = torch.cat([(batch.chain[:, -1] - batch.chain[:, -2]).abs().mean(dim=(1, 2, 3)) for batch in batches])
    far = torch.cat([(batch.chain[:, -1] - batch.support[:, 0]).abs().mean(dim=(1, 2, 3)) for batch in batches])
    assert near.median() < far.median()


def test_training_sees_several_sizes_and_validation_one(images: Path, tmp_path: Path) -> None:
    sets = [sources.load_set(images / "set0", 0.3, seed=0)]
    seen = {EpisodeDataset(sets, options(images, tmp_path))[number].chain.shape[-1] for number in range(8)}
    assert len(seen) > 1
    assert all(side % 16 == 0 for side in seen)
    held = {EpisodeDataset(sets, options(images, tmp_path), validation=True)[n].chain.shape[-1] for n in range(8)}
    assert held == {SIZE}


def test_long_absences_leave_many_a_query_without_its_object(images: Path, tmp_path: Path) -> None:
    sets = [sources.load_set(images / "set0", 0.3, seed=0)]
    shares = {"pair_share": 0.0, "region_share": 0.0, "clip_share": 1.0, "batch": 8}
    episodes = EpisodeDataset(sets, options(images, tmp_path, **shares))
    empty = torch.cat([episodes[n].query_mask.flatten(1).amax(dim=1) < 0.5 for n in range(6)]).float().mean()
    assert 0.02 < empty < 0.5
    assert all(bool((episodes[n].support_mask[:, 0].flatten(1).amax(dim=1) > 0.5).all()) for n in range(3))


def test_a_run_goes_on_from_weights(images: Path, trained: Path, tmp_path: Path) -> None:
    start = trained / "weights.pt"
    train(options(images, tmp_path, start=start, steps=1, learning_rate=0.0, validate_every=0))
    before, after = load_weights(start), load_weights(tmp_path / "weights.pt")
    assert after.card["start"] == "weights.pt"
    for name, value in before.state.items():
        torch.testing.assert_close(after.state[name], value, atol=1e-3, rtol=1e-2)


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped weights, with a beginning at random."""
    path = tmp_path_factory.mktemp("untaught") / "weights.pt"
    shipped = load_weights()
    model = shipped.build()
    torch.manual_seed(1)
    model.beginning = ImageModel(shipped.backbone, shipped.width).beginning
    save_weights(path, model, {})
    return path


@pytest.fixture(scope="module")
def taught(images: Path, untaught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights after some lessons."""
    folder = tmp_path_factory.mktemp("taught")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons_of_training, "STEPS", 12)  # of 24: half of the time
        train(options(images, folder, start=untaught, steps=0, lessons=LESSONS))
    return folder / "weights.pt"


def test_after_lessons_few_steps_on_a_cine_are_enough(untaught: Path, taught: Path) -> None:
    frames, truth = beating_ellipse(10, 72, 80, seed=5)
    view = InputView(frames, 80)
    mask = view.mask(truth[0] > 0)
    example = Example(view.frame(0)[0], torch.stack([1 - mask, mask]), torch.ones(1, dtype=torch.bool))
    scores = []
    for weights in (untaught, taught):
        model = AppearanceModel(load_weights(weights).build(), 1, torch.device("cpu"), seed=0)
        model.learn(Examples([example], []), 10, lambda _: None)
        logits = model.logits(view, lambda: None)
        found = torch.stack([view.paste(one.float())[0] for one in logits]).numpy() > 0
        scores.append(2 * (found & (truth > 0)).sum() / (found.sum() + (truth > 0).sum()))
    print("SCORES", scores)
    assert scores[1] > scores[0] + 0.05, scores


def test_lessons_change_nothing_but_what_learning_begins_with(untaught: Path, taught: Path) -> None:
    before, after = load_weights(untaught), load_weights(taught)
    assert after.card["lessons done"] == LESSONS
    changed = {name for name, value in before.state.items() if not torch.equal(value, after.state[name])}
    assert changed == {name for name in before.state if name.startswith("beginning.")}


def test_interrupted_lessons_go_on(
    images: Path, untaught: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORTED_LESSONS", 2)
    monkeypatch.setattr(lessons_of_training, "STEPS", 2)  # what they teach is looked at above
    whole, halved = (
        options(images, tmp_path_factory.mktemp(name), start=untaught, steps=0, lessons=LESSONS)
        for name in ("whole", "halved")
    )
    train(whole)
    lessons = iter(range(LESSONS))

    def interrupted(*arguments: Any) -> float:
        if next(lessons) == 3:
            raise KeyboardInterrupt
        return learn_lesson(*arguments)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(trainer, "learn_lesson", interrupted)
        train(halved)
    train(replace(halved, resume=True))
    one, other = (load_weights(run.output).state for run in (whole, halved))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_run_without_validation_writes_no_checkpoint_of_its_lessons_either(
    images: Path, untaught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons_of_training, "STEPS", 2)
    train(options(images, tmp_path, start=untaught, steps=0, lessons=1, validate_every=0))
    assert load_weights(tmp_path / "weights.pt").card["lessons done"] == 1
    assert list((tmp_path / "run").iterdir()) == []


def test_a_run_that_has_lost_its_way_ends_and_keeps_its_checkpoint(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CHECKED_STEPS", 4)
    lost = options(images, tmp_path, steps=8, validate_every=3, learning_rate=1e30)
    with pytest.raises(EngineError, match="At step 4 the loss is no number any more"):
        train(lost)
    assert not (tmp_path / "weights.pt").exists()
    assert (tmp_path / "run" / "checkpoint.pt").is_file()


def test_the_average_of_a_short_run_forgets_its_beginning() -> None:
    for steps in (40, 650, 4500):
        assert average_decay(steps) ** steps < 0.0005
    assert average_decay(100_000) == 0.998


def test_the_rate_rises_then_falls() -> None:
    rates = [schedule(step, 1000) for step in range(1000)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[-1] < 0.02


def test_a_pretrained_backbone_learns_only_when_told_and_slowly(images: Path, trained: Path, tmp_path: Path) -> None:
    begun = load_weights(trained / "weights.pt").state
    far = {}
    for rate in (0.0, 0.1, 1.0):
        folder = tmp_path / str(rate)
        folder.mkdir()
        train(options(images, folder, start=trained / "weights.pt", backbone_rate=rate, steps=2, validate_every=0))
        state = load_weights(folder / "weights.pt").state
        names = [name for name in begun if name.startswith("backbone.")]
        far[rate] = sum(float((state[name].float() - begun[name].float()).abs().sum()) for name in names)
    assert far[0.0] == 0
    assert 0 < far[0.1] < 0.5 * far[1.0]


def test_long_chains_come_in_their_share(images: Path, tmp_path: Path) -> None:
    loaded = [sources.load_set(images / "set0", 0.2, 0)]
    for share, expected in ((0.0, {2, 3, 4}), (1.0, {5, 6, 7, 8})):
        episodes = EpisodeDataset(loaded, options(images, tmp_path, long_share=share, batch=1, steps=24))
        assert {episodes[number].chain.shape[1] for number in range(24)} == expected
