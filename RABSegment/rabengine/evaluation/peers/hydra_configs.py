"""Configurations that the package hydra reads: it knows one place for the whole process, and here is lent another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def configs_in(place: str | Path) -> Iterator[None]:
    """Let hydra find configurations in a package, by its name, or in a folder."""
    from hydra import initialize_config_dir, initialize_config_module
    from hydra.core.global_hydra import GlobalHydra

    holder = GlobalHydra.instance()
    kept = holder.hydra
    holder.clear()
    try:
        if isinstance(place, Path):
            initialize_config_dir(str(place.absolute()), version_base="1.2")
        else:
            initialize_config_module(place, version_base="1.2")
        yield
    finally:
        holder.hydra = kept
