"""A folder of cines with traps in it, and a page that opens them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from PIL import Image
from pydicom.data import get_testdata_file

from helpers.cine_files import metaimage_header, moving_square, nrrd_header, write_image
from helpers.view_process import Page, ViewProcess
from rabengine.synthetic.phantom import beating_ellipse

ECHO = Path(get_testdata_file("examples_ybr_color.dcm"))
LIMIT_MB = 3
MEGABYTE = 2**20


def write_cines(outside: Path) -> Path:
    """A folder with cines of several kinds, traps, and cines beside it that must not be reached."""
    root = outside / "cinés"
    (root / "study 1" / "pictures").mkdir(parents=True)
    frames, _truth = beating_ellipse(8, 64, 64, seed=1)
    write_image(frames, root / "heart.nrrd")
    write_image(moving_square(), root / "study 1" / "squares.mha")
    pictures = [Image.fromarray(frame) for frame in moving_square()]
    pictures[0].save(root / "loop.webp", save_all=True, append_images=pictures[1:], duration=40)
    for number, frame in enumerate(moving_square()):
        write_image(frame, root / "study 1" / "pictures" / f"{number}.png")
    shutil.copy(ECHO, root / "study 1" / "IM0001")
    (root / "notes.txt").write_text("not a cine", encoding="utf-8")
    (root / ".hidden.nrrd").write_bytes((root / "heart.nrrd").read_bytes())
    (root / "study 1" / "empty").mkdir()
    write_image(moving_square(), outside / "secret.nrrd")
    (outside / "secret.raw").write_bytes(moving_square().tobytes())
    (root / "link.nrrd").symlink_to(outside / "secret.nrrd")
    (root / "up").symlink_to(outside, target_is_directory=True)
    (root / "inner.nrrd").symlink_to(root / "heart.nrrd")
    (root / "detached.nhdr").write_bytes(nrrd_header("data file: ../secret.raw"))
    (root / "detached.mha").write_bytes(metaimage_header(str(outside / "secret.raw")))
    write_image(moving_square(), root / "own.nhdr")
    trap = root / "trap"
    trap.mkdir()
    for number, frame in enumerate(moving_square()[:3]):
        write_image(frame, trap / f"{number}.png")
    write_image(moving_square()[3], outside / "3.png")
    (trap / "3.png").symlink_to(outside / "3.png")
    os.mkfifo(root / "pipe.nrrd")
    return root


def on_page(view: ViewProcess, use: Callable[[Page, aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Do something with a page and its files."""

    async def run() -> None:
        async with view.session() as client, view.page(client) as page:
            await use(page, client)

    asyncio.run(run())


async def listed(view: ViewProcess, client: aiohttp.ClientSession, path: str) -> dict:
    """What the page is told of a folder."""
    async with client.get(f"{view.root}/folder", params={"path": path, "use": "cine"}) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def opened(page: Page, *trigger: str | int) -> str:
    """What the page says after it was asked for a cine: its name and frames, or the notice."""
    number = page.state.notice.number
    await page.ask(*trigger)
    await page.wait(lambda: page.state.reading.is_on or page.state.notice.number > number)
    await page.wait(lambda: not page.state.reading.is_on)
    if page.state.notice.number > number and page.state.notice.kind == "error":
        return page.notice
    return f"{page.state.cine.name}: {page.state.cine.frame_count}"
