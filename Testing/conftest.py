"""What tests of several rooms use, and the order in which files are begun."""

from __future__ import annotations

import functools
import gc
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import SimpleITK as sitk

from rabengine.synthetic.phantom import beating_ellipse

if TYPE_CHECKING:
    from helpers.own_presets import OwnPresets


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What programs keep for their user goes elsewhere than to the one who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def warm_readers() -> Iterator[None]:
    """Processes that read files for the tests start in no time; they are real ones."""
    from helpers.warm_start import ReaderWarmProcess

    with pytest.MonkeyPatch.context() as patch:
        starter = SimpleNamespace(**{**vars(subprocess), "Popen": ReaderWarmProcess})
        patch.setattr("rabengine.io.child.subprocess", starter)
        yield


@pytest.fixture(scope="module")
def warm_engines() -> Iterator[None]:
    """Engine processes of this file start in no time, as far as `subprocess` starts them; they are real ones."""
    from helpers.warm_start import WarmOrColdProcess

    with pytest.MonkeyPatch.context() as patch:
        starter = SimpleNamespace(**{**vars(subprocess), "Popen": WarmOrColdProcess})
        patch.setattr("RABSegmentLib.Engine.SubprocessTransport.subprocess", starter)
        yield


@pytest.fixture(scope="module")
def own_presets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPresets]:
    """Presets whose runs are over at once, or last until a test lets them go on."""
    from helpers.own_presets import own_presets_in

    with own_presets_in(tmp_path_factory.mktemp("own_presets")) as presets:
        yield presets


@pytest.fixture(scope="module")
def small_studies(own_presets: OwnPresets) -> Iterator[None]:
    """Studies of this file, and of the processes that it starts, look at small pictures: a quarter of the time."""
    from helpers import processes, study_files
    from helpers.own_presets import SMALL

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_files, "PRESET", SMALL)
        patch.setattr(processes, "brought_along", [own_presets.folder])
        yield


@pytest.fixture(scope="module")
def sets_read_once() -> Iterator[None]:
    """Sets of images that this file's tests have read are remembered: to find their regions takes longer than most."""
    from rabengine.io.image_sets import load_set

    remembering = functools.cache(load_set)
    with pytest.MonkeyPatch.context() as patch:
        for user in ("rabengine.training.sources", "rabengine.synthetic.stills"):
            patch.setattr(f"{user}.load_set", remembering)
        yield


class PhantomFiles(NamedTuple):
    """A small cine with exact truth, in memory and on disk."""

    frames: np.ndarray
    truth: np.ndarray
    cine: Path
    masks: dict[int, Path]


def write_phantom(folder: Path, count: int, side: int, marked: tuple[int, ...]) -> PhantomFiles:
    """Write a beating ellipse and the masks of some of its frames."""
    frames, truth = beating_ellipse(count, side, side, seed=1)
    cine = folder / "cine.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(frames), str(cine))
    masks = {}
    for frame in marked:
        masks[frame] = folder / f"mask_{frame}.png"
        sitk.WriteImage(sitk.GetImageFromArray(truth[frame]), str(masks[frame]))
    return PhantomFiles(frames, truth, cine, masks)


@pytest.fixture(scope="session")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    """8 frames of 96 x 96, marks for frames 0 and 4: seconds on any machine."""
    return write_phantom(tmp_path_factory.mktemp("phantom"), 8, 96, (0, 4))


@pytest.fixture(scope="session")
def short_phantom(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    """2 frames of 96 x 96, a mark for frame 0: over at once, where it does not matter what is found."""
    return write_phantom(tmp_path_factory.mktemp("short_phantom"), 2, 96, (0,))


@pytest.fixture(scope="session")
def long_phantom(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    """40 frames of 256 x 256, a mark for frame 0: long enough to be cancelled anywhere."""
    return write_phantom(tmp_path_factory.mktemp("long_phantom"), 40, 256, (0,))


# The files that take longest, in this order: begun last, they would leave the other cores idle at the end.
LONGEST = (
    "test_view_browser",
    "test_training",
    "test_view_accessible",
    "test_view_day",
    "test_study_processes",
    "test_session",
    "test_study_workers",
    "test_panel",
    "test_panel_points",
    "test_peers",
    "test_evaluate_command",
    "test_panel_scene",
    "test_effect",
    "test_third_party",
    "test_view_strokes",
    "test_view_start",
    "test_readme",
    "test_view_killing",
    "test_view_server",
    "test_command_line",
    "test_view_runs",
    "test_view_command",
    "test_engine_failures",
    "test_streams",
    "test_view_other_site",
    "test_worker",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; a file's tests stay together and in order."""
    ranks = {f"{name}.py": rank for rank, name in enumerate(LONGEST)}
    gone = [name for name in ranks if not list(Path(__file__).parent.glob(f"*/{name}"))]
    assert not gone, f"LONGEST names {gone}, which are not there"
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_collection_finish() -> None:
    """What was imported stays: no search for garbage, as each Slicer host makes one, need look through it again."""
    gc.collect()
    gc.freeze()
