"""Faults that some releases of Slicer have, on demand: for tests of what a module does about them."""

from __future__ import annotations

from typing import Any

import slicer
import vtk


def loseMissingItemModes(scene: Any) -> None:
    """Slicer issue 7440, as after loading a scene in 5.6.0: no browser knows what to do about a missing item.

    There a proxy whose changes are not saved stayed on the frame that it showed.
    """
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode")):
        browser = scene.GetNthNodeByClass(number, "vtkMRMLSequenceBrowserNode")
        sequences = vtk.vtkCollection()
        browser.GetSynchronizedSequenceNodes(sequences, True)
        for sequence in range(sequences.GetNumberOfItems()):
            browser.SetMissingItemMode(sequences.GetItemAsObject(sequence), browser.MissingItemInvalid)


def narrowReferenceGeometry(segmentation: Any, columns: int) -> None:
    """What loses strokes at the right edge, as in Slicer issue 7394: a reference geometry that ends too early."""
    role = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    values = segmentation.GetSegmentation().GetConversionParameter(role).rstrip(";").split(";")
    values[17] = str(int(values[16]) + columns - 1)  # After the 4 x 4 matrix: the extent's first and last column.
    segmentation.GetSegmentation().SetConversionParameter(role, ";".join(values) + ";")
