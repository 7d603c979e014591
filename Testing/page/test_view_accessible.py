"""Whoever has no mouse, or does not see: every control of the page is reached by keys and has a name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import SimpleITK

from helpers.browser import WINDOW, Browser, ViewPage, ViewServer
from helpers.browser_steps import FRAMES, draw_cavity, open_heart
from helpers.page_state import IN_PAGE

TOOLS = ("view", "prompt", "outline", "paint", "scissors", "threshold", "smoothing", "islands", "measure")
RULES_OF_COLORS = ("color-contrast", "link-in-text-block")  # of those that axe-core has by default
# Nothing moves or fades but what goes on without end.
IS_STILL = "document.getAnimations().every((one) => one.effect.getComputedTiming().endTime === Infinity)"
MENUS = ("open", "download", "play-choices", "looks", "marks-from-file")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewServer]:
    folder = tmp_path_factory.mktemp("cines")
    image = SimpleITK.GetImageFromArray(FRAMES)
    image.SetSpacing((0.5, 0.5, 1.0))
    SimpleITK.WriteImage(image, str(folder / "heart.nrrd"))
    started = ViewServer(folder)
    yield started
    started.close()


def tab(browser: Browser, server: ViewServer, scheme: str, width: int = WINDOW["width"]) -> ViewPage:
    size = {"width": width, "height": WINDOW["height"]}
    view = ViewPage(browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page())
    view.open(server.address)
    return view


@pytest.fixture
def view(browser: Browser, server: ViewServer) -> Iterator[ViewPage]:
    opened = tab(browser, server, "dark")
    open_heart(opened)
    if not opened.state.marks.rows:
        draw_cavity(opened, 0)
    yield opened
    opened.page.context.close()
    assert opened.complaints == []


def violations(view: ViewPage, *, of_colors: bool = False) -> list[str]:
    """What axe-core finds wrong with the page as it is, or with its colours alone, and where."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python, which brings axe-core, is not installed"
    )
    view.until(IS_STILL)  # what fades in has its colours
    rules = {"runOnly": {"type": "rule", "values": list(RULES_OF_COLORS)}} if of_colors else {}
    # Half a megabyte, which a page needs to read once.
    runner = axe.Axe("undefined") if view.page.evaluate("'axe' in window") else axe.Axe()
    found = runner.run(view.page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def test_axe_finds_nothing_in_the_empty_page(browser: Browser, server: ViewServer) -> None:
    view = tab(browser, server, "dark")
    assert violations(view) == []
    view.page.context.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_while_a_cine_is_marked(browser: Browser, server: ViewServer, scheme: str) -> None:
    view = tab(browser, server, scheme)
    open_heart(view)
    draw_cavity(view, 0)
    found = {}
    of_colors = scheme == "light"  # all else is the same page
    for tool in TOOLS:
        view.click(f"tool-{tool}")
        found[tool] = violations(view, of_colors=of_colors)
    for menu in MENUS:
        view.click(menu)
        found[menu] = violations(view, of_colors=of_colors)
        view.key("Escape")
        view.until(IS_STILL)
    for dialog in ("help", "scale"):
        view.click(dialog)
        found[dialog] = violations(view, of_colors=of_colors)
        view.click(f"close-{dialog}")
    view.click("tab-results")
    view.find("area-table").wait_for()
    view.click("show-ventricle")
    found["results"] = violations(view, of_colors=of_colors)
    assert {where: problems for where, problems in found.items() if problems} == {}
    view.page.context.close()


def test_segments_marks_and_tabs_are_reached_and_used_by_keys(view: ViewPage) -> None:
    view.click("add-segment")
    second = view.find("segment-name-1")
    second.wait_for()
    first = view.find("segment-name-0")
    assert first.get_attribute("aria-pressed") == "false"
    first.focus()
    view.key("Enter")
    # Enter on a button that Tab has reached presses it; else it verifies the frame.
    view.key("Tab")
    first.focus()
    view.key("Enter")
    view.until("document.querySelector('[data-testid=segment-name-0]').ariaPressed === 'true'")
    view.key("F2")
    view.find("rename-0").fill("Ventricle")
    view.key("Enter")
    first.get_by_text("Ventricle").wait_for()

    view.key("End")
    view.wait_for_frame(15)
    view.find("mark-row-0").get_by_role("button").first.focus()
    view.key("Tab")
    view.key("Shift+Tab")
    view.key("Enter")
    view.wait_for_frame(0)

    view.find("tab-segment").focus()
    view.key("ArrowRight")
    view.find("panel-results").wait_for()
    assert view.find("tab-results").get_attribute("aria-selected") == "true"
    assert view.find("tab-results").evaluate("one => one === document.activeElement")
    assert view.state.cine.frame == 0, "the arrows are the tabs'"
    view.key("ArrowLeft")
    view.find("panel-segment").wait_for()


def test_who_goes_through_a_list_by_keys_goes_on_there_when_a_line_is_gone_or_renamed(view: ViewPage) -> None:
    def has_focus(name: str) -> str:
        return f"document.activeElement.matches('[data-testid={name}]')"

    view.key("End")
    view.wait_for_frame(15)
    draw_cavity(view, 15)
    view.key("Tab")
    view.find("segment-name-0").focus()
    view.key("F2")
    view.find("rename-0").fill("Cavity")
    view.key("Enter")
    view.find("segment-name-0").get_by_text("Cavity").wait_for()
    view.until(has_focus("segment-name-0"))

    view.find("remove-mark-0").focus()
    view.key("Enter")
    view.find("mark-row-0").wait_for(state="detached")
    view.until(has_focus("remove-mark-15"))
    view.key("Enter")
    view.find("mark-row-15").wait_for(state="detached")
    view.until(has_focus("marks-from-file"))


def test_a_slider_that_tab_has_reached_has_the_arrows(view: ViewPage) -> None:
    view.click("tool-paint")
    slider = view.find("brush-size").get_by_role("slider")
    view.key("Tab")
    slider.focus()
    size, frame = view.state.tools.brush_size, view.state.cine.frame
    view.key("ArrowRight")
    view.until(f"{IN_PAGE.tools.brush_size} > {size}")
    assert view.state.cine.frame == frame


def test_keys_never_fire_while_one_types(view: ViewPage) -> None:
    view.click("tool-view")
    frame = view.state.cine.frame
    view.find("segment-name-0").dblclick()
    field = view.find("rename-0")
    field.wait_for()
    view.page.keyboard.type("pedt qwmn[] 0hyabc\\")
    for key in ("ArrowLeft", "ArrowRight", "Home", "End", "PageDown", "Control+z"):
        view.key(key)
    assert view.state.tools.tool == "view" and view.state.cine.frame == frame
    assert view.find("side").is_visible() and view.state.view.are_segments_shown
    field.fill("Left ventricle [old] wall")
    view.key("Enter")
    view.find("segment-name-0").get_by_text("Left ventricle [old] wall").wait_for()
    assert view.state.undo.undo_text == "Rename to Left ventricle [old] wall"
    view.key("p")
    view.until(f"{IN_PAGE.tools.tool} === 'paint'")


def test_what_is_being_typed_stays_when_the_page_changes(view: ViewPage) -> None:
    view.find("segment-name-0").dblclick()
    field = view.find("rename-0")
    field.fill("Right vent")
    frame = view.state.cine.frame
    view.page.evaluate("frame => window.trame.trigger('show_frame', [frame])", 1 - min(frame, 1))
    view.wait_for_frame(1 - min(frame, 1))
    assert field.input_value() == "Right vent"
    view.page.keyboard.type("ricle")
    view.key("Enter")
    view.find("segment-name-0").get_by_text("Right ventricle").wait_for()


def test_what_a_control_does_is_said_at_the_foot_where_it_covers_nothing(view: ViewPage) -> None:
    view.find("tool-erase").hover()
    view.find("tip").get_by_text("Erase (E)").wait_for()
    tip, picture = view.find("tip").bounding_box(), view.find("picture").bounding_box()
    assert tip is not None and picture is not None and tip["y"] >= picture["y"] + picture["height"]
    assert view.page.locator(".v-tooltip").count() == 0
    view.find("verify").hover(force=True)
    view.find("tip").get_by_text("This frame is marked by you already.").wait_for()
    view.page.mouse.move(600, 300)
    view.until("!document.querySelector('[data-testid=tip]').innerText")
