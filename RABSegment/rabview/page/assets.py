"""What the browser loads beside trame: scripts, styles and the picture of the tab."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("web")


def _address() -> str:
    """Another one for other files: a browser that kept the old ones does not take them for the new."""
    content = b"".join(path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file())
    return f"__rabview_{hashlib.sha256(content).hexdigest()[:12]}"


def module() -> dict[str, Any]:
    """For `enable_module` of a trame server."""
    address = _address()
    return {
        "serve": {address: str(FOLDER)},
        "styles": [f"{address}/{path.name}" for path in sorted(FOLDER.glob("*.css"))],
        "module_scripts": [f"{address}/page.js"],
        "vue_use": ["rabview"],
        "state": {"trame__favicon": f"{address}/icon.svg"},
    }
