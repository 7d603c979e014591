"""The benchmark's row of clicks: what is measured, and its table."""

from __future__ import annotations

import time

from rabengine.benchmark.clicks import FRAMES, measure_clicks
from rabengine.benchmark.report import to_markdown
from rabengine.benchmark.scenarios import CLICKS, all_scenarios
from rabengine.synthetic.phantom import beating_ellipse


def test_clicks_are_measured_with_features_and_without_and_have_a_table() -> None:
    frames, truth = beating_ellipse(FRAMES, 64, 72, seed=1)
    measured = measure_clicks({"device": "cpu", "started": time.time()}, frames, truth)
    assert 0 < measured["click_ms"] <= measured["slowest_click_ms"]
    assert measured["features_ms"] > 0 and measured["click_at_once_ms"] > 0 and measured["iou"] > 0.5
    page = to_markdown(
        {}, [{"group": CLICKS, "preset": CLICKS, "frames": FRAMES, "height": 64, "width": 72, **measured}]
    )
    assert "72 x 64" in page and "first click at once, ms" in page
    assert {one.group for one in all_scenarios(True)} >= {CLICKS}
    assert CLICKS not in {one.group for one in all_scenarios(True, ("fast",))}, "clicks are answered by no preset"
