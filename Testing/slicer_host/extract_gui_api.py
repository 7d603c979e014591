"""Write gui_api.json: of the list of all Slicer and CTK widget classes, those that the module and the host use.

Run: ``python Testing/slicer_host/extract_gui_api.py path/to/whole/gui_api.json``
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

# Used by the host, by Slicer's own Python layer, or likely to be used by a scripted module.
ALWAYS = """
ctkCheckBox ctkCheckablePushButton ctkCollapsibleButton ctkCollapsibleGroupBox ctkColorPickerButton ctkComboBox
ctkDirectoryButton ctkDoubleRangeSlider ctkDoubleSlider ctkDoubleSpinBox ctkDynamicSpacer ctkErrorLogWidget
ctkExpandableWidget ctkFittedTextBrowser ctkFlowLayout ctkMenuButton ctkMessageBox ctkPathLineEdit ctkPushButton
ctkRangeWidget ctkSearchBox ctkSliderWidget ctkVTKChartView
qMRMLCheckableNodeComboBox qMRMLCollapsibleButton qMRMLLayoutManager qMRMLNodeComboBox qMRMLPlotView qMRMLPlotWidget
qMRMLRangeWidget qMRMLSegmentEditorWidget qMRMLSegmentsTableView qMRMLSequenceBrowserPlayWidget
qMRMLSequenceBrowserSeekWidget qMRMLSequenceBrowserToolBar qMRMLSliceControllerWidget qMRMLSliceView qMRMLSliceWidget
qMRMLSliderWidget qMRMLSpinBox qMRMLTableView qMRMLTableWidget qMRMLWidget
qSlicerApplication qSlicerCommandOptions qSlicerExtensionsManagerModel qSlicerIOManager qSlicerLayoutManager
qSlicerModuleManager qSlicerModuleFactoryManager qSlicerScriptedLoadableModule qSlicerScriptedLoadableModuleWidget
qSlicerPlotsModule qSlicerSegmentationsModule qSlicerSequencesModule qSlicerSubjectHierarchyModule qSlicerTablesModule
qSlicerTerminologiesModule qSlicerVolumesModule qSlicerColorsModule qSlicerSegmentEditorAbstractEffect
qSlicerSegmentEditorEffectFactory qSlicerSegmentEditorScriptedEffect qSlicerWidget
""".split()  # noqa: SIM905
NAME = re.compile(r"\b(?:ctk|qMRML|qSlicer)[A-Z]\w*")


def usedClasses(sources: Path) -> set[str]:
    """Names that look like a Slicer or CTK class in the .py and .ui files under a folder."""
    files = [path for path in sources.rglob("*") if path.suffix in (".py", ".ui")]
    return {name for path in files for name in NAME.findall(path.read_text(encoding="utf-8"))}


def withBases(wanted: set[str], everything: dict[str, dict]) -> dict[str, dict]:
    """The wanted classes that exist, and all their Slicer and CTK bases, sorted."""
    chosen: dict[str, dict] = {}
    for name in wanted:
        while name in everything:
            chosen[name] = everything[name]
            name = everything[name]["base"]
    return dict(sorted(chosen.items()))


def main(arguments: list[str]) -> None:
    here = Path(__file__).parent
    everything = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    chosen = withBases(set(ALWAYS) | usedClasses(here.parents[1] / "RABSegment"), everything)
    lines = [f"{json.dumps(name)}: {json.dumps(chosen[name], sort_keys=True)}" for name in chosen]
    (here / "gui_api.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
