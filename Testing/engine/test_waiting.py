"""Threads spin on a machine of their own, and sleep soon on one that others want; what the user chose stays."""

from __future__ import annotations

import os

import pytest

from rabengine.environment import SHORT_SPIN, wait_by_load

CORES = os.cpu_count() or 1


@pytest.mark.parametrize(
    ("before", "load", "after"),
    [
        ({}, 0.1 * CORES, {}),
        ({}, 4.0 * CORES, {"GOMP_SPINCOUNT": SHORT_SPIN}),
        ({"GOMP_SPINCOUNT": "9"}, 4.0 * CORES, {"GOMP_SPINCOUNT": "9"}),
        ({"OMP_WAIT_POLICY": "active"}, 4.0 * CORES, {"OMP_WAIT_POLICY": "active"}),
    ],
)
def test_waiting_by_load(before, load, after):
    environment = dict(before)
    wait_by_load(environment, load)
    assert environment == after
