"""Dice of the presets on each cine, with the margin over the best peer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .markdown import decimal, signed, table
from .methods import PEER, PRESET
from .results import Record, Results
from .summary import best_peer, methods_of, video_dice


def margin_section(results: Results, rows: Sequence[Record]) -> list[str]:
    """Dice of each preset on each cine with its margins; empty without presets or peers.

    Args:
        results: methods and videos.
        rows: scores of one protocol on cines of one kind.
    """
    peer = best_peer(results, rows)
    presets = [name for name in methods_of(results, PRESET) if any(row["method"] == name for row in rows)]
    if peer is None or not presets:
        return []
    videos = [name for name in results.videos if any(row["video"] == name for row in rows)]
    body = [_video_cells(results, rows, peer, presets, video) for video in videos]
    body.append(_mean_cells(rows, peer, presets, videos))
    return [
        f"The best single peer is {peer}. In brackets the margin to it, then to the best peer on that cine:",
        "",
        *table(["cine", peer, "best peer there", *presets], body),
        "",
    ]


def _video_cells(results: Results, rows: Sequence[Record], peer: str, presets: Sequence[str], video: str) -> list[str]:
    single = video_dice(rows, peer, video)
    others = {name: video_dice(rows, name, video) for name in methods_of(results, PEER)}
    known = {name: dice for name, dice in others.items() if dice is not None}
    there = max(known, key=lambda name: known[name]) if known else None
    best = None if there is None else known[there]
    cells = []
    for preset in presets:
        ours = video_dice(rows, preset, video)
        cells.append(f"{decimal(ours, 3)} ({_margin(ours, single)}, {_margin(ours, best)})")
    return [video, decimal(single, 3), f"{decimal(best, 3)} {there or ''}".strip(), *cells]


def _mean_cells(rows: Sequence[Record], peer: str, presets: Sequence[str], videos: Sequence[str]) -> list[str]:
    """Means over cines, each cine counting once; a preset is compared on the cines that both have."""
    single = {video: dice for video in videos if (dice := video_dice(rows, peer, video)) is not None}
    cells = []
    for preset in presets:
        ours = {video: dice for video in single if (dice := video_dice(rows, preset, video)) is not None}
        mean = float(np.mean(list(ours.values()))) if ours else None
        base = float(np.mean([single[video] for video in ours])) if ours else None
        cells.append(f"{decimal(mean, 3)} ({_margin(mean, base)})")
    overall = float(np.mean(list(single.values()))) if single else None
    return ["mean of cines", decimal(overall, 3), "", *cells]


def _margin(ours: float | None, other: float | None) -> str:
    return signed(None if ours is None or other is None else ours - other, 3)
