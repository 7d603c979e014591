"""Pieces that the page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v
from trame_client.widgets.core import AbstractElement

from rabview.editing import TOOLS

NO_CINE = "Open a cine first."  # why a control is off

# Of a menu, for screen readers: it lies beside the page.
AS_REGION = {"content_props": ("{ role: 'region', 'aria-label': 'Choices' }",)}

Text = str | tuple[str, ...]  # as it is, or an expression of the browser in a tuple of one


def shown(expression: Any) -> str:
    """The value of a variable of the page, or of an expression of the browser, as text."""
    return f"{{{{ {expression} }}}}"


def brightness(expression: object) -> str:
    """A pixel value of the cine in digits, as an expression of the browser."""
    return f"Number({expression}).toFixed({TOOLS.decimals})"


def test_id(name: Text) -> dict[str, Any]:
    """By which tests and scripts find a control."""
    return {"raw_attrs": [f'data-testid="{name}"' if isinstance(name, str) else f':data-testid="{name[0]}"']}


@contextmanager
def tipped(text: Text, classes: str = "") -> Iterator[None]:
    """Around a control: says what it does, also where it does not work, and why.

    It is said in the line at the foot of the page, where it covers nothing.
    """
    expression = _quoted(text) if isinstance(text, str) else text[0]
    show, hide = f"tab.tip = {expression}", "tab.tip = ''"
    with html.Div(
        classes=f"rab-tipped {classes}",
        raw_attrs=[
            f'@{event}="{what}"' for event in ("mouseenter", "focusin", "pointerup") for what in (_escaped(show),)
        ]
        + [f'@{event}="{_escaped(hide)}"' for event in ("mouseleave", "focusout")],
    ):
        yield


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _escaped(expression: str) -> str:
    return expression.replace('"', "&quot;")


def listed(words: Iterable[str]) -> tuple[str]:
    """Words as a list of the browser."""
    return (f"[{', '.join(_quoted(word) for word in words)}]",)


def icon_button(icon: Text, name: Text, tip: Text, click: str, **options: Any) -> None:
    """A button with a picture instead of words.

    Args:
        icon: of Material Design Icons.
        name: for tests.
        tip: what it does.
        click: what the browser does.
        options: of Vuetify's button.
    """
    with tipped(tip):
        v.VBtn(
            icon=icon,
            click=click,
            **{"variant": "text", "size": "small", "rounded": "lg", **options},
            **labelled(name, tip),
        )


def labelled(name: Text, text: Text) -> dict[str, Any]:
    """As `test_id`, with a name for screen readers."""
    attributes = test_id(name)["raw_attrs"]
    label = f'aria-label="{text}"' if isinstance(text, str) else f':aria-label="{_escaped(text[0])}"'
    return {"raw_attrs": [*attributes, label]}


@contextmanager
def section(title: str, name: str, classes: str = "") -> Iterator[Any]:
    """A part of the right side; yields the line of its title, for buttons."""
    with html.Section(classes=f"rab-section {classes}", **test_id(name)):
        with html.Div(classes="rab-section-title") as line:
            html.H2(title)
            v.VSpacer()
        yield line


def empty_state(icon: str, text: str, condition: str) -> None:
    """Where there is nothing yet: what to do."""
    with html.Div(classes="rab-empty", v_if=condition):
        v.VIcon(icon, size=20)
        html.Span(text)


class Component(AbstractElement):
    """One of the components in page.js.

    Args:
        tag: its name.
        options: attributes by name; a tuple of one is an expression of the browser.
    """

    def __init__(self, tag: str, **options: Any) -> None:
        names = [(name, name.replace("_", "-")) for name in options if name not in ("raw_attrs", "v_if", "classes")]
        super().__init__(tag, __properties=names, **options)
