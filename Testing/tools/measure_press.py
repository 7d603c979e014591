"""How long the page is silent after *Segment video* is pressed on a large cine.

Run `PYTHONPATH=Testing python -m tools.measure_press [--size 300 900 1200] [--seconds 60]`. The application
        runs as it does under
`rabsegment view`, without a browser; a heart that beats in its event loop shows how long nothing else gets a turn.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from helpers.view_app import AppDriver
from rabengine.synthetic.phantom import beating_ellipse

BEAT = 0.005


class Heart:
    """Notes the longest time between two of its beats."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last - BEAT), now

    def take(self) -> float:
        found, self.longest = self.longest, 0.0
        return found


async def measure(app: AppDriver, seconds: float) -> None:
    """Press, and print what that costs."""
    run, runs, heart = app.state.run, app.application.runs, Heart()
    beating = asyncio.create_task(heart.beat())
    await asyncio.sleep(0.1)
    heart.take()
    pressed = time.monotonic()
    with app.application.state:
        runs.start()
    print(f"press answered after {1000 * (time.monotonic() - pressed):.0f} ms, running: {run.is_running}")
    while run.is_running and not run.progress:
        await asyncio.sleep(BEAT)
    began = time.monotonic() - pressed
    print(f"until the engine begins ({began:.1f} s): longest silence {1000 * heart.take():.0f} ms")
    while run.is_running and time.monotonic() - pressed < seconds:
        await asyncio.sleep(BEAT)
    how = "ended" if not run.is_running else "is cancelled"
    print(f"until the run {how} ({time.monotonic() - pressed:.1f} s): longest silence {1000 * heart.take():.0f} ms")
    if run.is_running:
        with app.application.state:
            runs.cancel(run.number)
        while run.is_running:
            await asyncio.sleep(BEAT)
    await asyncio.sleep(0.5)
    print(f"after it: longest silence {1000 * heart.take():.0f} ms; {run.phase}")
    beating.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(300, 900, 1200), metavar=("T", "H", "W"))
    parser.add_argument("--seconds", type=float, default=60.0, help="the run is cancelled then")
    parser.add_argument("--preset", default="fast")
    options = parser.parse_args()
    count, height, width = options.size
    frames, truth = beating_ellipse(8, height, width, seed=1)
    app = AppDriver(Path(tempfile.mkdtemp()))
    began = time.monotonic()
    app.put(np.concatenate([frames] * (count // 8 + 1))[:count])
    print(f"shown after {time.monotonic() - began:.1f} s")
    app.do(lambda: app.session.mark(0, {app.segment: truth[0] > 0}))
    app.set(preset=options.preset, device="cpu")
    app.loop.run_until_complete(measure(app, options.seconds))
    app.close()
    app.application.close()


if __name__ == "__main__":
    main()
