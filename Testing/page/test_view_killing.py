"""`rabsegment view` is killed while its page is drawn on: the marks are whole, and the next one goes on with them."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import numpy as np

from helpers.kept_marks import kept
from helpers.view_app import phantom_frames
from helpers.view_process import Page, ViewProcess
from rabengine.io.files.atomic import STAGE_PREFIX
from RABSegmentLib.Session.KeptMarks import SUFFIX, headerOf, putKept, readKept
from rabview.kept_places import state_folder


def test_killed_at_any_time_the_marks_are_whole(heart: Path, tmp_path: Path) -> None:
    """The old state or the new one; the next server goes on with it."""
    random = np.random.default_rng(3)
    strokes = 0

    async def draw_until_killed(process: ViewProcess) -> None:
        nonlocal strokes
        async with process.page() as page:
            if page.state.kept.offer is None:
                await page.wait(lambda: page.state.cine.is_open and (not strokes or page.state.kept.offer))
            if strokes:
                await page.ask("resume_marks")
                await page.wait(lambda: page.state.marks.rows)
            deadline = time.monotonic() + 0.8 + 0.5 * random.random()
            while time.monotonic() < deadline or not kept(heart).exists():
                column, row = (20 + 24 * random.random(2)).tolist()
                await page.ask("stroke", "paint", int(random.integers(6)), [[column, row], [column + 3, row]])
                strokes += 1
            process.process.kill()

    for _life in range(3):
        process = ViewProcess(heart, temporary=tmp_path)
        try:
            asyncio.run(draw_until_killed(process))
        finally:
            process.kill()
        header = headerOf(kept(heart))
        assert header is not None and header.marked > 0
        check_whole(heart)
    assert len([path for path in heart.parent.iterdir() if path.name.startswith(STAGE_PREFIX)]) <= 1

    process = ViewProcess("--folder", heart.parent, temporary=tmp_path)

    async def go_on() -> None:
        async with process.page() as page:
            await page.wait(lambda: page.state.files.last_cine)
            last = page.state.files.last_cine
            assert (last["name"], last["path"]) == ("heart.nrrd", "heart.nrrd")
            await page.ask("resume_last")
            await page.wait(lambda: len(page.state.marks.rows) == header.marked)

    try:
        asyncio.run(go_on())
        code, said = process.end(signal.SIGINT)
        assert code == 130
        assert said == f"rabsegment: The page is closed. The marks of heart are kept in {kept(heart)}.\n"
        assert [path.name for path in heart.parent.iterdir() if path.name.startswith(STAGE_PREFIX)] == []
    finally:
        process.kill()


def check_whole(heart: Path) -> None:
    """The file of marks fits the cine."""
    from helpers.slicer_scenes import SlicerScene
    from RABSegmentLib.Scene.SegmentationSequence import createSegmentation

    scene = SlicerScene()
    putKept(createSegmentation(scene.cine(phantom_frames())), readKept(kept(heart)))


async def opened(page: Page, *wish: str) -> None:
    number = page.state.cine.number
    await page.ask(*wish)
    await page.wait(lambda: page.state.cine.number > number)


def test_the_sample_cine_and_its_marks_leave_the_program_alone(heart: Path, tmp_path: Path) -> None:
    """Nothing is written beside files that are not the user's."""
    from rabengine.demo.sample import sample_cine_path

    before = sorted(sample_cine_path().parent.iterdir())
    process = ViewProcess("--folder", heart.parent, temporary=tmp_path)

    async def use() -> None:
        async with process.page() as page:
            await opened(page, "open_demo")
            await page.ask("stroke", "paint", 3, [[160, 120], [175, 120]])
            await page.wait(lambda: page.state.kept.text)
            await opened(page, "open_demo")
            await page.wait(lambda: page.state.kept.offer)

    try:
        asyncio.run(use())
        assert process.end()[0] == 130
    finally:
        process.kill()
    assert sorted(sample_cine_path().parent.iterdir()) == before
    assert len(list((state_folder() / "marks").glob(f"*{SUFFIX}"))) == 1
