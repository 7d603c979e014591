"""`rabsegment synthesize`: diverse cines from pictures that training never saw, and one sentence for bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from helpers.processes import assert_one_sentence, run_command
from rabengine.errors import InputError
from rabengine.evaluation.videos import SYNTHETIC, find_videos, read_video
from rabengine.io.image_sets import load_set
from rabengine.synthetic.composition import choose_view, compose, label_map
from rabengine.synthetic.options import SetOptions
from rabengine.synthetic.shapes import synthetic_pool
from rabengine.synthetic.stills import Still, Stills
from rabengine.synthetic.synthesize import synthesize
from rabengine.synthetic.themes import THEMES

pytestmark = pytest.mark.usefixtures("sets_read_once")


def write_set(folder: Path, labels: tuple[int, ...], seed: int, count: int = 12) -> Path:
    """Grainy pictures with one dark disc for each label."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:80, 0:100]
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        truth = np.zeros((80, 100), np.uint8)
        for index, label in enumerate(labels):
            centre = generator.uniform(28, 52), generator.uniform(25, 35) + 40 * index
            truth[(rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < generator.uniform(8, 13) ** 2] = label
        picture = 130 - 70 * (truth > 0) + generator.normal(0, 15, truth.shape)
        name = f"{number:02d}.png"
        sitk.WriteImage(sitk.GetImageFromArray(picture.clip(0, 255).astype(np.uint8)), str(folder / "images" / name))
        sitk.WriteImage(sitk.GetImageFromArray(truth), str(folder / "masks" / name))
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets; the second has two objects, labelled 2 and 5."""
    root = tmp_path_factory.mktemp("stills")
    write_set(root / "one", (1,), 1)
    write_set(root / "two", (2, 5), 2)
    return root


def small(folder: Path, target: Path, **changes: Any) -> SetOptions:
    return replace(SetOptions((folder,), target, count=len(THEMES), frames=16, size=64), **changes)


def descriptions(folder: Path) -> list[dict[str, Any]]:
    return [json.loads((cine / "cine.json").read_text()) for cine in sorted(folder.iterdir())]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_writes_labelled_cines(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "cines"
    count = len(THEMES)
    done = run_command(
        "synthesize", "--images", images, "-o", out, "--count", count, "--frames", 16, "--size", 64, "--seed", 3
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == count == len(find_videos([out]))
    assert [path.name for path in tmp_path.iterdir()] == ["cines"]  # nothing beside it is left over
    for video, facts in zip(find_videos([out]), descriptions(out), strict=True):
        assert video.kind == facts["kind"] == SYNTHETIC
        assert sorted(path.name for path in video.folder.iterdir()) == ["cine.json", "images", "masks"]
        read = read_video(video.folder, None, None)
        assert read.frames.shape[:3] == read.truth.shape == (16, 64, 64)
        assert read.frames.dtype == read.truth.dtype == np.uint8
        assert set(read.objects) <= set(facts["labels"])
        assert facts["focus"] in read.objects
        assert (facts["seed"], facts["split"], facts["split_seed"]) == (3, "validation", 0)


def test_a_set_shows_everything_and_says_so(images: Path, tmp_path: Path) -> None:
    synthesize(small(images, tmp_path / "cines"), lambda line: None)
    for facts, theme in zip(descriptions(tmp_path / "cines"), THEMES, strict=True):
        assert facts["shows"] == theme.name
        assert theme.name in facts["moves"]
        cine = next((tmp_path / "cines").glob(f"*-{theme.name}-*"))
        truth = read_video(cine, [facts["focus"]], None).truth
        seen = (truth > 0).any(axis=(1, 2))
        assert seen.mean() >= 0.4
        assert not seen[facts["absent_frames"]].any()
        assert theme.loses_object <= bool((~seen).any())
        assert (theme.name == "absence") == bool(facts["absent_frames"])
        assert (theme.name == "jumps") == bool(facts["jump_frames"])
    assert {facts["set"] for facts in descriptions(tmp_path / "cines")} == {"one", "two", "shapes"}


def test_held_out_pictures_alone_unless_told_otherwise(images: Path, tmp_path: Path) -> None:
    for split in ("validation", "training"):
        synthesize(small(images, tmp_path / split, split=split, kind="stills", count=3, frames=8), lambda line: None)
        for facts in descriptions(tmp_path / split):
            loaded = load_set(images / facts["set"], 0.1, seed=0)
            held, seen = ({image.name for image in part} for part in (loaded.validation, loaded.training))
            assert facts["picture"] in (held if split == "validation" else seen)
            assert facts["picture"] not in (seen if split == "validation" else held)


def test_the_split_is_that_of_the_training_it_is_told_of(images: Path, tmp_path: Path) -> None:
    options = small(images, tmp_path, kind="stills", validation_share=0.3, split_seed=7)
    stills, generator = Stills(options), torch.Generator().manual_seed(0)
    drawn = {still.name for _ in range(60) if (still := stills.draw(0, (0,), generator)) is not None}
    assert drawn == {image.name for image in load_set(images / "one", 0.3, seed=7).validation}


def test_shapes_need_no_images_and_are_not_those_of_training(tmp_path: Path) -> None:
    options = SetOptions((), tmp_path / "cines", count=2, frames=8, size=48, kind="shapes")
    synthesize(options, lambda line: None)
    assert {facts["set"] for facts in descriptions(tmp_path / "cines")} == {"shapes"}
    pool = synthetic_pool(6, seed=0)
    still = Stills(options).draw(0, (0, 0, 0, 0), torch.Generator())
    assert still is not None
    assert not any(torch.equal((still.pixels * 255).to(torch.uint8), image.pixels) for image in pool)


def test_the_seed_decides_every_byte(images: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 4), ("two", 4), ("other", 5)):
        synthesize(small(images, tmp_path / name, count=2, frames=8, seed=seed), lambda line: None)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one") != content(tmp_path / "other")


def test_fewer_cines_are_the_first_of_more(images: Path, tmp_path: Path) -> None:
    for name, count in (("few", 1), ("more", 3)):
        synthesize(small(images, tmp_path / name, count=count, frames=8), lambda line: None)
    few, more = content(tmp_path / "few"), content(tmp_path / "more")
    assert few == {name: more[name] for name in few}


def test_earlier_cines_are_replaced_and_nothing_else(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "cines"
    options = small(images, out, frames=8)
    synthesize(replace(options, count=2), lambda line: None)
    synthesize(replace(options, count=1), lambda line: None)
    assert len(list(out.iterdir())) == 1
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds other files \(notes\.txt\)"):
        synthesize(options, lambda line: None)
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": ()}, "--images is missing"),
        ({"images": (Path("nowhere"),)}, "nowhere does not exist"),
        ({"frames": 3}, "--frames 3 is too few"),
        ({"size": 5}, "--size 5 is not between"),
        ({"output": Path("nowhere/cines")}, "does not exist"),
    ],
)
def test_what_cannot_be_made(changes: dict[str, Any], message: str, images: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        synthesize(small(images, tmp_path / "cines", **changes), lambda line: None)
    assert not list(tmp_path.iterdir())


def test_the_command_says_in_one_sentence_what_is_wrong(images: Path, tmp_path: Path) -> None:
    (images / "one" / "masks" / "03.png").rename(tmp_path / "03.png")
    try:
        done = run_command("synthesize", "--images", images, "-o", tmp_path / "cines")
    finally:
        (tmp_path / "03.png").rename(images / "one" / "masks" / "03.png")
    assert done.returncode == 2
    assert_one_sentence(done.stderr)
    assert "03.png has no mask" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_none_is_bad_input(images: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "broken", (1,), 3, count=4)
    (folder / "images" / "02.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"02\.png cannot be read"):
        synthesize(small(folder, tmp_path / "cines"), lambda line: None)
    assert capfd.readouterr().err == ""


def test_stills_that_cannot_show_a_theme_are_named_as_the_cause(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "empty", (), 3, count=4)
    with pytest.raises(InputError, match="None of the stills can show beating"):
        synthesize(small(folder, tmp_path / "cines", kind="stills"), lambda line: None)
    assert not (tmp_path / "cines").exists()


def test_what_must_lose_its_object_does(images: Path, tmp_path: Path) -> None:
    stills = Stills(small(images, tmp_path))
    for number in [number for number, theme in enumerate(THEMES) if theme.loses_object]:
        for seed in range(5):
            cine = compose(stills, number, 12, 32, seed)
            focus = cine.still.labels[cine.plan.source.focus]
            truth = np.concatenate([labels for _frames, labels, _absent in cine.blocks()])
            seen = (truth == focus).any(axis=(1, 2))
            assert seen.any() and not seen.all()


def test_a_pixel_has_the_label_of_the_strongest_mask_above_a_half() -> None:
    masks = torch.tensor([[[0.4, 0.6, 0.55, 0.0]], [[0.3, 0.2, 0.9, 0.51]]])[None]
    assert label_map(masks, (2, 5)).tolist() == [[[0, 2, 5, 5]]]


def test_themes_and_sets_meet_in_turn(images: Path, tmp_path: Path) -> None:
    stills = Stills(small(images, tmp_path))
    origins = [compose(stills, number, 8, 32, seed=1).still.origin for number in (0, 1, 2, 3, 21)]
    # Three sets and seven themes: after 21 cines the first theme takes the second set.
    assert origins == ["one", "two", "shapes", "one", "two"]


@pytest.mark.parametrize("shape", [(60, 120), (120, 60), (80, 80)])
def test_a_view_has_square_pixels_and_stays_in_the_picture(shape: tuple[int, int]) -> None:
    mask = torch.zeros(1, *shape)
    mask[:, 5:15, 40:50] = 1
    still = Still(torch.zeros(3, *shape), (1,), mask, "set", "picture")
    for seed in range(5):
        view = choose_view(still, 32, (0.5, 1.0), torch.Generator().manual_seed(seed))
        height, width = shape
        across, down = float(view[0, 1, 0] - view[0, 0, 0]) * width, float(view[1, 0, 1] - view[0, 0, 1]) * height
        assert across == pytest.approx(down, rel=1e-4)
        assert float(view.abs().max()) <= 1
