"""Whose a cine in the scene is, as far as Slicer or its files know."""

from __future__ import annotations

from typing import Any

from rabengine.io.dicom.patient import patient_of

from .CineSequence import CineSequence


def patientOf(cine: CineSequence) -> str | None:
    """The DICOM identifier of a cine's patient; None where nobody says it.

    It is that of the patient under which the cine lies in the subject hierarchy, else that of the file that it was read
    from, where that still is. It is for comparing: it goes into no output.
    """
    return _inHierarchy(cine.node) or next((patient_of(frame.file) for frame in cine.dicomFrames[:1]), None)


def _inHierarchy(node: Any) -> str | None:
    import slicer

    scene = node.GetScene()
    tree = None if scene is None else slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if tree is None:
        return None
    item = tree.GetItemByDataNode(node)
    patient = tree.GetItemAncestorAtLevel(item, "Patient") if item else 0
    return str(tree.GetItemUID(patient, "DICOM")) or None if patient else None
