"""Areas over time, and what they say of the left ventricle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from rabengine.errors import InputError
from rabengine.measurement.measurements import Measurements
from RABSegmentLib.FrontEnd import AreasLayout, Controls, Texts
from RABSegmentLib.FrontEnd.BeatText import beatText
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.SecondView import otherViews, secondView
from RABSegmentLib.FrontEnd.SlicerViews import fitCine
from RABSegmentLib.FrontEnd.VentricleReport import KeptView, biplaneMeasurements, ventricleReport
from RABSegmentLib.Results.AreaNodes import measureOf
from RABSegmentLib.Scene.Patients import patientOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .PanelPart import Connections, PanelPart, ShownCine, chooseData, showControl


class ResultSection(PanelPart):
    """The section *Results*.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        update: shows the whole panel anew.
    """

    def __init__(self, ui: Any, connections: Connections, shown: ShownCine, update: Callable[[], None]) -> None:
        self._ui = ui
        self._shown = shown
        self._update = update
        self._hadResult = False
        self._beats = ""  # what was said of beats when the areas were asked for
        self._views: list[Any] = []  # browsers of the cines that may be the second view
        AreasLayout.registerLayout()
        connections.add(ui.statisticsButton, "clicked()", self.onStatisticsClicked)
        connections.add(ui.layoutButton, "clicked()", self.onLayoutClicked)
        connections.add(ui.ventricleSelector, "activated(int)", self.onVentricleChosen)
        connections.add(ui.secondViewSelector, "activated(int)", self.onSecondViewChosen)
        connections.add(ui.measureSelector, "activated(int)", self.onMeasureChosen)
        for name, title in Texts.measureTitles().items():
            ui.measureSelector.addItem(title, name)

    def onCine(self) -> None:
        """Show the chart that it has, such as from a scene that was loaded."""
        self.forget()
        if self._shown.segmentation is not None:
            AreasLayout.restoreAreas(self._shown.segmentation)
            chooseData(self._ui.measureSelector, measureOf(self._shown.segmentation))

    def forget(self) -> None:
        """What is said of the areas is not true any more."""
        self._beats = ""
        self._ui.statisticsLabel.text = ""

    def onStatisticsClicked(self) -> None:
        """Areas into a table and a chart, and what they say of the left ventricle."""
        segmentation = self._shown.segmentation
        if segmentation is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The areas cannot be computed.")):
            AreasLayout.showAreas(segmentation, self._measure())
            slicer.app.processEvents()  # the red view gets its new size
            fitCine()
            self._beats = beatText(segmentation)
            self._tellVentricle(segmentation)
            self._update()

    def onMeasureChosen(self, _index: int) -> None:
        """Another curve in the chart that is shown."""
        segmentation = self._shown.segmentation
        if segmentation is not None and AreasLayout.isShown():
            with slicer.util.tryWithErrorDisplay(_("The areas cannot be computed.")):
                AreasLayout.showAreas(segmentation, self._measure())

    def onSecondViewChosen(self, index: int) -> None:
        """Put this view of the left ventricle together with another cine's, or with none."""
        if self._shown.parameters is not None:
            self._shown.parameters.secondCine = self._views[index - 1] if index > 0 else None
            self.tell()

    def tell(self) -> None:
        """What the masks say of the left ventricle now."""
        if self._shown.segmentation is not None:
            self._tellVentricle(self._shown.segmentation)
            self._update()

    def biplane(self, segmentation: SegmentationSequence) -> Measurements:
        """What this view and the second one say together, for exports."""
        try:
            other = self._secondView()
        except InputError as error:
            return Measurements(warnings=(str(error),))
        return biplaneMeasurements(segmentation, self._ventricle(), other, patientOf(segmentation.cine))

    def onLayoutClicked(self) -> None:
        """Lay the views out as they were before the areas were shown."""
        AreasLayout.leave()
        slicer.app.processEvents()
        fitCine()
        self._update()

    def onVentricleChosen(self, index: int) -> None:
        """Remember which segment is the left ventricle."""
        if self._shown.parameters is not None:
            self._shown.parameters.leftVentricle = self._ui.ventricleSelector.itemData(index) or ""

    def showControls(self, now: Situation) -> None:
        """Whether there are areas, and a way back from their views."""
        showControl(self._ui.statisticsButton, Controls.resultControl(now))
        control = Controls.secondViewControl(now, self._ventricle(), len(self._views))
        showControl(self._ui.secondViewSelector, control)
        self._ui.layoutButton.visible = AreasLayout.isShown()

    def show(self, now: Situation) -> None:
        """The segments to choose from; the section opens with the first result, and its user may close it after."""
        if now.hasResult and not self._hadResult:
            self._ui.resultSection.collapsed = False
        self._hadResult = now.hasResult
        selector, segmentation = self._ui.ventricleSelector, self._shown.segmentation
        names = ["", *([] if segmentation is None else map(segmentation.segmentName, segmentation.segmentIds()))]
        if [selector.itemData(index) for index in range(selector.count)] != names:
            selector.clear()
            for name in names:
                selector.addItem(name or Texts.noneText(), name)
        chooseData(selector, self._ventricle())
        self._showViews()
        self._ui.statisticsLabel.visible = bool(self._ui.statisticsLabel.text)

    def _showViews(self) -> None:
        """The other cines of the scene."""
        selector, segmentation = self._ui.secondViewSelector, self._shown.segmentation
        views = [] if segmentation is None else otherViews(segmentation)
        names = [Texts.noneText(), *(name for _browser, name in views)]
        self._views = [browser for browser, _name in views]
        if [selector.itemText(index) for index in range(selector.count)] != names:
            selector.clear()
            for name in names:
                selector.addItem(name)
        chosen = None if self._shown.parameters is None else self._shown.parameters.secondCine
        selector.setCurrentIndex(next((n for n, one in enumerate(self._views, 1) if one is chosen), 0))

    def _tellVentricle(self, segmentation: SegmentationSequence) -> None:
        other, problem = None, ""
        try:
            other = self._secondView()
        except InputError as error:
            problem = str(error)
        report = ventricleReport(segmentation, self._ventricle(), other, patientOf(segmentation.cine))
        said = " ".join(filter(None, (report.text, problem)))
        self._ui.statisticsLabel.text = "\n".join(filter(None, (said, self._beats)))

    def _secondView(self) -> KeptView | None:
        """None where none is chosen; raises InputError where the chosen cine shows none."""
        chosen = None
        if self._shown.parameters is not None and self._ventricle():
            chosen = self._shown.parameters.secondCine
        if chosen is None or not any(one is chosen for one in self._views):
            return None
        return secondView(chosen, self._ventricle())

    def _measure(self) -> str:
        """What is to be plotted."""
        return str(self._ui.measureSelector.itemData(self._ui.measureSelector.currentIndex))

    def _ventricle(self) -> str:
        """The name of the chosen segment, empty for none."""
        return "" if self._shown.parameters is None else self._shown.parameters.leftVentricle
