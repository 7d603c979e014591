"""Presets for tests of what is done with a run, as another package would bring them: one that is over at once, one that
ends its process, and two that last until the test lets them go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.processes import environment
from helpers.third_party import on_path

# As the preset image, on pictures that small that it takes a sixth of the time.
SMALL = "small"
# As small, and a cine that is dark all over ends the process that segments it.
DEADLY = "deadly"
# What the first propagation found is there while the run waits; a silent one waits before it has found anything.
WAITING, SILENT = "waiting", "silent"
_FILES = {
    "ownpresets.py": """
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rabengine.presets import PRESETS, Preset
from rabengine.session.step import Phase
from rabengine.session.steps.propagation import FirstPropagation

PACE = 0.01  # seconds
STEPS = 100_000  # longer than the patience of any test
PHASE = Phase("waiting", PACE)
GO = Path(__file__).with_name("go")


@dataclass(frozen=True)
class Wait:
    def costs(self, work):
        return [(PHASE, STEPS)]

    def run(self, work):
        work.progress.begin(PHASE, STEPS)
        for _step in range(STEPS):
            if GO.exists():
                return
            time.sleep(PACE)
            work.progress.advance()


@dataclass(frozen=True)
class DieOfDark:
    def costs(self, work):
        return []

    def run(self, work):
        if work.store.view.frames[-1].mean() < 2:
            os.kill(os.getpid(), signal.SIGKILL)


SMALL = replace(PRESETS.get("image"), name="small", title="image alone, on small pictures", size=64)
DEADLY = replace(SMALL, name="deadly", steps=(DieOfDark(), *SMALL.steps))
WAITING = Preset("waiting", "waits", steps=(FirstPropagation(crop=False), Wait()), size=64)
SILENT = Preset("silent", "waits before it finds anything", steps=(Wait(),), size=64)
""",
    "ownpresets-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: ownpresets\nVersion: 1.0\n",
    "ownpresets-1.0.dist-info/entry_points.txt": """
[rabsegment.presets]
small = ownpresets:SMALL
deadly = ownpresets:DEADLY
waiting = ownpresets:WAITING
silent = ownpresets:SILENT
""",
}


class OwnPresets:
    """They are there for this process and those that it starts in its own environment.

    Args:
        folder: the package's.

    Attributes:
        folder: the package's.
        environment: of processes that `helpers.processes` starts, who have them too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment(folder)
        self._go = folder / "go"

    @contextmanager
    def over(self) -> Iterator[None]:
        """Nothing waits until the block ends."""
        self._go.touch()
        try:
            yield
        finally:
            self._go.unlink()


@contextmanager
def own_presets_in(folder: Path) -> Iterator[OwnPresets]:
    """The package is written to a folder, and there until the block ends."""
    for name, content in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    with on_path(folder):
        yield OwnPresets(folder)
