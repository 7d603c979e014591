"""That translators get every text of panel and library, under the name by which the application looks it up."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from PySide6.QtCore import QCoreApplication  # noqa: E402

from helpers.panel_driver import MODULE, TRUTH, Panel  # noqa: E402
from helpers.translators import MarkingTranslator, extractedTexts, pythonContext  # noqa: E402
from rabengine.events import Progress  # noqa: E402
from rabengine.io.labels.writers import all_writers  # noqa: E402
from rabengine.presets import PRESETS  # noqa: E402
from rabengine.session.step import CHECKING, PREDICTION, PROPAGATION  # noqa: E402
from rabengine.session.steps.appearance import LEARNING  # noqa: E402
from rabengine.session.steps.relearning import RELEARNING  # noqa: E402

LIBRARIES = ("RABSegmentLib", "RABSegmentPanel")
SOURCES = [MODULE, *(path for name in LIBRARIES for path in sorted((MODULE.parent / name).rglob("*.py")))]
FORM = MODULE.parent / "Resources" / "UI" / "RABSegment.ui"


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


def test_the_panel_speaks_the_language_of_the_application(translated, translator):
    translated.choose(translated.addCine())
    translated.paint(TRUTH[0] > 0)
    ui = translated.ui
    assert ui.segmentButton.text == "«Segment video»"
    assert ui.segmentButton.toolTip == "«Segment every frame from the marked ones.»"
    assert ui.cineLabel.text.startswith("«10 frames of 64 x 64 pixels»")
    assert "«drawn»" in ui.frameLabel.text and translated.rows()[0][3] == "«drawn»"
    assert "«predicted»" in ui.legendLabel.text
    assert ui.exportFormat.itemText(0).startswith("«")
    assert ui.undoButton.toolTip.startswith("«") and ui.undoButton.text == "«Undo»"
    ours = {pythonContext(path) for path in SOURCES}
    asked = {(context, text) for context, text in translator.asked if context in ours}
    assert ("FrontEnd.Texts", "drawn") in asked and asked <= extractedTexts([*SOURCES, FORM])


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
