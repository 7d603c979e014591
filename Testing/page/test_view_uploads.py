"""Files that come through the page of `rabsegment view`, also under attack."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from pydicom.data import get_testdata_file

from helpers.cine_files import metaimage_header, moving_square, nrrd_header, write_image, write_video
from helpers.processes import PATIENCE_SECONDS
from helpers.view_files import ECHO, LIMIT_MB, MEGABYTE, on_page, opened
from helpers.view_process import Page, ViewProcess
from rabengine.io.marks.dicom_segmentation import read_dicom_segmentation
from rabengine.io.read import read_cine
from rabview.server.uploads import MOST_BATCHES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")


async def sent(
    client: aiohttp.ClientSession, view: ViewProcess, batch: str, name: str | None, content, **headers: str
) -> tuple[int, dict]:
    """Upload; returns the status and what was answered."""
    names = {"X-RABSegment": "1", **{key.replace("_", "-"): value for key, value in headers.items()}}
    query = {} if name is None else {"name": name}
    url = f"{view.root}/upload/{batch}"
    async with client.post(url, params=query, data=content, headers=names) as answer:
        return answer.status, json.loads(await answer.text())


def test_a_file_is_uploaded_and_opened(view):
    async def use(page: Page, client) -> None:
        assert page.state.files.upload_limit_mb == LIMIT_MB
        assert await sent(client, view, "b1", "Écho 1.dcm", ECHO.read_bytes()) == (200, {"name": "Écho 1.dcm"})
        assert await opened(page, "open_upload", "b1", 0, 0) == "Écho 1: 30"
        assert "open already" in await opened(page, "open_upload", "b1", 0, 0)
        assert uploads(view) == ["Écho 1.dcm"], "a DICOM segmentation of it needs it"
        assert await opened(page, "open_path", "heart.nrrd") == "heart: 8"

    on_page(view, use)
    assert uploads(view) == []


async def painted(page: Page) -> None:
    """Mark the frame that is shown, with the mouse."""
    size = {"w": 320, "h": 240}
    await page.call("trame.rca.size", "Frame", "page", {**size, "p": 1})
    await page.set(tool="paint", brush_size=16)
    for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
        event = {"type": kind, "x": 160, "y": 120, **size, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
        await page.call("trame.rca.event", "Frame", "page", event)
    await page.wait(lambda: page.state.marks.rows)


def test_a_cine_that_was_uploaded_is_exported_as_a_dicom_segmentation(view, tmp_path):
    path = tmp_path / "seg.dcm"

    async def use(page: Page, client) -> None:
        assert (await sent(client, view, "seg", "echo.dcm", ECHO.read_bytes()))[0] == 200
        assert await opened(page, "open_upload", "seg", 0, 0) == "echo: 30"
        await painted(page)
        await page.ask("add_segment")
        async with client.get(f"{view.root}/download/dicom-seg") as answer:
            assert answer.status == 200, await answer.text()
            path.write_bytes(await answer.read())
        await page.wait(lambda: "The segment Segment 2 has no pixels on any frame, so it is left out." in page.notice)
        # What comes back as marks is what was painted.
        await page.ask("forget_mark", 0)
        await page.wait(lambda: not page.state.marks.rows)
        assert (await sent(client, view, "back", "seg.dcm", path.read_bytes()))[0] == 200
        assert "is closed" in await opened(page, "open_upload", "back", page.state.cine.number - 1, 0)
        assert (await sent(client, view, "back", "seg.dcm", path.read_bytes()))[0] == 200
        await page.ask("open_upload", "back", page.state.cine.number, 0)
        await page.wait(lambda: page.state.marks.rows)
        assert await opened(page, "open_path", "heart.nrrd") == "heart: 8"

    on_page(view, use)
    marks = read_dicom_segmentation(path, read_cine(ECHO))
    assert list(marks) == [0] and marks[0].any() and marks.names == {1: "Segment 1"}
    assert uploads(view) == []


def uploads(view: ViewProcess) -> list[str]:
    """Files that were uploaded and are still there."""
    return sorted(path.name for path in view.files() if path.suffix not in (".lock", ".npy"))


def test_several_pictures_are_one_cine(view):
    async def use(page: Page, client) -> None:
        for number, frame in enumerate(moving_square()):
            path = view.temporary / "frame.png"
            write_image(frame, path)
            assert (await sent(client, view, "pictures", f"frame{number}.png", path.read_bytes()))[0] == 200
            path.unlink()
        assert await opened(page, "open_upload", "pictures", 0, 0) == "frame0.png and 5 more: 6"

    on_page(view, use)


@pytest.mark.parametrize(("name", "kept"), [
    ("../../../etc/cron.d/x.mp4", "x.mp4"),
    ("..\\..\\x.mp4", "x.mp4"),
    ("C:\\Users\\a\\x.mp4", "x.mp4"),
    ("/etc/x.mp4", "x.mp4"),
    ("a/b/c/x.mp4", "x.mp4"),
    ("x\r\nSet-Cookie: a=b.mp4", "xSet-Cookie_ a=b.mp4"),
    ("x\0.mp4", "x.mp4"),
    ("frame%03d.mp4", "frame_03d.mp4"),
    ("concat:a|b.mp4", "concat_a_b.mp4"),
    ("  x  .mp4", "  x  .mp4".strip()),
    ("x" * 500 + ".seq.nrrd", "x" * 111 + ".seq.nrrd"),
    (".mp4.mp4", None),
    ("..", None),
    (".", None),
    ("", None),
    (None, None),
    ("/", None),
    (".htaccess", None),
    ("x.nhdr", None),
    ("x.NHDR", None),
    ("x.mhd", None),
    ("x.docx", None),
    ("x.mp4.exe", None),
    ("x.py", None),
    ("x", None),
])  # fmt: skip
def test_names_of_uploads(view, name, kept):
    async def attack(_page, client) -> None:
        await sent(client, view, "another", "other.mp4", b"x")  # makes room
        code, answer = await sent(client, view, "names", name, b"some bytes" * 30)
        if kept is None:
            assert code == 409 and answer["message"].endswith("."), answer
        else:
            assert (code, answer) == (200, {"name": kept})
        below = [path.relative_to(view.temporary).parts for path in view.files()]
        assert all("names" not in parts or (parts[-2] == "names" and parts[-1] == kept) for parts in below)

    on_page(view, attack)


@pytest.mark.parametrize("batch", ["..", "%2e%2e", "..%2f..%2fx", "A", "a b", "a.b", "x" * 33, "%00", "é"])
def test_names_of_batches(view, batch):
    async def attack(page: Page, client) -> None:
        url = f"{view.root}/upload/{batch}?name=batch.mp4"
        async with client.post(url, data=b"x", headers={"X-RABSegment": "1"}) as answer:
            assert answer.status in (404, 405, 409)
        assert "not on the server" in await opened(page, "open_upload", batch.replace("%00", "0"), 0, 0)
        assert "batch.mp4" not in uploads(view)

    on_page(view, attack)


def test_only_the_page_itself_uploads(view):
    async def attack(_page, client) -> None:
        url = f"{view.root}/upload/form?name=form.mp4"
        async with client.post(url, data=b"x") as answer:
            assert answer.status == 403
        async with client.post(url, data={"file": io.BytesIO(b"x")}) as answer:
            assert answer.status == 403
        async with client.get(url) as answer:
            assert answer.status in (404, 405)

    on_page(view, attack)
    assert "form.mp4" not in uploads(view)


async def chunks(count: int, size: int = MEGABYTE) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


def test_too_much_is_refused(view):
    async def attack(page: Page, client) -> None:
        code, answer = await sent(client, view, "large", "x.mp4", bytes(LIMIT_MB * MEGABYTE + 1))
        assert code == 413 and f"{LIMIT_MB} MB" in answer["message"]
        # Nobody says how much will come.
        code, answer = await sent(client, view, "large", "x.mp4", chunks(LIMIT_MB + 1))
        assert code == 413 and f"{LIMIT_MB} MB" in answer["message"]
        assert uploads(view) == []
        # Several files that are too large together.
        assert (await sent(client, view, "large", "0.mp4", chunks(LIMIT_MB - 1)))[0] == 200
        assert (await sent(client, view, "large", "1.mp4", chunks(1)))[0] == 200
        assert (await sent(client, view, "large", "2.mp4", b"x"))[0] == 413
        assert uploads(view) == ["0.mp4", "1.mp4"]
        assert (await sent(client, view, "next", "0.mp4", b"x"))[0] == 200
        assert uploads(view) == ["0.mp4"]  # what nobody opened has gone
        assert page.state.notice.number == 0 or page.state.notice.kind

    on_page(view, attack)


def test_a_false_length(view):
    async def attack(_page, _client) -> None:
        lengths = ((10, bytes(2 * LIMIT_MB * MEGABYTE)), (5 * 10**9, b"x"), (MEGABYTE, b"x"))
        for number, (length, body) in enumerate(lengths):
            reader, writer = await asyncio.open_connection(*view.host.split(":"))
            head = f"POST /upload/false?name=x{number}.mp4 HTTP/1.1\r\nHost: {view.host}\r\nX-RABSegment: 1\r\n"
            writer.write(f"{head}Content-Length: {length}\r\n\r\n".encode())
            try:
                for start in range(0, len(body), MEGABYTE):
                    writer.write(body[start : start + MEGABYTE])
                    await writer.drain()
                if length > 10**9:
                    assert b" 413 " in await reader.readline()
            except ConnectionError:
                pass
            finally:
                writer.close()

    on_page(view, attack)

    async def settled(page: Page, client) -> None:
        await page.wait(lambda: not view.files("x[12].mp4"))
        assert (await sent(client, view, "false", "y.mp4", b"y"))[0] == 200
        assert (await sent(client, view, "after", "y.mp4", b"y"))[0] == 200

    on_page(view, settled)


def test_an_upload_that_breaks_off_leaves_nothing(view):
    async def attack(page: Page, client) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield bytes(1000)
            raise RuntimeError("the cable was pulled")

        with pytest.raises((RuntimeError, aiohttp.ClientError)):
            await sent(client, view, "broken", "x.mp4", broken())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (await sent(client, view, "broken", "x.mp4", b"x"))[0] != 200:
            assert time.monotonic() < deadline, "the server did not notice"
        assert [path.stat().st_size for path in view.files("x.mp4")] == [1]
        code, answer = await sent(client, view, "broken", "X.mp4", b"x")
        assert code == 409 and "two files" in answer["message"]

    on_page(view, attack)


TRICKS: dict[str, Callable[[Path], bytes]] = {
    "detached.nrrd": lambda secret: nrrd_header(f"data file: {secret}"),
    "detached.mha": lambda secret: metaimage_header(str(secret)),
    "twice.mha": lambda secret: metaimage_header(str(secret), comment="Comment =\nElementDataFile = LOCAL\n"),
    "playlist.mp4": lambda _secret: b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    "script.mp4": lambda _secret: b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "broken.dcm": lambda _secret: ECHO.read_bytes()[:5000],
    "DICOMDIR": lambda _secret: Path(get_testdata_file("DICOMDIR")).read_bytes(),
    "bomb.nrrd": lambda _secret: nrrd_header("# nothing").replace(b"40 32 6", b"400000 320000 600000"),
}


@pytest.mark.parametrize("name", list(TRICKS))
def test_an_upload_opens_no_other_file_and_breaks_nothing(view, cines, name):
    async def attack(page: Page, client) -> None:
        assert (await sent(client, view, "tricks", name, TRICKS[name](cines.parent / "secret.raw")))[0] == 200
        said = await opened(page, "open_upload", "tricks", 0, 0)
        assert said.endswith(".") and name in said, said
        assert str(view.temporary) not in said and "/" not in said.replace(".mp4, .avi", "")
        assert "detached" not in name or "may not be opened from here" in said
        assert await opened(page, "open_path", "heart.nrrd") == "heart: 8"  # the page goes on

    on_page(view, attack)
    assert uploads(view) == []


def test_opening_what_is_still_on_its_way(view):
    async def use(page: Page, client) -> None:
        rest = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            content = (view.temporary / "v.mp4").read_bytes()
            yield content[:1000]
            await rest.wait()
            yield content[1000:]

        write_video(view.temporary / "v.mp4", "mpeg4", "yuv420p")
        arriving = asyncio.create_task(sent(client, view, "slow", "slow.mp4", slow()))
        await page.wait(lambda: view.files("slow.mp4"))
        assert "on their way" in await opened(page, "open_upload", "slow", 0, 0)
        assert (await sent(client, view, "other", "x.mp4", b"x"))[0] == 200  # leaves it alone
        rest.set()
        assert (await arriving)[0] == 200
        assert await opened(page, "open_upload", "slow", 0, 0) == "slow: 20"
        (view.temporary / "v.mp4").unlink()

    on_page(view, use)


def test_slow_uploads_do_not_block_others(view):
    """More of them than there are places, each of which sends a byte now and then."""

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.5)

    async def slow(client: aiohttp.ClientSession, number: int) -> int:
        try:
            return (await sent(client, view, f"slow{number}", f"{number}.mp4", trickle()))[0]
        except aiohttp.ClientError:
            return 0

    async def use(page: Page, client) -> None:
        tasks = [asyncio.create_task(slow(client, number)) for number in range(MOST_BATCHES + 2)]
        try:
            await asyncio.sleep(0.5)
            name = "quick.dcm"
            for turn in range(40):
                code, answer = await sent(client, view, f"quick{turn}", name, ECHO.read_bytes())
                if code == 200:
                    break
                assert "Other files" in answer["message"]
                await asyncio.sleep(0.5)
            assert code == 200
            assert await opened(page, "open_upload", f"quick{turn}", 0, 0) == "quick: 30"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    on_page(view, use)


def test_a_bomb_is_refused_by_what_it_declares(view):
    """A file of 40 kB that says it holds 8 GB, and one that holds them and more; nothing is unpacked."""
    header = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 1024 1024 8192\nencoding: gzip\n\n"

    async def use(page: Page, client) -> None:
        content = header + gzip.compress(bytes(40 * 2**20))
        assert len(content) < 100_000
        assert (await sent(client, view, "bomb", "bomb.nrrd", content))[0] == 200
        said = await opened(page, "open_upload", "bomb", 0, 0)
        assert "8.0 GB" in said and "4 GB is the most" in said, said

    on_page(view, use)
    assert [name for name in uploads(view) if name.startswith("bomb")] == []
