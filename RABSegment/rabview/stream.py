"""The slice view as pictures for the page: drawn when something changed, encoded off the event loop, sent at once."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from trame_client.widgets.adapter import ClientAdapter
from trame_rca.utils import RcaViewAdapter
from trame_rca.widgets.rca import RemoteControlledArea
from trame_slicer.rca_view.rca_view_factory import RcaRenderStrategy, RcaWindow
from trame_slicer.views import IViewFactory, NoScheduleRendering, SliceView, ViewLayout, ViewLayoutDefinition, ViewType

QUALITY = 90  # of JPEG, with colour in every pixel: outlines are one pixel wide
SHORTEST_PERIOD = 0.025  # seconds between two pictures: more is not seen, and the mouse has to be listened to
PAUSE = 0.004  # seconds for the mouse and the page after a picture that took longer
MOVING_SECONDS = 0.25  # how long after a step of the cine the next one is expected
WANTED_SECONDS = 0.05  # that a picture of a moving cine may take
COARSEST = 0.5  # share of the size at which a moving cine is drawn on a slow computer


class PictureStream:
    """Draws the view whenever that was asked for, the newest state only; a scheduler for trame-rca.

    A cine that moves is drawn smaller where this computer is too slow for it, and sharp again when it rests.

    Args:
        window: what is drawn.
        facts: goes with each picture to the page.
    """

    def __init__(self, window: RcaWindow, facts: Callable[[], dict[str, Any]]) -> None:
        self.rca = window
        self.target_fps = 1 / SHORTEST_PERIOD
        self.adapter: RcaViewAdapter | None = None
        self._facts = facts
        self._wanted = asyncio.Event()
        self._push: Callable[[bytes, dict[str, Any]], None] | None = None
        self._sent: tuple[bytes, dict[str, Any]] | None = None  # the last picture, and what went with it
        self._task: asyncio.Task[None] | None = None
        self._moved = 0.0
        self._is_moving = False
        self._held_until = 0.0
        self._seconds = 0.0  # that a picture in full size takes

    @property
    def scale(self) -> float:
        """Pixels of a picture for each pixel that the page shows."""
        return 1.0 if self.adapter is None else float(self.adapter.scale)

    def set_push_callback(self, callback: Callable[[bytes, dict[str, Any]], None]) -> None:
        """Give what sends a picture to all pages."""
        self._push = callback

    def schedule_render(self) -> None:
        """Draw soon; a burst of wishes is one picture."""
        self._wanted.set()

    def move(self) -> None:
        """Another frame is shown: in a row of them, fluency counts more than sharpness."""
        now = time.monotonic()
        self._is_moving = now - self._moved < MOVING_SECONDS
        self._moved = now

    def hold(self, seconds: float) -> None:
        """Draw nothing for so long; 0 ends it: until a stroke is painted there is nothing new to see."""
        self._held_until = time.monotonic() + seconds

    def tell(self) -> None:
        """Send at once what the page draws over the picture, with the last one: no segment is in that."""
        if self._sent is None or self._push is None:
            return
        content, meta = self._sent
        facts = self._facts()
        if _is_same_place(facts, meta):
            self._push(content, {**meta, **facts})

    def start(self) -> None:
        """Begin to draw; needs the event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def reset(self) -> None:
        """A page came: it needs a picture."""
        self.schedule_render()

    async def close(self) -> None:
        """Draw no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            while time.monotonic() < self._held_until:
                await asyncio.sleep(PAUSE)
            self._wanted.clear()
            began = time.monotonic()
            try:
                await self._draw(began)
            except Exception:  # the next picture may be better
                logging.exception("a picture of the view failed")
            await asyncio.sleep(max(SHORTEST_PERIOD - (time.monotonic() - began), PAUSE))

    async def _draw(self, began: float) -> None:
        """Draw a picture and send it."""
        loop = asyncio.get_running_loop()
        is_coarse = self._choose_size(began)
        pixels = self.rca.img_cols_rows[0]
        rows, columns = pixels.shape[:2]
        facts = self._facts()
        if not is_coarse:
            self._seconds = time.monotonic() - began
        content = await loop.run_in_executor(None, encoded, pixels)
        if self._push is not None:
            now = self._facts()
            if _is_same_place(now, facts):
                facts = now  # segments may have changed meanwhile, and `tell` have said so
            meta = {"type": "image/jpeg", "codec": "", "w": columns, "h": rows, "key": "key"}
            self._sent = content, {**meta, "st": int(time.time() * 1000), **facts}
            self._push(*self._sent)
        if is_coarse:
            loop.call_later(MOVING_SECONDS, self._rest)

    def _choose_size(self, now: float) -> bool:
        """Whether the next picture is smaller than the page shows it."""
        is_moving = self._is_moving and now - self._moved < MOVING_SECONDS
        scale = min(max((WANTED_SECONDS / max(self._seconds, 1e-3)) ** 0.5, COARSEST), 1.0) if is_moving else 1.0
        if scale > 0.9:
            scale = 1.0
        if self.adapter is not None and (scale == 1.0 or abs(self.adapter.scale / scale - 1) > 0.2):
            self.adapter.scale = scale
            self._wanted.clear()  # the new size asks for a picture, which is drawn now
        return self.scale < 1.0

    def _rest(self) -> None:
        if time.monotonic() - self._moved >= MOVING_SECONDS:
            self.schedule_render()


def _is_same_place(facts: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether they go with the same picture but for the segments."""
    return all(facts.get(name) == others.get(name) for name in ("cine", "frame", "place", "zoom"))


def encoded(pixels: np.ndarray) -> bytes:
    """JPEG of (rows, columns, 3 or 4) pixels."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(file, "jpeg", quality=QUALITY, subsampling=0)
    return file.getvalue()


@dataclass(frozen=True)
class SliceStream:
    """A slice view, and what draws it for the page."""

    view: SliceView
    pictures: PictureStream


class SliceStreamFactory(IViewFactory):
    """Makes a slice view whose mouse is in the page, and whose pictures go there.

    Args:
        server: of trame.
        facts: goes with each picture to the page.
    """

    def __init__(self, server: Any, facts: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._server = server
        self._facts = facts

    def can_create_view(self, view: ViewLayoutDefinition) -> bool:
        return view.view_type == ViewType.SLICE_VIEW

    def _create_view(self, view: ViewLayoutDefinition, scene: Any, app_logic: Any) -> SliceStream:
        name = view.singleton_tag
        # Until the pictures have a stream nobody sees one; by default each change draws one.
        slice_view = SliceView(
            scheduled_render_strategy=NoScheduleRendering(), scene=scene, app_logic=app_logic, name=name
        )
        slice_view.set_view_properties(view.properties)
        slice_view.render_window().SetMultiSamples(0)  # pictures have no edges to smooth, and it takes half the time
        window = RcaWindow(slice_view.render_window(), self._server.state, f"{name}_cursor")
        pictures = PictureStream(window, self._facts)
        adapter = RcaViewAdapter(window, name, scheduler=pictures, do_schedule_render_on_interaction=False)
        pictures.adapter = adapter
        slice_view.set_scheduled_render(RcaRenderStrategy(pictures))
        with ViewLayout(self._server, template_name=name):
            # The page draws the pictures itself; this is for the mouse alone.
            RemoteControlledArea(
                name=name,
                display="none",
                send_mouse_move=False,
                event_throttle_ms=10,
                style=ClientAdapter(self._server).style({"position": "absolute", "inset": "0"}),
            )

        def begin(**_state: Any) -> None:
            self._server.root_server.controller.rc_area_register(adapter)
            pictures.start()

        self._server.controller.on_server_ready.add(begin)
        return SliceStream(slice_view, pictures)

    def _get_slicer_view(self, view: SliceStream) -> SliceView:
        return view.view
