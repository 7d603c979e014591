"""What opens over the page: files of the server's folder, keys, sizes of the cine, questions."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.calibration import SCALE
from rabview.choosing import CHOICE
from rabview.runs import RUN

from .parts import Text, icon_button, labelled, shown, test_id

IS_ASKING = "!!tab.confirm"
IS_CHOOSING = f"!!{CHOICE.choices}.length"
IS_COVERED = f"({IS_ASKING} || {IS_CHOOSING} || !!tab.dialog)"  # a dialog is open


def dialogs() -> None:
    """All of them; one at a time is open."""
    _folder()
    _help()
    _scale()
    _question()
    _choice()


def _folder() -> None:
    with _dialog("folder", ("tab.folder.use === 'marks' ? 'Take marks from a file or set' : 'Open a cine'",), 620):
        with html.Div(classes="rab-path"):
            icon_button(
                "mdi-arrow-up",
                "folder-up",
                "Folder above",
                "page.listFolder(tab.folder.parent, tab.folder.use)",
                disabled=("tab.folder.parent === null",),
            )
            html.Span(
                shown("tab.folder.path || 'Folder of the server'"), classes="rab-path-name", **test_id("folder-path")
            )
            v.VSpacer()
            v.VBtn(
                "Upload",
                prepend_icon="mdi-tray-arrow-up",
                variant="text",
                size="small",
                click="tab.dialog = ''; page.chooseFiles(tab.folder.use)",
                **test_id("folder-upload"),
            )
        v.VDivider()
        html.Div(
            shown("tab.folder.problem"), classes="rab-problem", v_if="tab.folder.problem", **test_id("folder-problem")
        )
        with html.Div(classes="rab-files rab-scroll", **test_id("folder-list")):
            with html.Button(
                v_for="one in tab.folder.entries",
                key=("one.path",),
                classes="rab-file",
                click="page.choose(one)",
                raw_attrs=['type="button"', ':data-testid="`file-${one.name}`"'],
            ):
                v.VIcon(
                    icon=(
                        "{ folder: 'mdi-folder-outline', images: 'mdi-image-multiple-outline', "
                        "set: 'mdi-vector-polygon' }[one.kind] || 'mdi-movie-open-outline'",
                    ),
                    size=20,
                    color=("one.kind === 'folder' ? 'secondary' : 'primary'",),
                )
                html.Span("{{ one.name }}", classes="rab-item-name")
                html.Span("{{ one.kind === 'images' ? 'folder of images' : one.size }}", classes="rab-note")


def _help() -> None:
    with _dialog("help", "Keys and mouse", 860):
        with html.Div(classes="rab-keys"):
            with html.Section(v_for="group in page.shortcuts", key=("group.title",)):
                html.H3("{{ group.title }}")
                with html.Div(v_for="[keys, text] in group.keys", key=("text",), classes="rab-key-line"):
                    with html.Span(classes="rab-key-names"):
                        html.Kbd("{{ key }}", v_for="key in keys", key=("key",))
                    html.Span("{{ text }}")


def _scale() -> None:
    with _dialog("scale", "Pixel size and frame time", 460), html.Div(classes="rab-scale"):
        html.Div(
            shown(
                f"!{SCALE.by} ? 'The file does not say how large a pixel is.' : ({SCALE.by} === 'user' ? 'You said' : "
                f"'The file says') + ' how large a pixel is: ' + {SCALE.spacing}?.map((size) => size.toPrecision(3))"
                f".join(' x ') + ' mm.' + ({SCALE.by} === 'file' && {SCALE.can_size} ? ' That is in doubt: set it if "
                "you know better.' : '')"
            ),
            **test_id("scale-size-text"),
        )
        with html.Div(classes="rab-pair", v_if=SCALE.can_size):
            for model, label, name in (("tab.width", "Width [mm]", "width"), ("tab.height", "Height [mm]", "height")):
                _number(model, label, f"scale-{name}", "page.setSpacing()")
            _set("scale-set-size", "page.setSpacing()", "!(Number(tab.width) > 0 && Number(tab.height) > 0)")
        with html.Div(classes="rab-pair", v_if=f"{SCALE.can_size} && tab.distance"):
            _number("tab.lineMm", "Measured line [mm]", "scale-line", "page.setSpacingByLine()")
            _set("scale-set-line", "page.setSpacingByLine()", "!(Number(tab.lineMm) > 0)")
        v.VDivider()
        html.Div(
            shown(
                f"{SCALE.ms} === null ? ({SCALE.can_time} ? 'The file does not say when the frames were taken.' : "
                f"'The file numbers the frames otherwise.') : ({SCALE.times_by} === 'user' ? 'You said' : 'The file "
                f"says') + ` when the frames were taken: every ${{Number({SCALE.ms}.toPrecision(3))}} ms.` + "
                f"({SCALE.times_by} === 'file' && {SCALE.can_time} ? ' That is in doubt: set it if you know better.'"
                " : '')"
            ),
            **test_id("scale-time-text"),
        )
        with html.Div(classes="rab-pair", v_if=SCALE.can_time):
            _number("tab.ms", "From frame to frame [ms]", "scale-ms", "page.setFrameTime()")
            _set("scale-set-time", "page.setFrameTime()", "!(Number(tab.ms) > 0)")


def _number(model: str, label: str, name: str, enter: str) -> None:
    v.VTextField(
        model_value=(model,),
        update_modelValue=f"{model} = $event",
        label=label,
        type="number",
        min=0,
        step="any",
        density="compact",
        hide_details=True,
        keydown=f"$event.key === 'Enter' && {enter}",
        **test_id(name),
    )


def _set(name: str, click: str, is_off: str) -> None:
    v.VBtn(
        "Set", variant="tonal", size="small", click=click, disabled=(f"{RUN.is_running} || {is_off}",), **test_id(name)
    )


def _question() -> None:
    with v.VDialog(
        model_value=(IS_ASKING,),
        update_modelValue="$event || page.answer(false)",
        width=460,
        raw_attrs=['data-testid="question"', ':aria-label="tab.confirm?.title"'],
    ):
        with v.VCard(classes="rab-dialog"):
            html.H2(shown("tab.confirm?.title"))
            html.P("{{ tab.confirm?.text }}")
            with html.Div(classes="rab-dialog-buttons"):
                v.VBtn("Cancel", variant="text", click="page.answer(false)", **test_id("answer-no"))
                v.VBtn(
                    "{{ tab.confirm?.yes }}",
                    variant="flat",
                    color="error",
                    click="page.answer(true)",
                    **test_id("answer-yes"),
                )


def _choice() -> None:
    """One of several cines is to be chosen."""
    with v.VDialog(
        model_value=(IS_CHOOSING,),
        update_modelValue="$event || trigger('choose', [''])",
        width=460,
        scrollable=True,
        **labelled("choice", (CHOICE.title,)),
    ):
        with v.VCard(classes="rab-dialog"):
            html.H2(shown(CHOICE.title))
            html.P(shown(CHOICE.text))
            with html.Div(classes="rab-files rab-scroll"):
                html.Button(
                    "{{ one }}",
                    v_for=f"one in {CHOICE.choices}",
                    key=("one",),
                    classes="rab-file",
                    click="trigger('choose', [one])",
                    raw_attrs=['type="button"', ':data-testid="`choice-${one}`"'],
                )
            with html.Div(classes="rab-dialog-buttons"):
                v.VBtn("Cancel", variant="text", click="trigger('choose', [''])", **test_id("choice-none"))


def _dialog(name: str, title: Text, width: int) -> v.VCard:
    with v.VDialog(
        model_value=(f"tab.dialog === '{name}'",),
        update_modelValue="$event || (tab.dialog = '')",
        width=width,
        scrollable=True,
        **labelled(f"dialog-{name}", title),
    ):
        card = v.VCard(classes="rab-dialog")
        with card, html.Div(classes="rab-dialog-title"):
            html.H2(title if isinstance(title, str) else shown(title[0]))
            v.VSpacer()
            icon_button("mdi-close", f"close-{name}", "Close (Esc)", "tab.dialog = ''")
    return card
