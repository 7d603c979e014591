"""Threads spin on a machine of their own, and sleep soon on one that others want; what the user chose stays."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rabengine.environment import SHORT_SPIN, USUAL_SPIN, wait_by_load

CORES = os.cpu_count() or 1


@pytest.mark.parametrize(
    ("before", "load", "after"),
    [
        ({}, 0.1 * CORES, {"GOMP_SPINCOUNT": USUAL_SPIN}),
        ({}, 4.0 * CORES, {"GOMP_SPINCOUNT": SHORT_SPIN}),
        ({"GOMP_SPINCOUNT": "9"}, 4.0 * CORES, {"GOMP_SPINCOUNT": "9"}),
        ({"OMP_WAIT_POLICY": "active"}, 4.0 * CORES, {"OMP_WAIT_POLICY": "active"}),
    ],
)
def test_waiting_by_load(before, load, after):
    environment = dict(before)
    wait_by_load(environment, load)
    assert environment == after


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc what runs")
def test_programs_that_run_now_count():
    forever = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    busy = [subprocess.Popen(forever, stdout=subprocess.PIPE) for _ in range(2 * CORES)]
    try:
        for process in busy:
            assert process.stdout is not None and process.stdout.readline()  # it runs
        environment: dict[str, str] = {}
        wait_by_load(environment)
        assert environment == {"GOMP_SPINCOUNT": SHORT_SPIN}
    finally:
        for process in busy:
            process.kill()
            process.communicate()
