"""That translators get every text of panel and library, under the name by which the application looks it up."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from PySide6.QtCore import QCoreApplication  # noqa: E402

from helpers.panel_driver import MODULE, TRUTH, Panel  # noqa: E402
from helpers.translators import MarkingTranslator, extractedTexts, pythonContext  # noqa: E402
from rabengine.errors import InputError  # noqa: E402
from rabengine.events import Progress  # noqa: E402
from rabengine.io.labels.writers import all_writers  # noqa: E402
from rabengine.presets import PRESETS  # noqa: E402
from rabengine.session.step import CHECKING, PREDICTION, PROPAGATION  # noqa: E402
from rabengine.session.steps.appearance import LEARNING  # noqa: E402
from rabengine.session.steps.relearning import RELEARNING  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")
LIBRARIES = ("RABSegmentLib", "RABSegmentPanel", "RABSegmentEffect")
SOURCES = [MODULE, *(path for name in LIBRARIES for path in sorted((MODULE.parent / name).rglob("*.py")))]
FORM = MODULE.parent / "Resources" / "UI" / "RABSegment.ui"
ERRORS = ("InputError", "EngineError")


def untranslatedTexts(source: str) -> list[str]:
    """`LINE: TEXT` of what errors in a source say and is not in `_("...")`; a name stands for its values."""
    tree = ast.parse(source)
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            for name, value in _assigned(target, node.value):
                named.setdefault(name, []).append(value)
        if isinstance(node, ast.FunctionDef):
            values = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
            named.setdefault(node.name, []).extend(values)

    def plain(node: ast.expr, followed: frozenset[str]) -> list[ast.expr]:
        """The texts of an expression that no `_` gives."""
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return [node] if isinstance(node, ast.JoinedStr) or isinstance(node.value, str) else []
        if isinstance(node, ast.Name):
            values = [] if node.id in followed else named.get(node.id, [])
            return [text for value in values for text in plain(value, followed | {node.id})]
        if isinstance(node, ast.Call):
            # What is put into a text is a name or a number; the text itself is what `format` and its like are of.
            return plain(node.func.value if isinstance(node.func, ast.Attribute) else node.func, followed)
        if isinstance(node, ast.BinOp):
            return plain(node.left, followed) + plain(node.right, followed)
        if isinstance(node, ast.BoolOp):
            return [text for value in node.values for text in plain(value, followed)]
        if isinstance(node, ast.IfExp):
            return plain(node.body, followed) + plain(node.orelse, followed)
        return []

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    errors = [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in ERRORS]
    given = [value for call in errors for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return [f"{text.lineno}: {ast.unparse(text)}" for value in given for text in plain(value, frozenset())]


def _assigned(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """The names of an assignment with what each is given."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return [found for one, given in pairs for found in _assigned(one, given)]
    return [(target.id, value)] if isinstance(target, ast.Name) else []


@pytest.fixture
def translator(host):
    """Installed for the module that is loaded next, and for its library."""
    made = MarkingTranslator(extractedTexts([*SOURCES, FORM]))
    QCoreApplication.installTranslator(made)
    yield made
    QCoreApplication.removeTranslator(made)


@pytest.fixture
def translated(host, translator) -> Panel:
    """The panel after a reload of its library, which other tests may have imported outside of Slicer."""
    panel = Panel(host)
    panel.widget = host.reload()
    panel.ui = panel.widget.ui
    return panel


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_a_file_gives_to_translate_is_a_text_that_translators_get(path):
    found = extractedTexts([path])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"]
    given = [call.args[0] for call in calls]
    assert all(isinstance(text, ast.Constant) for text in given), "a text that is put together cannot be found"
    assert {(pythonContext(path), text.value) for text in given} <= found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_an_error_of_a_file_says_is_given_to_translate(path):
    assert untranslatedTexts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise InputError("Nothing.", _("Do so."))',
        'raise InputError(_("Nothing."), hint="Do so.")',
        'raise EngineError(f"No {name}.", _("Do so."))',
        'raise EngineError("No {name}.".format(name=name))',
        'raise errors.InputError(_("Nothing.") + " Not even so.")',
        'raise InputError(_("Nothing."), "Do so." if simple else _("Do that."))',
        'HINT = "Do so."\nraise InputError(_("Nothing."), HINT)',
        'message = f"No {name}."\nerror = InputError(message.strip(), _("Do so."))',
        'message, hint = _("Nothing."), "Do so."\nraise InputError(message, hint)',
        'def hint():\n    return "Do so."\nraise InputError(_("Nothing."), hint())',
    ],
)
def test_an_error_whose_words_are_not_given_to_translate_is_found(source):
    assert len(untranslatedTexts(source)) == 1


def test_the_panel_speaks_the_language_of_the_application(translated, translator):
    translated.choose(translated.addCine())
    translated.paint(TRUTH[0] > 0)
    ui = translated.ui
    assert ui.segmentButton.text == "«Segment video»"
    assert ui.segmentButton.toolTip == "«Segment every frame from the marked ones.»"
    assert ui.cineLabel.text.startswith("«10 frames of 64 x 64 pixels»")
    assert "«marked»" in ui.frameLabel.text and translated.rows()[0][3] == "«marked»"
    assert "«predicted»" in ui.legendLabel.text
    assert ui.exportFormat.itemText(0).startswith("«")
    assert ui.undoButton.toolTip.startswith("«") and ui.undoButton.text == "«Undo»"
    ours = {pythonContext(path) for path in SOURCES}
    asked = {(context, text) for context, text in translator.asked if context in ours}
    assert ("FrontEnd.Texts", "marked") in asked and asked <= extractedTexts([*SOURCES, FORM])


def test_what_an_error_says_is_translated_too(translated):
    library = {name: module for name, module in sys.modules.items() if name.startswith("RABSegmentLib.")}
    with pytest.raises(InputError) as raised:
        library["RABSegmentLib.Scene.CineSequence"].cineOfBrowser(None)
    assert raised.value.message == "«No cine is selected.»"
    assert raised.value.hint == "«Load a cine and choose its sequence browser.»"
    ended = library["RABSegmentLib.Engine.Failures"].crashError(-11, ["Segmentation fault."])
    assert ended.message == "«The engine ended unexpectedly («signal SIGSEGV»); its last words: Segmentation fault.»"
    with pytest.raises(InputError) as raised:
        library["RABSegmentLib.Export.Places"].requireSuffix(Path("a.txt"), (".png", ".jpg", ".tif"))
    assert raised.value.hint == "«Choose a name that ends in ««.png or .jpg» or .tif».»"


def test_what_the_engine_names_is_translated_too(translated):
    texts = sys.modules["RABSegmentLib.FrontEnd.Texts"]
    titles = dict(texts.presetTitles())
    assert titles == {name: f"{name}: «{preset.title}»" for name, preset in PRESETS.all()}
    for phase in (PROPAGATION, CHECKING, PREDICTION, LEARNING, RELEARNING):
        title = texts.phaseTitles()[phase.name]
        assert title.startswith("«")
        assert texts.progressText(Progress(phase.name, 1, 2), 0.5) == f"«{title}, 50 %»"
    kinds = {kind.name: kind for kind in sys.modules["RABSegmentLib.Export.Kinds"].exportKinds()}
    for name, writer in all_writers().items():
        assert (kinds[name].title, kinds[name].note) == (f"«{writer.title}»", f"«{writer.note}»")


def test_without_the_application_texts_stay_as_they_are():
    code = "from RABSegmentLib.Translation import tr; print(tr('Segment video'))"
    places = {**os.environ, "PYTHONPATH": str(MODULE.parent)}
    answer = subprocess.run([sys.executable, "-c", code], env=places, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "Segment video"  # Slicer's core has no slicer.i18n
