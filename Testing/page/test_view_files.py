"""The folder whose cines the page of `rabsegment view` may open, also under attack."""

from __future__ import annotations

import os

import pytest

from helpers.view_files import listed, on_page, opened
from helpers.view_process import Page, served

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends servers with POSIX signals")


def test_the_folder_shows_what_can_be_opened(view):
    async def look(page: Page, client) -> None:
        top = await listed(view, client, "")
        assert (top["path"], top["parent"], top["problem"]) == ("", None, "")
        assert [(one["name"], one["kind"]) for one in top["entries"]] == [
            ("study 1", "folder"),
            ("trap", "images"),
            ("detached.mha", "cine"),
            ("detached.nhdr", "cine"),
            ("heart.nrrd", "cine"),
            ("inner.nrrd", "cine"),
            ("loop.webp", "cine"),
            ("own.nhdr", "cine"),
        ]
        assert all(one["size"].endswith(("kB", "bytes")) for one in top["entries"] if one["kind"] == "cine")
        study = await listed(view, client, "study 1")
        assert (study["path"], study["parent"]) == ("study 1", "")
        assert [(one["name"], one["kind"], one["path"]) for one in study["entries"]] == [
            ("empty", "folder", "study 1/empty"),
            ("pictures", "images", "study 1/pictures"),
            ("IM0001", "cine", "study 1/IM0001"),
            ("squares.mha", "cine", "study 1/squares.mha"),
        ]
        empty = await listed(view, client, "study 1/empty")
        assert empty["parent"] == "study 1" and empty["entries"] == [] and empty["problem"]
        inside = await listed(view, client, "study 1/pictures")
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
        ("loop.webp", "loop: 6"),
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
    async def attack(page: Page, client) -> None:
        said = await opened(page, "open_path", path)
        assert ": 6" not in said and ": 8" not in said and said.endswith("."), said
        assert "passwd" in path or "root" not in said
        found = await listed(view, client, path)
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

        async def look(page: Page, client) -> None:
            await page.wait(lambda: page.state.cine.is_open)
            assert page.state.cine.frame_count == 6
            assert len((await listed(process, client, ""))["entries"]) == 8

        on_page(process, look)
