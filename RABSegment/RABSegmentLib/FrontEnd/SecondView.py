"""The second view of a left ventricle: another cine of the scene, at right angles to the shown one."""

from __future__ import annotations

from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Results.Measuring import isNamedAsVentricle
from RABSegmentLib.Scene.MRMLNodes import nodesOfClass, requiredScene
from RABSegmentLib.Scene.Patients import patientOf
from RABSegmentLib.Scene.SegmentationSequence import CINE_ROLE, SegmentationSequence, segmentationOfBrowser
from RABSegmentLib.Translation import tr as _

from .VentricleReport import KeptView, keptView


def otherViews(segmentation: SegmentationSequence) -> list[tuple[Any, str]]:
    """(browser, name of its cine) of each other cine that has a segmentation, in the order of the scene."""
    scene = requiredScene(segmentation.node)
    cines = {
        node.GetID(): node.GetNodeReference(CINE_ROLE)
        for node in nodesOfClass(scene, "vtkMRMLSequenceNode")
        if node.GetNodeReferenceID(CINE_ROLE) and node is not segmentation.node
    }
    found = []
    for browser in nodesOfClass(scene, "vtkMRMLSequenceBrowserNode"):
        names = [
            str(cine.GetName())
            for name, cine in cines.items()
            if cine is not None
            and cine is not segmentation.cine.node
            and browser.IsSynchronizedSequenceNodeID(name, True)
        ]
        if names:
            found.append((browser, names[0]))
    return found


def secondView(browser: Any, segmentName: str) -> KeptView:
    """The view that another cine shows: of its segment of the same name, else of the one that is a left ventricle.

    Args:
        browser: of the other cine.
        segmentName: of the ventricle in the shown one.

    Raises:
        InputError: it has no such segment, or none on two frames.
    """
    other = segmentationOfBrowser(browser)
    assert other is not None  # `otherViews` sees to it
    names = [other.segmentName(one) for one in other.segmentIds()]
    alike = [name for name in names if name == segmentName] or [name for name in names if isNamedAsVentricle(name)]
    if not alike:
        raise InputError(
            _("{cine} has no segment {segment}, so it is no second view.").format(
                cine=other.cine.name, segment=segmentName
            ),
            _("Give the ventricle the same name in both."),
        )
    view = keptView(other, alike[0], patientOf(other.cine))
    if view is None:
        raise InputError(
            _("{segment} is on fewer than two frames of {cine}, so it is no second view.").format(
                cine=other.cine.name, segment=alike[0]
            ),
            _("Segment that cine first."),
        )
    return view
