"""How the page looks: the files that the browser loads, colours and shapes; light and dark differ in colours alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("web")
_DARK = {
    "background": "#0d1015",
    "surface": "#161b22",
    "surface-bright": "#222a35",
    "surface-light": "#1d242e",
    "surface-variant": "#c9d3df",
    "on-surface-variant": "#161b22",
    "on-surface": "#e4e9f0",
    "on-background": "#e4e9f0",
    "primary": "#5aa9f5",
    "on-primary": "#06121f",
    "secondary": "#8c9bb0",
    "error": "#ff7b72",
    "warning": "#f0b34e",
    "success": "#58c27d",
    "info": "#5aa9f5",
}
_LIGHT = {
    "background": "#eceff3",
    "surface": "#ffffff",
    "surface-bright": "#ffffff",
    "surface-light": "#f3f5f8",
    "surface-variant": "#2b3440",
    "on-surface-variant": "#f3f5f8",
    "on-surface": "#1b232d",
    "on-background": "#1b232d",
    "primary": "#1967c4",
    "on-primary": "#ffffff",
    "secondary": "#5b6b80",
    "error": "#c62828",
    "warning": "#b26a00",
    "success": "#2e7d4f",
    "info": "#1967c4",
}


def module() -> dict[str, Any]:
    """For `enable_module` of a trame server."""
    address = _address()
    return {
        "serve": {address: str(FOLDER)},
        "styles": [f"{address}/{path.name}" for path in sorted(FOLDER.glob("*.css"))],
        "module_scripts": [f"{address}/page.js"],
        "vue_use": ["rabview"],
        "state": {"trame__title": "Segment Video", "trame__favicon": f"{address}/icon.svg"},
    }


def vuetify() -> dict[str, Any]:
    """The configuration of Vuetify."""
    field = {"density": "compact", "variant": "outlined", "hideDetails": True, "color": "primary"}
    return {
        "theme": {
            "defaultTheme": "dark",
            "themes": {"dark": {"dark": True, "colors": _DARK}, "light": {"dark": False, "colors": _LIGHT}},
        },
        "defaults": {
            "VBtn": {"rounded": "lg", "flat": True},
            "VCard": {"rounded": "lg", "flat": True},
            "VSelect": field,
            "VTextField": field,
            "VSlider": {"hideDetails": True, "color": "primary", "thumbSize": 14, "trackSize": 3, "density": "compact"},
            "VRangeSlider": {"hideDetails": True, "color": "primary", "thumbSize": 14, "trackSize": 3},
            "VSwitch": {"hideDetails": True, "color": "primary", "density": "compact"},
            "VTooltip": {"openDelay": 400},
        },
    }


def _address() -> str:
    """Another one for other files: a browser that kept the old ones does not take them for the new."""
    content = b"".join(path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file())
    return f"__rabview_{hashlib.sha256(content).hexdigest()[:12]}"
