"""The page."""

from __future__ import annotations

from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html
from trame.widgets import vuetify3 as v

from ..workspace import VIEW_NAME


def build_page(server: Any) -> None:
    with VAppLayout(server) as layout:
        layout.root.theme = ("dark ? 'dark' : 'light'",)
        with v.VAppBar(density="compact"):
            v.VAppBarTitle("Segment Video")
            v.VBtn("Demo", click="trigger('open_demo')")
            html.Div("{{ cine_text }} {{frame_text}}")
            v.VBtn("{{ is_running ? 'Cancel' : 'Segment video'}}", click="trigger('segment_video')")
        with v.VMain(style="height:100vh"):
            with html.Div(style="height:80%;width:100%"):
                client.ServerTemplate(name=VIEW_NAME)
            v.VSlider(v_model=("frame", 0), min=0, max=("frame_count - 1",), step=1)
            with v.VBtnToggle(v_model=("tool", "view")):
                for name in ("view", "paint", "erase", "draw", "scissors", "threshold"):
                    v.VBtn(name, value=name)
            html.Div("{{ phase }} {{ progress }} {{ notice.text }}")
