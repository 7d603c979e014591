"""The top of the page: what is open, and where it goes."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.Export.Kinds import exportKinds
from rabview.buttons import BUTTONS
from rabview.cines import CINE

from .parts import AS_REGION, icon_button, shown, test_id, tipped

_ICONS = {
    "labels": "mdi-layers-outline",
    "pictures": "mdi-image-multiple-outline",
    "dicom-seg": "mdi-archive-outline",
    "dicom-labelmap": "mdi-archive-outline",
    "dicom-sr": "mdi-archive-outline",
    "table": "mdi-table",
    "measurements": "mdi-ruler",
    "overlay": "mdi-movie-open-outline",
    "mmode": "mdi-chart-bell-curve",
}


def downloads() -> list[tuple[str, str, str, str]]:
    """(kind, title, note, icon) of all that can be downloaded."""
    kinds = [
        (
            kind.name,
            kind.title,
            ", ".join(part for part in (kind.suffix, kind.note, "in a .zip" if kind.isFolder else "") if part),
            _ICONS.get(kind.name, "mdi-file-outline"),
        )
        for kind in exportKinds()
    ]
    return [*kinds, ("scene", "Slicer scene", ".mrb with everything, to go on in Slicer or here", "mdi-cube-outline")]


def app_bar() -> None:
    """Name, cine, open, download, colours and help."""
    with html.Header(classes="rab-bar"):
        html.Img(src=("trame__favicon",), classes="rab-logo", raw_attrs=['alt=""'])
        html.H1("Segment Video", classes="rab-name")
        open_menu()
        with html.Div(
            classes="rab-cine",
            v_if=CINE.is_open,
            raw_attrs=[f"@mouseenter=\"tab.tip = {CINE.name} + ': ' + {CINE.text}\"", "@mouseleave=\"tab.tip = ''\""],
        ):
            html.Div(shown(CINE.name), classes="rab-cine-name", **test_id("cine-name"))
            html.Div(shown(CINE.text), classes="rab-cine-text", **test_id("cine-text"))
        icon_button("mdi-ruler", "scale", "Pixel size and frame time", "page.showScale()", v_if=CINE.is_open)
        v.VSpacer()
        _download_menu()
        icon_button(
            ("tab.dark ? 'mdi-white-balance-sunny' : 'mdi-weather-night'",),
            "theme",
            ("tab.dark ? 'Light colours' : 'Dark colours'",),
            "page.toggleTheme()",
        )
        icon_button(
            ("tab.side ? 'mdi-dock-right' : 'mdi-dock-window'",),
            "toggle-side",
            ("tab.side ? 'Hide the side panel (\\\\)' : 'Show the side panel (\\\\)'",),
            "page.toggleSide()",
        )
        icon_button("mdi-keyboard-outline", "help", "Keys and mouse (?)", "tab.dialog = 'help'")


def open_menu() -> None:
    """Where cines come from."""
    with v.VBtn("Open", prepend_icon="mdi-folder-open-outline", variant="tonal", size="small", **test_id("open")):
        with (
            v.VMenu(activator="parent", location="bottom start", **AS_REGION),
            v.VList(density="compact", classes="rab-menu"),
        ):
            for title, note, icon, name, click in (
                (
                    "From the folder",
                    "Where rabsegment view was started",
                    "mdi-folder-outline",
                    "open-folder",
                    "page.showFolder('')",
                ),
                (
                    "Upload",
                    "DICOM, video, .seq.nrrd, .mrb; or drop it on the page",
                    "mdi-tray-arrow-up",
                    "open-upload",
                    "page.chooseFiles()",
                ),
                (
                    "Sample cine",
                    "An echocardiogram of 30 frames",
                    "mdi-heart-pulse",
                    "open-demo",
                    "page.open('open_demo')",
                ),
            ):
                v.VListItem(title=title, subtitle=note, prepend_icon=icon, click=click, **test_id(name))


def _download_menu() -> None:
    result = BUTTONS.result
    with tipped((f"{result.works} ? 'Files of the whole segmentation' : {result.tip}",)):
        with v.VBtn(
            "Download",
            prepend_icon="mdi-download",
            variant="tonal",
            size="small",
            disabled=(f"!{result.works}",),
            loading=("!!tab.downloading",),
            **test_id("download"),
        ):
            with (
                v.VMenu(activator="parent", location="bottom end", **AS_REGION),
                v.VList(density="compact", classes="rab-menu"),
            ):
                for kind, title, note, icon in downloads():
                    v.VListItem(
                        title=title,
                        subtitle=note,
                        prepend_icon=icon,
                        click=f"page.download('{kind}')",
                        **test_id(f"download-{kind}"),
                    )
