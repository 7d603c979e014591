"""A segmented cine as a training set for another program, as `rabsegment export` writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.errors import InputError
from rabengine.exchange.blanking import Blanking, hidden_pixels
from rabengine.exchange.format import MARKED, ExchangeFormat
from rabengine.exchange.formats import FORMATS
from rabengine.exchange.items import Labelled, SetChoices, make_items
from rabengine.exchange.write import check_target, write_set
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.Patients import patientOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .LabelGroups import labelGroups
from .Places import Written


def setFormats() -> dict[str, ExchangeFormat]:
    """{name: format} of the sets, those of other packages too; formats for the archive are no sets."""
    return {name: one for name, one in FORMATS.all() if one.is_anonymous and not one.suffixes}


def textDoubt(segmentation: SegmentationSequence) -> str:
    """Asks whether text is burned into the pixels, where neither the file says it nor what was found; else empty."""
    hidden = hidden_pixels(engineCine(segmentation.cine, segmentation.cine.frames()), Blanking())
    if hidden.is_known:
        return ""
    if hidden.found:
        said = _(
            "Nothing says whether names or dates are burned into the pixels of {cine}. What looks like text is made "
            "black. Did you look at the frames, and is there no other?"
        )
    else:
        said = _(
            "Nothing says whether names or dates are burned into the pixels of {cine}. Did you look at the frames, and "
            "are there none?"
        )
    return said.format(cine=segmentation.cine.name)


def exportSet(segmentation: SegmentationSequence, path: str | Path, name: str, hasLooked: bool = False) -> Written:
    """Write the frames that somebody marked or verified, with their masks, as a set of one cine.

    Args:
        segmentation: to export.
        path: of a new or empty folder, or of a set that is replaced.
        name: of the format, one of `setFormats`.
        hasLooked: the user looked at the pixels: there is no text but what looks like it, which is made black.

    Returns:
        The folder, with what is to be known of it.

    Raises:
        InputError: no frame is marked, segments overlap, or text may be in the pixels; a place that cannot be written
            to. Then nothing is written.
    """
    path = Path(path)
    check_target(path, name, 1)
    marked = [frame for frame in range(segmentation.frameCount) if segmentation.record(frame).isMark]
    if not marked:
        raise InputError(
            _("No frame of {cine} is marked or verified, and a set is of these.").format(cine=segmentation.cine.name),
            _("Mark or verify the frames that are right."),
        )
    groups = labelGroups(segmentation)
    if len(groups) > 1:
        raise InputError(_("Segments overlap, and a set has one segment at a pixel."), _("Erase what overlaps."))
    [group] = groups
    cine = engineCine(segmentation.cine, segmentation.cine.frames())
    names = {value: entry.name for value, entry in group.legend.items()}
    labels: dict[int, np.ndarray] = {frame: group.labels[frame] for frame in marked}
    origins = dict.fromkeys(marked, MARKED)
    found = Labelled(cine, labels, origins, names, patientOf(segmentation.cine) or "")
    hidden = hidden_pixels(cine, Blanking())
    blanking = Blanking()
    if not hidden.is_known and hasLooked:
        blanking = Blanking(boxes=hidden.found) if hidden.found else Blanking(keeps_text=True)
    elif not hidden.is_known:
        raise InputError(
            _("Text may be burned into the pixels of {cine}.").format(cine=segmentation.cine.name),
            _("Look at its frames first, or make it black by rabsegment export --blank."),
        )
    made = make_items([found], SetChoices(blanking=blanking))
    write_set(path, name, made.items, made.sums, made.sentences)
    empty = [one for value, one in names.items() if not (group.labels[marked] == value).any()]
    left = [_("{segment} has no pixels on these frames.").format(segment=one) for one in empty]
    count = _("{count} marked or verified frames.").format(count=len(marked))
    doubt = hidden.doubt if hidden.found or hidden.is_known else ""
    return Written([path], list(filter(None, (count, *left, doubt))))
