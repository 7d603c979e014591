"""Presets and steps of other packages: a step runs through a session, and its phase is in the progress and the plan."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from rabengine.choices import choice
from rabengine.cli.progress import BarReporter
from rabengine.errors import InputError
from rabengine.events import Event, Progress
from rabengine.presets import PRESETS, Preset, choice_kinds, get_preset
from rabengine.propagation.propagator import SoftMasks
from rabengine.session.session import Session
from rabengine.session.step import STEPS, Cost, Phase
from rabengine.session.steps.check import Check
from rabengine.session.steps.propagation import FirstPropagation
from rabengine.session.work import Work
from rabengine.synthetic.phantom import beating_ellipse

SMOOTHING = Phase("smoothing over time", 0.001)


@dataclass(frozen=True)
class Smoothing:
    """Masks as the mean of each frame and its neighbours, several times."""

    passes: int = choice(1, 0, 10)

    def costs(self, work: Work) -> list[Cost]:
        return [(SMOOTHING, self.passes * work.frame_count)]

    def run(self, work: Work) -> None:
        work.progress.begin(SMOOTHING, self.passes * work.frame_count)
        for _ in range(self.passes):
            masks = work.found()
            logits = masks.logits.clone()
            for frame in range(work.frame_count):
                logits[frame] = masks.logits[max(0, frame - 1) : frame + 2].float().mean(dim=0).half()
                work.progress.advance()
            work.masks = SoftMasks(logits, masks.agreement)


SMOOTH = Preset(
    "smooth", "smooth over time", steps=(FirstPropagation(crop=False), Smoothing(passes=2), Check()), size=64
)


@pytest.fixture
def cine() -> tuple[np.ndarray, np.ndarray]:
    return beating_ellipse(6, 64, 64, seed=1)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Installs a package with entry points that name what this file holds."""

    def install(entries: str) -> None:
        facts = tmp_path / "smooth_presets-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: smooth-presets\nVersion: 1.0\n", encoding="utf-8")
        (facts / "entry_points.txt").write_text(entries.format(here=__name__), encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


def test_a_new_step_runs_with_its_phase_in_progress_and_plan(cine):
    frames, truth = cine
    events: list[Event] = []
    session = Session(frames)
    result = session.segment({0: truth[0]}, preset=SMOOTH, progress=events.append)
    told = [event for event in events if isinstance(event, Progress)]
    names = list(dict.fromkeys(event.phase for event in told))
    assert names == ["propagation", "smoothing over time", "checking"]
    assert list(result.seconds) == names and result.preset == "smooth"
    smoothing = [event for event in told if event.phase == "smoothing over time"]
    assert (smoothing[-1].step, smoothing[-1].total) == (12, 12)
    assert told[0].step == 0 and (told[-1].step, told[-1].seconds_left) == (told[-1].total, 0.0)

    without = session.segment({0: truth[0]}, preset=SMOOTH, overrides={"passes": 0})
    plain = session.segment({0: truth[0]}, preset=replace(SMOOTH, steps=(FirstPropagation(crop=False), Check())))
    assert np.array_equal(without.labels, plain.labels)
    assert not np.array_equal(result.labels, plain.labels)


def test_the_plan_has_the_steps_of_a_new_phase(cine, monkeypatch: pytest.MonkeyPatch):
    frames, truth = cine
    plans: list[list[Cost]] = []
    follow = Work.follow

    def note(self: Work) -> None:
        plan = self.progress.plan
        monkeypatch.setattr(self.progress, "plan", lambda costs: (plans.append(costs), plan(costs)))
        follow(self)

    monkeypatch.setattr(Work, "follow", note)
    Session(frames).segment({0: truth[0]}, preset=SMOOTH)
    counts = [[(phase.name, steps) for phase, steps in plan] for plan in plans]
    assert counts[0] == [("propagation", 5), ("smoothing over time", 12), ("checking", 6)]
    assert counts[1:] == [counts[0][1:], counts[0][2:]]


def test_the_terminals_bar_shows_the_share_of_the_whole_request(cine):
    frames, truth = cine
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    bar = BarReporter(stream)
    Session(frames).segment({0: truth[0]}, preset=SMOOTH, progress=bar)
    drawn = [(phase, int(share)) for phase, share in re.findall(r"K(\w[\w ]*?) *\[[#.]+\] +(\d+)%", stream.getvalue())]
    shares = [share for _, share in drawn]
    assert "smoothing over time" in dict(drawn)
    assert shares == sorted(shares) and shares[-1] == 100
    assert dict(drawn)["propagation"] < 100  # where it ends most is still ahead


def test_presets_and_steps_of_a_package_are_taken_by_name(cine, package):
    package(
        "[rabsegment.presets]\nsmooth = {here}:SMOOTH\n[rabsegment.steps]\nsmoothing = {here}:Smoothing\n",
    )
    frames, truth = cine
    assert PRESETS.names()[-1] == "smooth" and STEPS.names()[-1] == "smoothing"
    assert choice_kinds()["passes"] is int
    by_name = Session(frames).segment({0: truth[0]}, preset="smooth", overrides={"passes": 3})
    recipe = {"size": 64, "recipe": "propagation, smoothing, check", "crop": False, "passes": 3}
    by_recipe = Session(frames).segment({0: truth[0]}, preset="fast", overrides=recipe)
    assert np.array_equal(by_name.labels, by_recipe.labels)
    with pytest.raises(InputError, match="passes"):
        get_preset("smooth", {"passes": 11})
    with pytest.raises(InputError, match="passes"):
        get_preset("fast", {"passes": 1})  # it does not smooth


def test_a_recipe_keeps_the_choices_of_the_presets_own_steps():
    accurate = get_preset("accurate", {"recipe": "propagation,appearance,check"})
    assert accurate.steps == (*(PRESETS.get("accurate").steps[place] for place in (2, 4)), Check())


def test_steps_that_cannot_be_used_are_said(cine):
    frames, truth = cine
    with pytest.raises(InputError, match="no step"):
        Preset("wrong", "wrong", steps=("propagation",))  # type: ignore[arg-type]

    @dataclass
    class Changing:
        passes: int = 1
        costs = Smoothing.costs
        run = Smoothing.run

    with pytest.raises(InputError, match="Changing"):
        Preset("wrong", "wrong", steps=(Changing(),))
    with pytest.raises(InputError, match="no propagation"):
        Session(frames).segment({0: truth[0]}, preset=replace(SMOOTH, name="late", steps=(Check(),)))
    unchecked = Session(frames).segment({0: truth[0]}, preset=replace(SMOOTH, steps=SMOOTH.steps[:1]))
    assert ((unchecked.confidence >= 0) & (unchecked.confidence <= 1)).all()
