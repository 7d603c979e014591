"""Results that the page of `rabsegment view` downloads."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zipfile
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from helpers.view_files import on_page, opened
from helpers.view_process import Page, ViewProcess, served
from rabengine.io.marks.read import read_mark
from rabengine.io.read import load_frames, read_cine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")


VIEW = {"w": 320, "h": 240}


async def painted(page: Page) -> None:
    """Open the small cine and mark a frame, with the mouse."""
    assert await opened(page, "open_path", "heart.nrrd") == "heart: 8"
    await page.call("trame.rca.size", "Frame", "page", {**VIEW, "p": 1})
    await page.set(tool="paint", brush_size=16)
    for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
        event = {"type": kind, "x": 160, "y": 120, **VIEW, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
        await page.call("trame.rca.event", "Frame", "page", event)
    await page.wait(lambda: page.state.marks.rows)


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
        await page.wait(lambda: page.state.cine.frame == 3)

    on_page(view, use)
    assert sorted(got) == [
        "heart labels.seq.nrrd", "heart overlay.mp4", "heart pictures.zip", "heart table.csv", "heart.mrb",
    ]  # fmt: skip
    labels = load_frames(got["heart labels.seq.nrrd"]).frames
    assert labels.shape == (8, 64, 64) and labels[0].any() and not labels[1:].any()
    with zipfile.ZipFile(got["heart pictures.zip"]) as pictures:
        names = [*(f"{frame:04d}.png" for frame in range(8)), "segments.csv"]
        assert pictures.namelist() == [f"heart pictures/{name}" for name in names]
        picture = tmp_path / "0.png"
        picture.write_bytes(pictures.read("heart pictures/0000.png"))
        assert np.array_equal(read_mark(picture, (64, 64)).labels, labels[0])
        assert b"1,Segment 1," in pictures.read("heart pictures/segments.csv")
    rows = got["heart table.csv"].read_text(encoding="utf-8").splitlines()
    assert len(rows) == 9 and rows[1].split(",")[2:4] == ["Segment 1", str(int(labels[0].sum()))]
    assert read_cine(got["heart overlay.mp4"]).frame_count == 8
    assert view.files("heart*") == []


def test_who_goes_away_during_a_download_leaves_nothing(view):
    async def use(page: Page, client) -> None:
        assert await opened(page, "open_path", "study 1/IM0001") == "IM0001: 30"
        for _time in range(3):
            async with view.session() as other:
                answer = await other.get(f"{view.root}/download/scene")
                answer.close()
        impatient = asyncio.create_task(fetched(client, view, "scene"))
        await asyncio.sleep(0)
        impatient.cancel()
        await page.wait(lambda: not view.files("*.mrb"))
        assert (await fetched(client, view, "scene"))[0].status == 200

    on_page(view, use)


def test_segments_that_overlap_come_in_one_file(view, tmp_path):
    async def use(page: Page, client) -> None:
        await painted(page)
        await page.ask("add_segment")
        await page.wait(lambda: len(page.state.segments.rows) == 2)
        for kind in ("MouseMove", "LeftButtonPress", "LeftButtonRelease"):
            event = {"type": kind, "x": 170, "y": 120, **VIEW, "ctrlKey": 0, "altKey": 0, "shiftKey": 0}
            await page.call("trame.rca.event", "Frame", "page", event)
        await page.wait(lambda: all(one.get("drawn", True) for one in page.state.segments.rows))
        answer, body = await fetched(client, view, "labels")
        assert answer.content_disposition.filename == "heart labels.zip"
        with zipfile.ZipFile(io.BytesIO(body)) as bundle:
            assert bundle.namelist() == ["heart labels_1.seq.nrrd", "heart labels_2.seq.nrrd"]

    on_page(view, use)


def test_the_scene_holds_the_cine_its_marks_and_nothing_else(view, cines, tmp_path):
    from helpers.slicer_scenes import SlicerScene
    from RABSegmentLib.Scene.FrameRecords import FrameStatus
    from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser

    facts: dict = {}

    async def use(page: Page, client) -> None:
        await painted(page)
        await page.ask("rename_segment", page.state.segments.rows[0]["id"], "Left ventricle")
        await page.ask("recolor_segment", page.state.segments.rows[0]["id"], "#102030")
        await page.wait(lambda: page.state.segments.rows[0]["name"] == "Left ventricle")
        facts["segment"] = page.state.segments.rows[0]
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
