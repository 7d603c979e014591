"""Lines round the segments: smooth over the picture, reshaped by hand, copied on, and as a ghost."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.view_app import AppDriver, phantom_frames
from rabview.contours import filled, outlines

ROWS, COLUMNS = np.mgrid[:64, :64]
DISC = (ROWS - 30) ** 2 + (COLUMNS - 34) ** 2 < 15**2


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine open, whose first frame has a disc."""
    app.put(phantom_frames(), spacing=(0.5, 0.5))
    app.do(lambda: app.session.mark(0, {app.segment: DISC}))
    return app


def facts(driver: AppDriver) -> dict:
    return driver.application.viewing.facts()


def circle(x: float, y: float, radius: float) -> list[list[float]]:
    return [[x + radius * np.cos(a), y + radius * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 60, endpoint=False)]


def test_lines_round_a_mask_enclose_what_it_covers() -> None:
    masks = [DISC, DISC & ~(np.hypot(ROWS - 30, COLUMNS - 34) < 5), np.zeros_like(DISC), np.ones_like(DISC)]
    masks.append((np.abs(ROWS - 10) < 4) | (np.abs(COLUMNS - 50) < 3))
    single = np.zeros_like(DISC)
    single[0, 63] = single[63, 0] = True
    for mask in [*masks, single]:
        enclosed = np.zeros_like(mask)
        for line in outlines(mask):
            enclosed ^= filled(line, mask.shape)
        assert (enclosed ^ mask).sum() <= 0.01 * mask.sum() + (4 if mask.any() and mask is masks[-1] else 0)


def test_a_line_is_smooth_and_not_along_the_pixels() -> None:
    (line,) = outlines(DISC)
    radii = np.hypot(*(line - (34, 30)).T)
    assert radii.std() < 0.2, "stairs would be off by half a pixel"
    assert radii.mean() == pytest.approx(14.8, abs=0.3)


def test_the_picture_comes_with_the_lines_of_what_it_shows(cine: AppDriver) -> None:
    (shown,) = facts(cine)["segments"]
    line = np.reshape(shown["lines"][0], (-1, 2))
    assert np.hypot(*(line - (34, 30)).T).mean() == pytest.approx(14.8, abs=0.3)
    assert shown["name"] == "Segment 1" and DISC[int(shown["at"][1]), int(shown["at"][0])]
    cine.show(3)
    assert facts(cine)["segments"] == [] or facts(cine)["segments"][0]["lines"] == []
    cine.show(0)
    cine.ask("toggle_segment", cine.segment)
    assert facts(cine)["segments"] == []


def test_the_place_of_a_pixel_is_where_the_view_shows_it(cine: AppDriver) -> None:
    cine.ask("zoom_at", 4, 0.3, 0.6)
    left, top, across, down = facts(cine)["place"]
    x, y = cine.place(50, 20)
    assert left + 50 * across == pytest.approx(x, abs=1)
    assert top + 20 * down == pytest.approx(480 - y, abs=1)


def test_a_reshaped_outline_is_one_step_and_leaves_other_pieces(cine: AppDriver) -> None:
    far = (ROWS < 6) & (COLUMNS < 6)
    cine.do(lambda: cine.session.mark(0, {cine.segment: DISC | far}))
    before = cine.mask(0)
    cine.ask("reshape", 0, 0, circle(30, 34, 12))
    wanted = np.hypot(COLUMNS - 30, ROWS - 34) < 12
    assert (cine.mask(0) ^ (wanted | far)).sum() < 10
    assert cine.state.marks.rows[0].by == "marked" and "painted" in cine.segmentation.record(0).means
    assert cine.state.undo.undo_text == "Reshape the outline"
    cine.ask("undo_edit")
    assert np.array_equal(cine.mask(0), before)


def test_an_outline_is_drawn_where_there_is_no_mark_yet(cine: AppDriver) -> None:
    cine.ask("reshape", 2, 0, circle(30, 34, 12))
    assert cine.marked() == [0, 2] and cine.state.cine.frame == 2, "where it was drawn, and shown there"
    assert (cine.mask(2) ^ (np.hypot(COLUMNS - 30, ROWS - 34) < 12)).sum() < 10


@pytest.mark.parametrize("line", [[], [[1, 2]], [[1, 2], [3, 4]], "line", [[1, 2, 3]] * 5, [["a", 1]] * 4])
def test_a_line_that_encloses_nothing_changes_nothing(cine: AppDriver, line: object) -> None:
    cine.ask("reshape", 0, 0, line)
    cine.ask("reshape", 6, 0, circle(30, 30, 9))
    assert np.array_equal(cine.mask(0), DISC) and cine.marked() == [0]


def test_the_mark_is_copied_to_the_next_frame_which_is_shown(cine: AppDriver) -> None:
    cine.ask("copy_to_next")
    assert cine.state.cine.frame == 1 and np.array_equal(cine.mask(1), DISC) and cine.marked() == [0, 1]
    assert cine.segmentation.record(1).means == ("copied",)
    cine.ask("undo_edit")
    assert cine.marked() == [0] and not cine.mask(1).any()
    cine.show(5)
    cine.ask("copy_to_next")
    assert cine.state.cine.frame == 5 and cine.marked() == [0], "nothing to copy, and no next frame"


def test_the_nearest_marked_outline_is_a_ghost(cine: AppDriver) -> None:
    cine.show(2)
    assert facts(cine)["ghost"] == []
    cine.set(is_ghost_shown=True)
    line = np.reshape(facts(cine)["ghost"][0], (-1, 2))
    assert line.mean(axis=0) == pytest.approx((34, 30), abs=0.3)
    cine.do(lambda: cine.session.mark(3, {cine.segment: np.roll(DISC, 6, axis=1)}))
    assert np.reshape(facts(cine)["ghost"][0], (-1, 2)).mean(axis=0) == pytest.approx((40, 30), abs=0.3)


def test_opacity_and_outline_only_hold_on_all_frames_and_cines(cine: AppDriver) -> None:
    def opacity() -> float:
        return facts(cine)["fill"]

    cine.set(opacity=0.8)
    assert opacity() == pytest.approx(0.8)
    cine.set(is_outline_only=True)
    assert opacity() == 0
    cine.set(are_names_shown=True)
    assert facts(cine)["names"]
    cine.put(phantom_frames())
    assert opacity() == 0
    cine.set(is_outline_only=False)
    assert opacity() == pytest.approx(0.8)
