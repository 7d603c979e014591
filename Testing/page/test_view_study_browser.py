"""The list of a study's cines in a browser: reached by keys, named for who does not see it."""

from __future__ import annotations

import pytest

from helpers.browser import WINDOW, Browser, ViewPage, ViewServer
from helpers.page_state import IN_PAGE
from helpers.study_files import make_study


def test_the_list_of_a_study_is_gone_through_by_keys_and_axe_finds_nothing_in_it(browser: Browser, tmp_path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
    study = make_study(tmp_path, count=3)
    server = ViewServer(tmp_path, "--study", str(study.folder), "--by", "Carla")
    try:
        context = browser.new_context(viewport=WINDOW, color_scheme="dark", reduced_motion="reduce")
        view = ViewPage(context.new_page())
        view.open(server.address)
        row = view.find("cine-row-2")
        row.wait_for()
        assert row.get_attribute("aria-label") == "Cine 2, cine2.nrrd, waiting, 0 marked frames"
        view.until("[...document.querySelectorAll('.rab-cine-picture')].every((one) => one.naturalWidth > 0)")
        view.key("Tab")
        row.focus()
        view.key("Enter")
        view.until(f"{IN_PAGE.study.current} === 2 && {IN_PAGE.cine.is_open}")
        view.until("document.querySelector('[data-testid=cine-row-2]').ariaCurrent === 'true'")
        view.key(".")
        view.until(f"{IN_PAGE.study.current} === 3")
        view.find("study-search").fill("cine1 tester")
        view.until(f"{IN_PAGE.study.rows}.length === 1")
        view.find("study-search").fill("")
        view.until(f"{IN_PAGE.study.rows}.length === 3")
        view.page.wait_for_timeout(300)
        for scheme in ("dark", "light"):
            view.page.emulate_media(color_scheme=scheme)
            view.page.wait_for_timeout(500)
            found = axe.Axe().run(view.page, options={"resultTypes": ["violations"]}).response["violations"]
            assert [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]] == []
        view.find("tab-study").focus()
        view.key("ArrowRight")
        view.find("panel-segment").wait_for()
        view.key("ArrowLeft")
        view.find("panel-study").wait_for()
        assert view.complaints == []
        context.close()
    finally:
        server.close()
