"""While a large cine or scene is at work, the page answers. What is counted are answers, not seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from helpers.view_app import AppDriver, phantom_frames
from rabengine.cine import Cine

COUNT = 40


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    app.put(phantom_frames(COUNT, 32, 32))
    return app


def answers_during(app: AppDriver, work: Awaitable[Any]) -> int:
    """How many requests for a frame the page answered, each by showing that frame, until the work was done."""

    async def both() -> int:
        task, count = asyncio.ensure_future(work), 0
        show = app.application.server.controller.trigger_fn("show_frame")
        await asyncio.sleep(0)
        while not task.done():
            with app.application.state:
                show(1 + count % 2)
            count += app.segmentation is not None and app.segmentation.selectedFrame == 1 + count % 2
            # When enough were counted, threads that write get their turn, too: a loop that never rests starves them.
            await asyncio.sleep(0 if count < 2 * COUNT else 0.01)
        await task
        return count

    return app.loop.run_until_complete(both())


def test_frames_are_shown_while_a_scene_is_gathered(cine: AppDriver) -> None:
    downloads = cine.application.files.downloads
    with downloads.folder() as folder:
        assert answers_during(cine, downloads.write("scene", folder)) >= 2 * COUNT
        assert (folder / "Heart.mrb").stat().st_size > 0


def test_frames_are_shown_while_another_cine_is_put_in_their_place(cine: AppDriver) -> None:
    other = cine.application.cines.put_in_steps(Cine(phantom_frames(COUNT, 48, 40)), "Other")
    assert answers_during(cine, other) >= 2 * COUNT
    assert cine.state.cine.name == "Other" and cine.segmentation.cine.frameSize == (48, 40)


class AtOnce(ThreadPoolExecutor):
    """What threads do is done before anyone waits for it, so that each turn of the loop is a step of the work."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(function, *args, **kwargs)
        wait([future])
        return future


def test_what_was_half_there_goes_when_another_cine_is_wanted_instead(cine: AppDriver) -> None:
    """The first one is given up at every step that it takes."""
    count = cine.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode")

    async def give_up(turns: int) -> bool:
        work = asyncio.ensure_future(cine.application.cines.put_in_steps(Cine(phantom_frames(2, 16, 16)), "Given up"))
        for _turn in range(turns):
            await asyncio.sleep(0)
        await asyncio.sleep(0.01 if turns == 0 else 0)
        is_done = work.done()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return is_done

    turns = 0
    cine.loop.set_default_executor(AtOnce())
    while not cine.loop.run_until_complete(give_up(turns)):
        turns += 1
    cine.loop.set_default_executor(ThreadPoolExecutor())
    assert turns > 5
    cine.put(phantom_frames(4, 16, 16))
    assert cine.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == count
    assert cine.scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 1
