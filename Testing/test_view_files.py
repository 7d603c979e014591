"""Files that come and go through the page of `rabsegment view`: folder, uploads and downloads, also under attack."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import SimpleITK
from pydicom.data import get_testdata_file

from processes import PATIENCE_SECONDS
from rabengine.phantom import beating_ellipse
from rabengine.reading import load_frames, read_cine
from test_reach import metaimage_header, nrrd_header
from test_reading import moving_square, write_image, write_video
from view_process import Page, ViewProcess, served

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")

ECHO = Path(get_testdata_file("examples_ybr_color.dcm"))
LIMIT_MB = 3
MEGABYTE = 2**20
VIEW = {"w": 320, "h": 240}


@pytest.fixture(scope="module")
def cines(tmp_path_factory) -> Path:
    """A folder with cines of several kinds, traps, and cines beside it that must not be reached."""
    outside = tmp_path_factory.mktemp("hospital")
    root = outside / "cinés"
    (root / "study 1" / "pictures").mkdir(parents=True)
    frames, _truth = beating_ellipse(8, 64, 64, seed=1)
    write_image(frames, root / "heart.nrrd")
    write_image(moving_square(), root / "study 1" / "squares.mha")
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


@pytest.fixture(scope="module")
def view(cines, tmp_path_factory):
    arguments = ("--folder", cines, "--upload-limit", LIMIT_MB)
    with served(*arguments, temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


def on_page(view: ViewProcess, use: Callable[[Page, aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Do something with a page and its files."""

    async def run() -> None:
        async with view.session() as client, view.page(client) as page:
            await use(page, client)

    asyncio.run(run())


async def listed(page: Page, path: str) -> dict:
    """What the page shows of a folder."""
    await page.ask("list_folder", "no such folder")
    await page.wait(lambda: page.state["folder"]["problem"].startswith("no such"))
    await page.ask("list_folder", path)
    await page.wait(lambda: not page.state["folder"]["problem"].startswith("no such"))
    return page.state["folder"]


async def opened(page: Page, *trigger: str) -> str:
    """What the page says after it was asked for a cine: its name and frames, or the notice."""
    number = page.state["notice"]["number"]
    await page.ask(*trigger)
    await page.wait(lambda: page.state["is_reading"] or page.state["notice"]["number"] > number)
    await page.wait(lambda: not page.state["is_reading"])
    if page.state["notice"]["number"] > number and page.state["notice"]["kind"] == "error":
        return page.notice
    return f"{page.state['cine_name']}: {page.state['frame_count']}"


# ---- the folder


def test_the_folder_shows_what_can_be_opened(view):
    async def look(page: Page, _client) -> None:
        top = await listed(page, "")
        assert (top["path"], top["parent"], top["problem"]) == ("", None, "")
        assert [(one["name"], one["kind"]) for one in top["entries"]] == [
            ("study 1", "folder"),
            ("trap", "images"),
            ("detached.mha", "cine"),
            ("detached.nhdr", "cine"),
            ("heart.nrrd", "cine"),
            ("inner.nrrd", "cine"),
            ("own.nhdr", "cine"),
        ]
        assert all(one["size"].endswith(("kB", "bytes")) for one in top["entries"] if one["kind"] == "cine")
        study = await listed(page, "study 1")
        assert (study["path"], study["parent"]) == ("study 1", "")
        assert [(one["name"], one["kind"], one["path"]) for one in study["entries"]] == [
            ("empty", "folder", "study 1/empty"),
            ("pictures", "images", "study 1/pictures"),
            ("IM0001", "cine", "study 1/IM0001"),
            ("squares.mha", "cine", "study 1/squares.mha"),
        ]
        empty = await listed(page, "study 1/empty")
        assert empty["parent"] == "study 1" and empty["entries"] == [] and empty["problem"]
        inside = await listed(page, "study 1/pictures")
        assert [(one["kind"], one["path"]) for one in inside["entries"]] == [("images", "study 1/pictures")]

    on_page(view, look)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("heart.nrrd", "heart: 8"),
        ("inner.nrrd", "inner: 8"),
        ("study 1/squares.mha", "squares: 6"),
        ("study 1/pictures", "pictures: 6"),
        ("study 1/IM0001", "IM0001: 30"),
        ("own.nhdr", "own: 6"),
    ],
)
def test_every_kind_opens(view, path, said):
    async def look(page: Page, _client) -> None:
        assert await opened(page, "open_path", path) == said

    on_page(view, look)


OUTSIDE = [
    "..",
    "../secret.nrrd",
    "./heart.nrrd",
    "study 1/../../secret.nrrd",
    "study 1/..",
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "up",
    "up/secret.nrrd",
    "link.nrrd",
    ".hidden.nrrd",
    "heart.nrrd/",
    "heart.nrrd/x",
    "..\\secret.nrrd",
    "%2e%2e/secret.nrrd",
    "C:\\Windows",
    "file:///etc/passwd",
    "pipe.nrrd",
    "~/x",
    "x" * 4000,
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_folder_is_listed_or_opened(view, cines, path):
    async def attack(page: Page, _client) -> None:
        said = await opened(page, "open_path", path)
        assert ": 6" not in said and ": 8" not in said and said.endswith("."), said
        assert "passwd" in path or "root" not in said
        found = await listed(page, path)
        assert found["entries"] == [] and found["problem"]
        assert str(cines.parent) not in said + found["problem"]

    on_page(view, attack)


@pytest.mark.parametrize("path", ["detached.nhdr", "detached.mha", "trap"])
def test_a_cine_in_the_folder_that_refers_outside_is_refused(view, cines, path):
    async def attack(page: Page, _client) -> None:
        said = await opened(page, "open_path", path)
        assert "may not be opened from here" in said
        assert str(cines.parent) not in said

    on_page(view, attack)


def test_the_cine_of_the_command_line_may_be_anywhere(cines, tmp_path):
    """And its folder is the one that the page may open."""
    with served(cines / "link.nrrd", temporary=tmp_path) as process:

        async def look(page: Page, _client) -> None:
            await page.wait(lambda: page.state["has_cine"])
            assert page.state["frame_count"] == 6
            assert len((await listed(page, ""))["entries"]) == 7

        on_page(process, look)


# ---- uploads


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
        assert page.state["upload_limit_mb"] == LIMIT_MB
        assert await sent(client, view, "b1", "Écho 1.dcm", ECHO.read_bytes()) == (200, {"name": "Écho 1.dcm"})
        assert await opened(page, "open_upload", "b1") == "Écho 1: 30"
        assert "not on the server" in await opened(page, "open_upload", "b1")  # it is not kept

    on_page(view, use)
    assert uploads(view) == []


def uploads(view: ViewProcess) -> list[str]:
    """Files that were uploaded and are still there."""
    found = [path for path in view.temporary.rglob("*") if path.is_file()]
    return sorted(path.name for path in found if path.suffix not in (".lock", ".npy"))


def test_several_pictures_are_one_cine(view):
    async def use(page: Page, client) -> None:
        for number, frame in enumerate(moving_square()):
            path = view.temporary / "frame.png"
            write_image(frame, path)
            assert (await sent(client, view, "pictures", f"frame{number}.png", path.read_bytes()))[0] == 200
            path.unlink()
        assert await opened(page, "open_upload", "pictures") == "frame0.png and 5 more: 6"

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
        below = [path.relative_to(view.temporary).parts for path in view.temporary.rglob("*") if path.is_file()]
        assert all("names" not in parts or (parts[-2] == "names" and parts[-1] == kept) for parts in below)

    on_page(view, attack)


@pytest.mark.parametrize("batch", ["..", "%2e%2e", "..%2f..%2fx", "A", "a b", "a.b", "x" * 33, "%00", "é"])
def test_names_of_batches(view, batch):
    async def attack(page: Page, client) -> None:
        url = f"{view.root}/upload/{batch}?name=batch.mp4"
        async with client.post(url, data=b"x", headers={"X-RABSegment": "1"}) as answer:
            assert answer.status in (404, 405, 409)
        assert "not on the server" in await opened(page, "open_upload", batch.replace("%00", "0"))
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
        assert page.state["notice"]["number"] == 0 or page.state["notice"]["kind"]

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
        await page.wait(lambda: sum(path.stat().st_size for path in view.temporary.rglob("x?.mp4")) <= 10)
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
        assert [path.stat().st_size for path in view.temporary.rglob("x.mp4")] == [1]
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
        said = await opened(page, "open_upload", "tricks")
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
        await page.wait(lambda: list(view.temporary.rglob("slow.mp4")))
        assert "on their way" in await opened(page, "open_upload", "slow")
        assert (await sent(client, view, "other", "x.mp4", b"x"))[0] == 200  # leaves it alone
        rest.set()
        assert (await arriving)[0] == 200
        assert await opened(page, "open_upload", "slow") == "slow: 20"
        (view.temporary / "v.mp4").unlink()

    on_page(view, use)


# ---- downloads


async def painted(page: Page) -> None:
    """Open the small cine and mark a frame, with the mouse."""
    assert await opened(page, "open_path", "heart.nrrd") == "heart: 8"
    await page.call("trame.rca.size", "Frame", "page", {**VIEW, "p": 1})
    await page.set(tool="paint", brush_size=16)
    for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
        event = {"type": kind, "x": 160, "y": 120, **VIEW, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
        await page.call("trame.rca.event", "Frame", "page", event)
    await page.wait(lambda: page.state["marks"])


async def fetched(client: aiohttp.ClientSession, view: ViewProcess, kind: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with client.get(f"{view.root}/download/{kind}") as answer:
        return answer, await answer.read()


def test_nothing_to_download(tmp_path):
    with served("--folder", tmp_path, temporary=tmp_path) as process:

        async def use(_page, client) -> None:
            for kind in ("labels", "pictures", "table", "overlay", "scene"):
                answer, body = await fetched(client, process, kind)
                assert answer.status == 409 and "No cine is open" in json.loads(body)["message"]
            for kind in ("", "everything", "labels.seq.nrrd", "LABELS"):
                assert (await fetched(client, process, kind))[0].status in (403, 404)

        on_page(process, use)


def test_a_cine_without_marks_has_nothing_but_its_scene(view):
    async def use(page: Page, client) -> None:
        assert await opened(page, "open_path", "study 1/squares.mha") == "squares: 6"
        for kind in ("labels", "pictures", "table", "overlay"):
            answer, body = await fetched(client, view, kind)
            assert answer.status == 409 and "Nothing is segmented" in json.loads(body)["message"]
        assert (await fetched(client, view, "scene"))[0].status == 200

    on_page(view, use)


def test_every_result_is_downloaded(view, cines, tmp_path):
    got: dict[str, Path] = {}

    async def use(page: Page, client) -> None:
        await painted(page)
        answers = await asyncio.gather(
            *(fetched(client, view, kind) for kind in ("labels", "pictures", "table", "overlay", "scene"))
        )
        for answer, body in answers:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            name = answer.content_disposition.filename
            got[name] = tmp_path / name
            got[name].write_bytes(body)
        await page.ask("show_frame", 3)  # the page goes on
        await page.wait(lambda: page.state["frame"] == 3)

    on_page(view, use)
    assert sorted(got) == [
        "heart labels.seq.nrrd", "heart overlay.mp4", "heart pictures.zip", "heart table.csv", "heart.mrb",
    ]  # fmt: skip
    labels = load_frames(got["heart labels.seq.nrrd"]).frames
    assert labels.shape == (8, 64, 64) and labels[0].any() and not labels[1:].any()
    with zipfile.ZipFile(got["heart pictures.zip"]) as pictures:
        assert pictures.namelist() == [f"heart pictures/{frame:04d}.png" for frame in range(8)]
        picture = tmp_path / "0.png"
        picture.write_bytes(pictures.read("heart pictures/0000.png"))
        assert np.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(picture))), labels[0])
    rows = got["heart table.csv"].read_text(encoding="utf-8").splitlines()
    assert len(rows) == 9 and rows[1].split(",")[2:4] == ["Segment 1", str(int(labels[0].sum()))]
    assert read_cine(got["heart overlay.mp4"]).frame_count == 8
    assert list(view.temporary.rglob("heart*")) == []


def test_segments_that_overlap_come_in_one_file(view, tmp_path):
    async def use(page: Page, client) -> None:
        await painted(page)
        await page.ask("add_segment")
        await page.wait(lambda: len(page.state["segments"]) == 2)
        for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
            event = {"type": kind, "x": 170, "y": 120, **VIEW, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
            await page.call("trame.rca.event", "Frame", "page", event)
        await page.wait(lambda: all(one.get("drawn", True) for one in page.state["segments"]))
        answer, body = await fetched(client, view, "labels")
        assert answer.content_disposition.filename == "heart labels.zip"
        with zipfile.ZipFile(io.BytesIO(body)) as bundle:
            assert bundle.namelist() == ["heart labels_1.seq.nrrd", "heart labels_2.seq.nrrd"]

    on_page(view, use)


def test_the_scene_holds_the_cine_its_marks_and_nothing_else(view, cines, tmp_path):
    from RABSegmentLib.FrameRecords import FrameStatus
    from RABSegmentLib.SegmentationSequence import segmentationOfBrowser
    from slicer_scenes import SlicerScene

    facts: dict = {}

    async def use(page: Page, client) -> None:
        await painted(page)
        await page.ask("rename_segment", page.state["segments"][0]["id"], "Left ventricle")
        await page.ask("recolor_segment", page.state["segments"][0]["id"], "#102030")
        await page.wait(lambda: page.state["segments"][0]["name"] == "Left ventricle")
        facts["segment"] = page.state["segments"][0]
        (tmp_path / "scene.mrb").write_bytes((await fetched(client, view, "scene"))[1])
        (tmp_path / "labels.seq.nrrd").write_bytes((await fetched(client, view, "labels"))[1])

    on_page(view, use)
    fresh = SlicerScene()
    fresh.open(tmp_path / "scene.mrb")
    classes = {fresh.scene.GetNthNode(number).GetClassName() for number in range(fresh.scene.GetNumberOfNodes())}
    assert not [name for name in classes if "View" in name or "Slice" in name or "Editor" in name or "Layout" in name]
    browser = fresh.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    found = segmentationOfBrowser(browser)
    assert found is not None and found.frameCount == 8
    assert found.segmentIds() == [facts["segment"]["id"]]
    assert found.segmentName(found.segmentIds()[0]) == "Left ventricle"
    assert found.segmentColor(found.segmentIds()[0]) == pytest.approx((16 / 255, 32 / 255, 48 / 255), abs=1e-5)
    assert [found.record(frame).status for frame in range(3)] == [
        FrameStatus.MARKED,
        FrameStatus.EMPTY,
        FrameStatus.EMPTY,
    ]
    labels = load_frames(tmp_path / "labels.seq.nrrd").frames
    for frame in range(8):
        assert np.array_equal(found.masks(frame)[found.segmentIds()[0]], labels[frame] > 0)
    assert np.array_equal(found.cine.frames(), read_cine(cines / "heart.nrrd").frames)
    found.select(4)
    assert found.cineProxyNode is not None and found.proxyNode is not None
