"""The page records how marks are made and how long one is at a frame, as the panel does."""

from __future__ import annotations

import numpy as np

from helpers.view_app import AppDriver, phantom_frames


def test_the_time_stands_while_all_tabs_are_hidden(app: AppDriver) -> None:
    """The clock is one that is set by hand."""
    app.put(phantom_frames(4))
    now = [0.0]
    app.session.clock._now = lambda: now[0]
    app.do(app.session.clock.touch)
    spent = app.segmentation.seconds(0)

    def after(seconds: float) -> float:
        now[0] += seconds
        app.do(app.session.clock.touch)
        return app.segmentation.seconds(0) - spent

    app.ask("watch", "one", True)
    app.ask("watch", "two", False)
    assert after(5) == 5, "the first tab is seen"
    now[0] += 4
    app.ask("watch", "one", False)
    assert after(20) == 9, "what passed until it was hidden counts"
    app.ask("watch", "two", True)
    assert after(3) == 12
    app.do(app.application.watching.leave)
    assert after(20) == 12, "its tab was closed"
    app.ask("watch", "three", True)
    assert after(2) == 14
    app.ask("watch", "four", True)
    calls = app.state.watch.calls
    app.do(app.application.watching.leave)
    assert app.state.watch.calls == calls + 1, "which of the two was closed is asked of those that are left"
    app.ask("watch", "four", True)
    assert after(3) == 17
    app.ask("watch", "four", False)
    assert after(20) == 17, "the tab that was closed is not taken for one that is seen"


def test_the_time_at_each_frame_and_the_means_of_a_mark_are_kept_with_the_scene(app: AppDriver) -> None:
    app.put(phantom_frames(4))
    drawn = np.zeros((64, 64), bool)
    drawn[20:30, 20:30] = True

    def work() -> None:
        app.segmentation.setMasks(0, {app.segment: drawn})
        app.session.keeping.noticeEdit(0)
        app.segmentation.select(2)

    app.do(work)
    assert app.segmentation.seconds(0) > 0
    assert app.segmentation.seconds(3) == 0, "nobody looked"
    assert app.segmentation.record(0).made == ("painted",)
    app.do(app.application.cines.close)
