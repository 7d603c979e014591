"""Areas over time as a table and a chart in the scene."""

from __future__ import annotations

from typing import Any

import numpy as np

from rabengine.measurement.concepts import AREA
from RABSegmentLib.Scene.MRMLNodes import modifiedOnce, placeBeside, requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames

from .Areas import AreaRow, areaTable
from .Measuring import CURVES, ShapeCurves, scaleOf, unitOf

TABLE_ROLE = "RABSegment.AreaTable"
CHART_ROLE = "RABSegment.AreaChart"
MEASURE_ATTRIBUTE = "RABSegment.Measure"  # of the chart: what it plots
SEGMENT_ATTRIBUTE = "RABSegment.Segment"  # of a plot series: the segment that it shows
_FRAME_TITLE = "Frame"
IN_DOUBT = "calibration in doubt"
_NO_SPACING = "The cine has no spacing, so areas are in pixels (px), not in mm2."


def writeAreaTableNode(segmentation: SegmentationSequence, tableNode: Any = None, measure: str = AREA) -> Any:
    """Write the areas of all frames and segments into a table node.

    Columns: Frame; the cine's index, as "Time [s]", unless it only counts the frames; for each segment
    "NAME area [mm2]", or "NAME area [px]" when the cine has no spacing, and "NAME confidence"; of another measurement
    "NAME perimeter [mm]" and the like; Status, which says who made the frame; where a person marked or timed anything,
    Made, how a mark came about, and "Seconds spent". Where a segment was not looked for its area is not a number, nor
    is its confidence where there is none. What is to be doubted of the calibration is in the description.

    Args:
        segmentation: whose areas.
        tableNode: to write into; None for the one of the last call, or a new one.
        measure: which of `Measuring.CURVES` has columns, too.

    Returns:
        The vtkMRMLTableNode.
    """
    node = tableNode or _nodeOf(segmentation, TABLE_ROLE, "vtkMRMLTableNode", f"{segmentation.cine.name} areas")
    segmentation.node.SetNodeReferenceID(TABLE_ROLE, node.GetID())
    rows = areaTable(segmentation)
    with modifiedOnce(node):
        node.RemoveAllColumns()
        node.SetUseColumnTitleAsColumnHeader(True)
        node.SetDescription(_description(segmentation))
        _addNumbers(node, _FRAME_TITLE, np.array([row.frame for row in rows], np.int32))
        if _hasTimes(segmentation):
            _addNumbers(node, timeTitle(segmentation), np.array([row.time for row in rows]))
        for segmentId, name in uniqueNames(segmentation).items():
            _addSegment(node, rows, segmentId, name, areaUnit(segmentation))
        if measure != AREA:
            _addMeasure(node, segmentation, measure)
        _addTexts(node, "Status", [row.origin for row in rows])
        if any(row.made or row.seconds for row in rows):
            _addTexts(node, "Made", [" + ".join(row.made) for row in rows])
            _addNumbers(node, "Seconds spent", np.array([row.seconds for row in rows]))
    return node


def writeAreaChart(segmentation: SegmentationSequence, tableNode: Any, measure: str = AREA) -> Any:
    """Plot areas, or another measurement, in a table node against time, one series for each segment in its colour.

    The chart and the series of the last call are used again; a segment that is gone loses its series. Series that
    others put into the chart stay.

    Args:
        segmentation: whose areas.
        tableNode: that `writeAreaTableNode` wrote.
        measure: which of `Measuring.CURVES`, as it was told.

    Returns:
        The vtkMRMLPlotChartNode.
    """
    chart = _nodeOf(segmentation, CHART_ROLE, "vtkMRMLPlotChartNode", f"{segmentation.cine.name} areas chart")
    unit = areaUnit(segmentation) if measure == AREA else unitOf(measure, scaleOf(segmentation))
    names = uniqueNames(segmentation)
    with modifiedOnce(chart):
        doubts = segmentation.cine.calibrationDoubts
        chart.SetAttribute(MEASURE_ATTRIBUTE, measure)
        chart.SetTitle(" ".join((f"{segmentation.cine.name}: {measure} over time", *doubts)))
        chart.SetXAxisTitle(timeTitle(segmentation))
        chart.SetYAxisTitle(axisTitle(segmentation, measure))
        known = _seriesOf(chart, set(names))
        for segmentId, name in names.items():
            series = known.get(segmentId) or _newSeries(chart, segmentId)
            with modifiedOnce(series):
                series.SetName(name)
                series.SetAndObserveTableNodeID(tableNode.GetID())
                series.SetXColumnName(timeTitle(segmentation))
                series.SetYColumnName(columnTitle(name, measure, unit))
                series.SetColor(*segmentation.segmentColor(segmentId))
    return chart


def areaChartOf(segmentation: SegmentationSequence) -> Any:
    """The vtkMRMLPlotChartNode that `writeAreaChart` wrote, None before that or once it was deleted."""
    return segmentation.node.GetNodeReference(CHART_ROLE)


def areaUnit(segmentation: SegmentationSequence) -> str:
    """ "mm2", or "px" when the cine has no spacing."""
    return "px" if segmentation.cine.spacing is None else "mm2"


def measureOf(segmentation: SegmentationSequence) -> str:
    """What the chart of a segmentation plots, one of `Measuring.CURVES`; areas before there is one."""
    chart = areaChartOf(segmentation)
    measure = "" if chart is None else str(chart.GetAttribute(MEASURE_ATTRIBUTE) or "")
    return measure if measure in CURVES else AREA


def axisTitle(segmentation: SegmentationSequence, measure: str = AREA) -> str:
    """Of the vertical axis: the unit, and what has to be known of it."""
    unit = areaUnit(segmentation) if measure == AREA else unitOf(measure, scaleOf(segmentation))
    title = measure[:1].upper() + measure[1:]
    if not unit:
        return title
    if segmentation.cine.spacing is None:
        return f"{title} [{unit}], the cine has no spacing"
    return f"{title} [{unit}], {IN_DOUBT}" if segmentation.cine.calibrationDoubts else f"{title} [{unit}]"


def columnTitle(name: str, measure: str, unit: str) -> str:
    """Of the column with what a segment measures."""
    return f"{name} {measure} [{unit}]" if unit else f"{name} {measure}"


def timeTitle(segmentation: SegmentationSequence) -> str:
    """Of the column that is the horizontal axis: "Time [s]", or "Frame" when the cine's index only counts frames."""
    if not _hasTimes(segmentation):
        return _FRAME_TITLE
    name, unit = segmentation.cine.indexName, segmentation.cine.indexUnit
    title = "Index" if name.lower() in ("", _FRAME_TITLE.lower()) else name[0].upper() + name[1:]
    return f"{title} [{unit}]" if unit else title


def _hasTimes(segmentation: SegmentationSequence) -> bool:
    return segmentation.cine.times() != list(range(segmentation.frameCount))


def _description(segmentation: SegmentationSequence) -> str:
    text = f"Area of each segment of {segmentation.cine.name} on each frame. Frames count from 0."
    if segmentation.cine.spacing is None:
        return f"{text} {_NO_SPACING}"
    return " ".join((text, *segmentation.cine.calibrationDoubts))


def _addSegment(node: Any, rows: list[AreaRow], segmentId: str, name: str, unit: str) -> None:
    found = [row.segments[segmentId] for row in rows]
    title = columnTitle(name, AREA, unit)
    sizes = [(area.mm2 if unit == "mm2" else area.pixels) if area.isKnown else None for area in found]
    _addNumbers(node, title, np.array(sizes, float if unit == "mm2" or None in sizes else np.int32))
    node.SetColumnUnitLabel(title, unit)
    _addNumbers(node, f"{name} confidence", np.array([area.confidence for area in found], float))  # None: NaN


def _addMeasure(node: Any, segmentation: SegmentationSequence, measure: str) -> None:
    """A column for each segment; not a number where the segment is not."""
    shapes, unit = ShapeCurves(segmentation), unitOf(measure, scaleOf(segmentation))
    for segmentId, name in uniqueNames(segmentation).items():
        title = columnTitle(name, measure, unit)
        _addNumbers(node, title, np.array(shapes.curve(segmentId, measure), float))
        node.SetColumnUnitLabel(title, unit)


def _addNumbers(node: Any, title: str, values: np.ndarray) -> None:
    from vtk.util.numpy_support import numpy_to_vtk

    column = numpy_to_vtk(values, deep=True)
    column.SetName(title)
    node.AddColumn(column)


def _addTexts(node: Any, title: str, values: list[str]) -> None:
    import vtk

    column = vtk.vtkStringArray()
    column.SetName(title)
    for value in values:
        column.InsertNextValue(value)
    node.AddColumn(column)


def _nodeOf(segmentation: SegmentationSequence, role: str, className: str, name: str) -> Any:
    """The node that the segmentation sequence refers to, a new one when there is none."""
    node = segmentation.node.GetNodeReference(role)
    if node is None:
        node = requiredScene(segmentation.node).AddNewNodeByClass(className, name)
        segmentation.node.SetNodeReferenceID(role, node.GetID())
        placeBeside(node, segmentation.cineProxyNode)
    return node


def _seriesOf(chart: Any, segmentIds: set[str]) -> dict[str, Any]:
    """{segment: series} of the chart; series of other segments are taken out of the scene."""
    ours: dict[str, Any] = {}
    for number in reversed(range(chart.GetNumberOfPlotSeriesNodes())):
        series = chart.GetNthPlotSeriesNode(number)
        segmentId = None if series is None else series.GetAttribute(SEGMENT_ATTRIBUTE)
        if segmentId in segmentIds:
            ours[str(segmentId)] = series
        elif segmentId is not None:
            chart.RemoveNthPlotSeriesNodeID(number)
            requiredScene(chart).RemoveNode(series)
    return ours


def _newSeries(chart: Any, segmentId: str) -> Any:
    series = requiredScene(chart).AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    series.SetAttribute(SEGMENT_ATTRIBUTE, segmentId)
    series.SetPlotType(series.PlotTypeScatter)  # a line chart would space the frames evenly
    series.SetLineStyle(series.LineStyleSolid)
    series.SetMarkerStyle(series.MarkerStyleNone)
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return series
