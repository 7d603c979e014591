"""Synthetic clips: the truth is exact, motion is continuous, absence is absence, and all follows from the seed."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, random_view
from rabengine.synthetic.background import fill_object
from rabengine.synthetic.clip import clip
from rabengine.synthetic.clip_source import make_source
from rabengine.synthetic.light import Grain, GrainSource, Light
from rabengine.synthetic.paths import BeatPath
from rabengine.synthetic.plan import plan_clip
from rabengine.synthetic.render import Clip, render, render_blocks
from rabengine.synthetic.settings import ClipSettings

CHANCES = ("beat", "slide", "rock", "drift", "jump", "leave", "vanish")
RECIPES = ("section", "elsewhere", "look_alike", "strand")
LIGHT_CHANCES = ("grain", "gain", "shadow", "scope_light", "blur", "field", "black_border")
NOTHING = ClipSettings(**dict.fromkeys((*CHANCES, *LIGHT_CHANCES), 0.0))
DARK, BRIGHT = 0.2, 0.8


def only(*names: str, **changes: object) -> ClipSettings:
    """Settings with which nothing but these happens, and these always do."""
    return replace(NOTHING, **dict.fromkeys(names, 1.0), **changes)


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def ellipse(side: int = 96, radius: float = 0.35) -> Tensor:
    """(1, side, side) mask beside the middle."""
    grid = base_grid(side, side)
    return (((grid[..., 0] - 0.1) / radius) ** 2 + ((grid[..., 1] + 0.05) / (0.8 * radius)) ** 2 < 1).float()[None]


def flat_still(side: int = 96) -> tuple[Tensor, Tensor]:
    """A bright ellipse on dark ground, (3, side, side) and (1, side, side)."""
    mask = ellipse(side)
    return (DARK + (BRIGHT - DARK) * mask).expand(3, -1, -1), mask


def dice(one: Tensor, other: Tensor) -> float:
    one, other = one > 0.5, other > 0.5
    return 2 * float((one & other).sum()) / max(1.0, float(one.sum() + other.sum()))


def make(settings: ClipSettings, seed: int, length: int = 20, **changes: object) -> Clip:
    return clip(*flat_still(), 64, seeded(seed), length, settings=settings, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(6))
def test_pixels_and_truth_move_alike(seed: int) -> None:
    settings = only("beat", "slide", "rock", "drift", "jump", "leave")
    made = clip(*flat_still(), random_view(64, seeded(seed)), seeded(seed), 20, settings=settings)
    # The picture is a straight function of the mask, and so must every frame be.
    assert torch.allclose(made.frames[:, :1], DARK + (BRIGHT - DARK) * made.masks, atol=1e-4)
    assert not torch.allclose(made.masks[0], made.masks[10], atol=0.1)


def test_truth_does_not_depend_on_light() -> None:
    made = make(only("beat", "rock", "grain", "gain", "shadow", "blur"), 3)
    dark = render(replace(made.plan, light=Light(None, None, None, None, None, None)), torch.arange(20.0))
    assert torch.equal(made.masks, dark.masks)
    assert not torch.allclose(made.frames, dark.frames, atol=0.05)


def test_a_still_field_of_view_hides_pixels_and_truth_alike() -> None:
    everything = torch.ones(1, 96, 96)
    made = clip(0.5 * everything.expand(3, -1, -1), everything, 64, seeded(4), 3, settings=only("field", "rock"))
    inside = made.plan.light.field.factor(64)
    assert 0 < float(inside.mean()) < 1
    assert torch.allclose(made.masks, inside.expand_as(made.masks), atol=1e-4)
    assert torch.allclose(made.frames, 0.5 * inside.expand_as(made.frames), atol=1e-4)


def test_the_seed_decides_all() -> None:
    one, two, other = (make(ClipSettings(), seed) for seed in (5, 5, 6))
    assert torch.equal(one.frames, two.frames)
    assert torch.equal(one.masks, two.masks)
    assert not torch.equal(one.masks, other.masks)


def test_a_frame_is_the_same_in_any_order_and_company() -> None:
    plan = make(only("beat", "slide", "rock", "drift", "jump", "leave", "gain", "shadow", "blur"), 7).plan
    whole, some = render(plan, torch.arange(20.0)), render(plan, torch.tensor([12.0, 3.0]))
    assert torch.allclose(whole.masks[[12, 3]], some.masks, atol=1e-4)
    assert torch.allclose(whole.frames[[12, 3]], some.frames, atol=1e-4)


def test_pace_and_times_reach_further_into_the_same_motion() -> None:
    settings = only("beat", "slide", "rock", "drift")
    fast = make(settings, 8, length=4, pace=5.0)
    slow = make(settings, 8, length=16)
    chosen = make(settings, 8, times=torch.tensor([15.0, 0.0, 5.0]))
    assert torch.allclose(fast.masks, slow.masks[::5], atol=1e-4)
    assert torch.allclose(chosen.masks, slow.masks[[15, 0, 5]], atol=1e-4)
    assert dice(fast.masks[0], fast.masks[1]) < dice(slow.masks[0], slow.masks[1])


@pytest.mark.parametrize("kind", ["beat", "slide", "rock", "drift"])
def test_neighbours_are_alike_and_distant_frames_less_so(kind: str) -> None:
    near, far = [], []
    for seed in range(6):
        # Periods from 40 frames on: ten frames later is somewhere else.
        slow = {f"{kind}_period": (40.0, 60.0)}
        masks = make(only(kind, **slow), seed, length=30).masks
        near += [dice(masks[t], masks[t + 1]) for t in range(20)]
        far += [dice(masks[t], masks[t + 10]) for t in range(20)]
    assert min(near) > 0.85
    assert sum(far) / len(far) < sum(near) / len(near) - 0.005


def test_a_jump_is_sudden_and_where_the_plan_says() -> None:
    falls = []
    for seed in range(8):
        made = make(only("jump"), seed)
        cuts = {int(torch.ceil(cut)) for cut in made.plan.motion.rock.cut_times}
        for t in range(19):
            alike = dice(made.masks[t], made.masks[t + 1])
            if t + 1 in cuts:
                falls.append(1 - alike)
            else:
                assert alike > 0.999
    assert sum(falls) / len(falls) > 0.1


def test_a_jump_leads_to_another_moment_of_the_motion() -> None:
    here = {"jump_turn": 0.0, "jump_shift": 0.0, "jump_zoom": 0.0}
    made = make(only("beat", "jump", beat_period=(40.0, 40.0), beat_contraction=(0.6, 0.8), **here), 2)
    changes = (made.masks.diff(dim=0).abs()).mean(dim=(1, 2, 3))
    cuts = {int(torch.ceil(cut)) for cut in made.plan.motion.rock.cut_times}
    assert int(changes.argmax()) + 1 in cuts
    assert float(changes.max()) > 3 * float(changes.median())


def test_nothing_folds() -> None:
    settings = only("beat", "rock", "drift", beat_contraction=(0.8, 0.8), drift_bend=(0.02, 0.02))
    for seed in range(10):
        source = make_source(*flat_still(), 64, seeded(seed))
        grids = plan_clip(seeded(seed), settings, source, 40).motion.grids(
            source.view, source.view_centre, source.view_axes, torch.arange(40.0)
        )
        right, down = (grids[:, :-1, 1:] - grids[:, :-1, :-1]), (grids[:, 1:, :-1] - grids[:, :-1, :-1])
        assert float((right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]).min()) > 0


def test_layers_slide_apart_across_a_curve() -> None:
    strongest = []
    for seed in range(6):
        plan = make(only("slide", slide_shift=(0.05, 0.05)), seed).plan
        x, y = plan.source.view[None].unbind(dim=-1)
        for at_rest, place in zip(
            replace(plan.motion.slide, shift=0.0).apply(x, y, torch.zeros(1)), (x, y), strict=True
        ):
            assert torch.allclose(at_rest, place, atol=1e-5)
        grids = plan.motion.grids(plan.source.view, torch.zeros(2), torch.eye(2), torch.arange(40.0))
        # Pixels of the view between where neighbours look; they are one apart at rest.
        steps = torch.cat([grids.diff(dim=1).flatten(1, 2), grids.diff(dim=2).flatten(1, 2)], dim=1).norm(dim=-1) * 32
        strongest.append(float(steps.max()))
        assert float(steps.median()) == pytest.approx(1, abs=0.2)
    assert min(strongest) > 1.1 and sum(strongest) / 6 > 2


def test_a_beat_contracts_faster_than_it_relaxes() -> None:
    sizes = BeatPath(period=20, start=0.0, systole=0.3).at(torch.arange(21.0))
    assert int(sizes.argmax()) == 6
    assert sizes[0] == sizes[20] == 0
    assert float(sizes[3]) == float(sizes[13]) == pytest.approx(0.5, abs=1e-5)  # half-way there and half-way back
    assert bool((sizes[:6].diff() > 0).all()) and bool((sizes[6:].diff() < 0).all())


def textured_still(seed: int) -> tuple[Tensor, Tensor]:
    """A dark ellipse in bright tissue, both grainy."""
    grain = F.avg_pool2d(torch.randn(1, 1, 100, 100, generator=seeded(seed)), 5, 1)[0]
    mask = ellipse(radius=0.25)
    return (BRIGHT - (BRIGHT - DARK) * mask + 0.2 * grain).clamp(0, 1).expand(3, -1, -1), mask


@pytest.mark.parametrize("seed", range(4))
def test_where_the_object_is_absent_there_is_background(seed: int) -> None:
    still = textured_still(seed)
    made = clip(*still, 96, seeded(seed), 30, settings=only("vanish"))
    assert 2 <= int(made.absent.sum()) <= 15
    assert float(made.masks[made.absent].max()) == 0
    assert bool((made.masks[~made.absent].flatten(1).amax(dim=1) > 0.5).all())
    place, around = still[1][0] > 0.5, still[1][0] < 0.5
    absent = made.frames[made.absent][:, 0]
    assert float(absent[:, place].mean()) == pytest.approx(float(absent[:, around].mean()), abs=0.05)
    # As grainy as its surroundings: the place is not painted over with one brightness.
    assert float(absent[:, place].std()) == pytest.approx(float(absent[:, around].std()), rel=0.6)


def test_background_goes_on_under_the_object_without_a_seam() -> None:
    mask = ellipse(radius=0.3)
    # Nowhere else is it as bright as round the object, so a patch alone would not do.
    distance = (base_grid(96, 96) - torch.tensor([0.1, -0.05])).square().sum(dim=-1)
    ramp = (0.75 - 0.3 * distance).clamp(min=0.1).expand(3, -1, -1)
    for seed in range(4):
        source = make_source(torch.where(mask > 0.5, 0.95, ramp), mask, 96, seeded(seed))
        filled = fill_object(source, seeded(seed))
        assert filled is not None
        assert float((filled.pixels - ramp[0]).abs().max()) < 0.12
        assert float((filled.pixels - ramp[0]).abs().mean()) < 0.01
        assert float(filled.masks.max()) == 0


def test_an_object_that_goes_gradually_shrinks_before() -> None:
    made = clip(*textured_still(0), 96, seeded(2), 40, settings=only("vanish", vanish_gradual=1.0, away=(0.2, 0.2)))
    areas = (made.masks > 0.5).float().mean(dim=(1, 2, 3))
    first = int(made.absent.nonzero()[0])
    assert float(areas[first - 1]) < 0.5 * float(areas.max())
    assert bool((areas[:first].diff() <= 0).all())


def test_an_object_that_fills_the_still_cannot_be_taken_out() -> None:
    pixels = torch.full((3, 64, 64), 0.5)
    source = make_source(pixels, torch.ones(1, 64, 64), 64, seeded(0))
    assert fill_object(source, seeded(0)) is None
    assert "absence" not in plan_clip(seeded(0), only("vanish"), source, 20).happenings


def test_the_object_leaves_the_view_and_comes_back() -> None:
    for seed in range(5):
        made = clip(*flat_still(), base_grid(64, 64) * 0.6, seeded(seed), 40, settings=only("leave"))
        seen = (made.masks > 0.5).flatten(1).any(dim=1)
        assert not bool(made.absent.any())  # it is there, only out of sight
        assert bool(seen[0]) and bool(seen[-1]) and not bool(seen.all())


def test_speckle_decorrelates_with_time_and_has_the_strength_asked_for() -> None:
    pixels = torch.full((3, 96, 96), 0.4)
    settings = only("grain", grain_strength=(0.2, 0.2), grain_memory=(5.0, 5.0), grain_bound=(0.0, 0.0))
    frames = clip(pixels, ellipse(), 96, seeded(1), 30, settings=settings).frames[:, 0].flatten(1)
    correlation = torch.corrcoef(frames)
    for lag in (1, 5, 15):
        assert float(correlation.diagonal(lag).mean()) == pytest.approx(2.718 ** (-lag / 5), abs=0.06)
    assert float(frames.std() / frames.mean()) == pytest.approx(0.2, rel=0.1)


def test_speckle_that_is_bound_to_tissue_moves_with_it() -> None:
    flat = torch.full((3, 96, 96), 0.4)
    forgetful = {"grain_strength": (0.2, 0.2), "grain_memory": (0.1, 0.1), "grain_spread": (5.0, 5.0)}
    changes = {}
    for bound in (0.0, 1.0):
        settings = only("grain", "rock", **forgetful, grain_bound=(bound, bound), rock_turn=(0.0, 0.0))
        plan = clip(flat, ellipse(), 96, seeded(1), 2, settings=settings).plan
        # Whole pixels to the right and down: noise that was carried along is found there again.
        still = replace(plan.motion.rock, strengths=torch.zeros(4), cut_times=torch.tensor([1.0]))
        moved = replace(still, cut_offsets=torch.tensor([[0.0, 0, 0, 0], [0, 0, 6 / 48, 4 / 48]]))
        motion = replace(plan.motion, rock=moved, cut_leaps=torch.zeros(2))
        one, two = render(replace(plan, motion=motion), torch.tensor([0.0, 1.0])).frames[:, 0]
        changes[bound] = float((one[4:, 6:] - two[:-4, :-6]).abs().mean())
    assert changes[1.0] < 0.001 < 0.05 < changes[0.0]


def test_blocks_continue_each_other() -> None:
    plan = make(
        only("rock", "grain", grain_strength=(0.2, 0.2), grain_memory=(8.0, 8.0), grain_bound=(0.0, 0.0)), 2
    ).plan
    times = torch.arange(12.0)
    blocks = list(render_blocks(plan, times, 4))
    assert [len(block.frames) for block in blocks] == [4, 4, 4]
    assert torch.allclose(torch.cat([block.masks for block in blocks]), render(plan, times).masks, atol=1e-4)
    source = GrainSource(Grain(0.2, 8.0, 0.0, (1, 3), 5), (8, 8), 64)
    noise = torch.cat([source.factor(part, torch.zeros(len(part), 1, 64, 64)) for part in times.split(4)])
    steps = torch.corrcoef(noise.flatten(1)).diagonal(1)
    assert torch.allclose(steps, torch.full((11,), 2.718 ** (-1 / 8)), atol=0.05)


def test_only_pictures_in_colour_get_a_scopes_light() -> None:
    pixels, mask = flat_still()
    coloured = pixels * torch.tensor([0.9, 0.5, 0.4])[:, None, None]
    assert "scope light" not in clip(pixels, mask, 64, seeded(0), 3, settings=only("scope_light")).plan.happenings
    lit = clip(coloured, mask, 64, seeded(0), 12, settings=only("scope_light"))
    assert "scope light" in lit.plan.happenings
    assert float(lit.frames.amin(dim=1).max()) > 0.95  # a highlight is white on whatever colour
    grey = clip(pixels, mask, 64, seeded(0), 3)
    assert torch.equal(grey.frames[:, 0], grey.frames[:, 2])


def test_other_objects_stay_when_one_is_absent() -> None:
    pixels, mask = textured_still(1)
    other = torch.zeros_like(mask)
    other[:, 70:85, 8:20] = 1
    for seed in range(6):
        made = clip(pixels, torch.cat([mask, other]), 96, seeded(seed), 30, settings=only("vanish"))
        if not bool(made.absent.any()):
            continue
        focus = made.plan.source.focus
        areas = (made.masks[made.absent] > 0.5).flatten(2).any(dim=2).any(dim=0)
        assert not bool(areas[focus]) and bool(areas[1 - focus])
        sizes = (made.masks[:, 1 - focus] > 0.5).float().sum(dim=(1, 2))
        assert float(sizes.min()) >= 0.9 * float(sizes.max())  # nor does it shrink with the other


@pytest.mark.parametrize("seed", range(4))
def test_everything_at_once_stays_in_range(seed: int) -> None:
    pixels = torch.rand(3, 70, 110, generator=seeded(seed))
    masks = torch.zeros(3, 70, 110)  # the first is empty
    masks[1, 20:40, 20:50], masks[2, 50, 60] = 1, 1
    chosen = RECIPES[seed % len(RECIPES)]
    everything = replace(ClipSettings(), **dict.fromkeys((*CHANCES, *LIGHT_CHANCES, chosen), 1.0))
    made = clip(pixels, masks, random_view(48, seeded(seed)), seeded(seed), 6, pace=3.0, settings=everything)
    assert made.frames.shape == (6, 3, 48, 48) and made.masks.shape == (6, 3, 48, 48)
    for values in (made.frames, made.masks):
        assert bool(values.isfinite().all()) and float(values.min()) >= 0 and float(values.max()) <= 1
    assert made.plan.source.focus in (1, 2)


def test_a_still_without_any_object_is_still_moved() -> None:
    pixels, mask = flat_still()
    made = clip(pixels, torch.zeros_like(mask), 48, seeded(0), 4, settings=only("beat", "rock", "leave"))
    assert float(made.masks.max()) == 0
    assert bool(made.frames.isfinite().all())


def test_every_chance_is_known_to_the_tests() -> None:
    chances = {f.name for f in fields(ClipSettings) if isinstance(f.default, float)}
    strengths = {"beat_twist", "rock_rhythm", "jump_turn", "jump_shift", "jump_zoom", "vanish_gradual"}
    assert chances - strengths == {*CHANCES, *RECIPES, *LIGHT_CHANCES}
