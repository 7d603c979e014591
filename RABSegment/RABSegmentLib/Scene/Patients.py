"""Whose a cine in the scene is, as far as Slicer knows."""

from __future__ import annotations

from typing import Any


def patientOf(node: Any) -> str | None:
    """The DICOM identifier of the patient that a node lies under in the subject hierarchy; None where there is none.

    It is for comparing: it goes into no output.
    """
    import slicer

    scene = node.GetScene()
    tree = None if scene is None else slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if tree is None:
        return None
    item = tree.GetItemByDataNode(node)
    patient = tree.GetItemAncestorAtLevel(item, "Patient") if item else 0
    return str(tree.GetItemUID(patient, "DICOM")) or None if patient else None
