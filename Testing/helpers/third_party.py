"""The package of `docs/extending.md`, taken out of that page and installed as a user would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"
PACKAGE = "ourpackage"
_FILE = re.compile(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of_page() -> dict[str, str]:
    """{path in the package: content} of the code blocks that begin with the name of a file."""
    return dict(_FILE.findall(PAGE.read_text(encoding="utf-8")))


def install(folder: Path) -> Path:
    """Write the package, and let pip install it; returns the folder for Python's path."""
    source, site = folder / "source", folder / "site"
    for name, content in {**files_of_page(), f"{PACKAGE}/__init__.py": ""}.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content, encoding="utf-8")
    # What it depends on is here already.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "--target", str(site), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """The package is installed for this process and for those that it starts, until the block ends."""
    site = install(folder)
    with on_path(site):
        yield site


@contextmanager
def on_path(site: Path) -> Iterator[None]:
    """What `install` returned is there for this process and for those that it starts, until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        others = os.environ.get("PYTHONPATH", "")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, [others])]))
        try:
            yield
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
                del sys.modules[name]


def write_npz(path: Path, frames: np.ndarray, spacing: tuple[float, float] = (0.5, 0.4)) -> Path:
    """A cine in the format that the package reads."""
    np.savez(path, frames=frames, spacing=spacing)
    return path
