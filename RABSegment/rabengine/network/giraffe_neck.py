"""The heavy neck: generalised feature pyramid of GiraffeDet (Jiang et al., ICLR 2022)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .features import resize

GROUPS = 8


def fuse_node(inputs: int, width: int) -> nn.Sequential:
    """`Phi`: Conv1x1, SiLU, Conv3x3, norm. Group norm, for batches are small when relearning."""
    return nn.Sequential(
        nn.Conv2d(inputs * width, width, 1),
        nn.SiLU(inplace=True),
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.GroupNorm(GROUPS, width),
    )


def column_links(column: int) -> list[int]:
    """log2n links: earlier columns that a column (counted from 1) takes from, such as [4, 3, 1] for 5."""
    links, step = [], 1
    while column - step >= 1:
        links.append(column - step)
        step *= 2
    return links


class GiraffeNeck(nn.Module):
    """Columns of nodes over pyramid levels; odd columns run coarse to fine, even ones fine to coarse.

    A node takes its own level in earlier columns (log2n links), both neighbouring levels of the column before and the
    neighbour just computed (queen fusion). A coarser level is added below the input: large objects are seen whole.
    """

    def __init__(self, width: int, inputs: int = 3, extra: int = 1, columns: int = 3) -> None:
        super().__init__()
        self.levels = inputs + extra
        self.extra = extra
        self.columns = columns
        self.nodes = nn.ModuleDict()
        for column in range(1, columns + 1):
            for level in range(self.levels):
                self.nodes[f"c{column}l{level}"] = fuse_node(len(self.sources(column, level)), width)

    def sources(self, column: int, level: int) -> list[tuple[int, int]]:
        """(column, level) of what a node takes; column 0 is the neck's input."""
        own = [(link, level) for link in column_links(column)] if column > 1 else [(0, level)]
        diagonal = [(column - 1, near) for near in (level - 1, level + 1) if column > 1]
        neighbour = (column, level + 1 if column % 2 else level - 1)
        return [source for source in [*own, *diagonal, neighbour] if 0 <= source[1] < self.levels]

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """(B, width, h, w) a level, finest first, to the last column's maps, one more level than came in."""
        computed: dict[tuple[int, int], Tensor] = {(0, level): value for level, value in enumerate(maps)}
        for level in range(len(maps), self.levels):
            computed[0, level] = F.max_pool2d(computed[0, level - 1], 3, 2, 1)
        sizes = [(int(computed[0, k].shape[-2]), int(computed[0, k].shape[-1])) for k in range(self.levels)]
        for column in range(1, self.columns + 1):
            order = range(self.levels - 1, -1, -1) if column % 2 else range(self.levels)
            for level in order:
                parts = [_to_level(computed[s], s[1], level, sizes[level]) for s in self.sources(column, level)]
                computed[column, level] = self.nodes[f"c{column}l{level}"](torch.cat(parts, dim=1))
        return [computed[self.columns, level] for level in range(self.levels)]


def _to_level(value: Tensor, level: int, target: int, size: tuple[int, int]) -> Tensor:
    """Max-pool 3x3 stride 2 going coarser, bilinear going finer."""
    if level < target:
        return F.max_pool2d(value, 3, 2, 1)
    return resize(value, size) if level > target else value
