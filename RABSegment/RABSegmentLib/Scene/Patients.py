"""Whose a cine in the scene is, as far as Slicer or its files know."""

from __future__ import annotations

from typing import Any

from rabengine.io.dicom.patient import patient_of

from .CineSequence import CineSequence
from .MRMLNodes import hierarchyOf, nodesOfClass


def patientOf(cine: CineSequence) -> str | None:
    """The DICOM identifier of a cine's patient; None where nobody says it.

    It is that of the patient under which the cine lies in the subject hierarchy, else that of the file that it was read
    from, where that still is. It is for comparing: it goes into no output.
    """
    return _inHierarchy(cine.node) or next((patient_of(frame.file) for frame in cine.dicomFrames[:1]), None)


def _inHierarchy(sequenceNode: Any) -> str | None:
    """Slicer's DICOM module puts the node that shows the frames under its patient, not the sequence."""
    scene = sequenceNode.GetScene()
    tree = hierarchyOf(scene)
    if tree is None:
        return None
    browsers = nodesOfClass(scene, "vtkMRMLSequenceBrowserNode")
    for node in (sequenceNode, *(browser.GetProxyNode(sequenceNode) for browser in browsers)):
        item = 0 if node is None else tree.GetItemByDataNode(node)
        patient = tree.GetItemAncestorAtLevel(item, "Patient") if item else 0
        if patient and tree.GetItemUID(patient, "DICOM"):
            return str(tree.GetItemUID(patient, "DICOM"))
    return None
