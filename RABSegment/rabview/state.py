"""What the page shows, before there is a cine."""

from __future__ import annotations

from typing import Any

from RABSegmentLib import PanelTexts
from RABSegmentLib.TimelineData import STATUS_COLORS


def initial_state() -> dict[str, Any]:
    """{name: value} of every variable of the page."""
    return {
        "trame__title": "Segment Video",
        # the cine
        "has_cine": False,
        "is_reading": False,
        "reading_name": "",
        "cine_number": 0,
        "cine_name": "",
        "cine_text": "",
        "scale": {"spacing": None, "ms": None, "can_size": False, "can_time": False},
        "frame": 0,
        "frame_count": 1,
        "frame_text": "",
        "frame_status": "empty",
        "times": [],
        "fps": 0,
        "is_playing": False,
        # marks of an earlier time
        "offer": None,  # {"text", "place"} of what can be continued with
        "kept": {"text": "", "problem": ""},
        "last_cine": None,  # {"name", "path"} of what was worked on last
        # the view
        "window": 255,
        "level": 128,
        "zoom_text": "",
        "are_segments_shown": True,
        # tools
        "tool": "view",
        "brush_size": 12,
        "scissors_mode": "erase_inside",
        "smoothing_mode": "median",
        "smoothing_size": 5,
        "islands_mode": "keep_largest",
        "islands_size": 50,
        "threshold": [0.0, 255.0],
        "range_low": 0.0,
        "range_high": 255.0,
        "is_limited": False,
        "can_undo_edit": False,
        "can_redo_edit": False,
        "undo_text": "",
        "redo_text": "",
        # segments and marks
        "segments": [],
        "segment": "",
        "marks": [],
        # the run
        "controls": {},
        "is_running": False,
        "run_number": 0,
        "progress": 0.0,
        "phase": "",
        "losses": [],
        "presets": [],
        "preset": "balanced",
        "devices": [],
        "device": "auto",
        "device_text": "",
        "seed": 0,
        "timeline": {"bars": [], "curves": [], "status": "", "confidence": []},
        "legend": [
            {"title": title, "color": STATUS_COLORS[status]} for status, title in PanelTexts.statusTitles().items()
        ],
        # results
        "areas": {"x": [], "curves": [], "columns": [], "rows": [], "x_title": "", "y_title": ""},
        "ventricle": "",
        "ejection": {"text": "", "figures": []},
        # files
        "folder": {"path": "", "parent": None, "entries": [], "problem": "", "use": "cine"},
        "upload_limit_mb": 0,
        # messages
        "notice": {"kind": "error", "text": "", "number": 0},
        "notice_open": False,
    }
