"""A cine with its segmentation as a scene of its own, in a file that Slicer opens."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from rabengine.io.files.atomic import atomic_file
from RABSegmentLib.Results.LineNode import keepLine
from RABSegmentLib.Scene.CineSequence import DICOM_ATTRIBUTE, NAMES_ATTRIBUTE
from RABSegmentLib.Scene.MRMLNodes import nodesOfClass
from RABSegmentLib.Scene.SegmentationSequence import CINE_ROLE, SegmentationSequence
from RABSegmentLib.Session.KeptMarks import contentOf
from RABSegmentLib.Session.SceneFile import MARKS_NAME
from RABSegmentLib.Steps import Steps, allOf

from .MaskCopy import DATA, MaskCopy, maskSteps, unwritten
from .PixelCopy import PixelCopy, pixelSteps
from .Places import FileWriter, checkedFile, fileNameOf

SCENE_SUFFIXES = (".mrb",)
_LOOSE = "Scene"  # folder of the files before they are one
_SCENE = "Scene.mrml"
_OF_READERS = ("DICOM.", "MultiVolume.")  # attributes
_COMPRESSION = 3  # of 9; more takes much longer for little


def sceneWriter(segmentation: SegmentationSequence, folder: Path) -> FileWriter:
    """As `sceneSteps`, at a stretch."""
    return allOf(sceneSteps(segmentation, folder))


def sceneSteps(segmentation: SegmentationSequence, folder: Path, isShownWhole: bool = False) -> Steps[FileWriter]:
    """Writes the cine, its segmentation with all records, and the browser that plays both; nothing else of the scene.

    The scene is as it is when its last node is copied, whatever happens to it between steps or later. What comes of it
    raises InputError for a name that does not end in .mrb, or a place that cannot be written to; it may be called in a
    thread.

    Args:
        segmentation: to export.
        folder: an empty one, which holds the scene until it is written.
        isShownWhole: segments are drawn in the scene with lines and fill, whether they are now or not.

    Raises:
        EngineError: Slicer could not write the scene.
    """
    # Slicer's own writer of such files would hold up the whole program: while it writes pixels and masks, and much
    # longer while it compresses.
    loose = folder / _LOOSE
    loose.mkdir()
    keepLine(segmentation)  # its node stays here
    pixels = yield from pixelSteps(segmentation.cine)
    masks = yield from maskSteps(segmentation)
    scene = _sceneOf(segmentation, pixels, masks)
    # Slicer passes it over; by it others open the scene without Slicer.
    content = contentOf(segmentation, masks.kept())
    yield  # all that is to be written is copied
    if isShownWhole:
        _showWhole(scene)
    (loose / MARKS_NAME).write_bytes(content)
    yield from _saveSteps(scene, loose, masks)

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, SCENE_SUFFIXES)
        pixels.fill(loose)
        masks.fill(loose, scene)
        with (
            atomic_file(path) as unfinished,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as bundle,
        ):
            for file in sorted(loose.rglob("*")):
                if file.is_file():
                    bundle.write(file, file.relative_to(folder).as_posix())
        return [path]

    return write


def _sceneOf(segmentation: SegmentationSequence, pixels: PixelCopy, masks: MaskCopy) -> Any:
    """A new scene with copies of the nodes that belong to a segmentation."""
    import slicer

    scene = slicer.vtkMRMLScene()
    copies = {
        segmentation.cine.node.GetID(): scene.AddNode(pixels.standIn()),
        segmentation.node.GetID(): scene.AddNode(masks.node),
    }
    masks.node.SetNodeReferenceID(CINE_ROLE, segmentation.cine.node.GetID())
    for node in _nodesOf(segmentation):
        copies[node.GetID()] = copy = scene.AddNode(node.NewInstance())
        copy.Copy(node)
    for copy in copies.values():
        _forgetFiles(copy)
        _giveFileName(copy)
    # By way of names that no node has, for an id there may be another node's here.
    passing = {old: f"copy of {old}" for old in copies}
    for copy in copies.values():
        for old, name in passing.items():
            copy.UpdateReferenceID(old, name)
        for old, name in passing.items():
            copy.UpdateReferenceID(name, copies[old].GetID())
    return scene


def _showWhole(scene: Any) -> None:
    """The page draws segments itself, so that its own nodes show none of it."""
    for display in nodesOfClass(scene, "vtkMRMLSegmentationDisplayNode"):
        display.SetVisibility2DOutline(True)
        display.SetVisibility2DFill(True)


def _forgetFiles(node: Any) -> None:
    """Whose files the frames came from is no one's business who gets the bundle; Slicer's DICOM readers say it too."""
    for name in node.GetAttributeNames():
        if name in (DICOM_ATTRIBUTE, NAMES_ATTRIBUTE) or name.startswith(_OF_READERS):
            node.RemoveAttribute(name)


def _giveFileName(node: Any) -> None:
    """Slicer names files after nodes, and its scenes cannot be read with these characters in the name of a file."""
    nodes = [node]
    if node.IsA("vtkMRMLSequenceNode"):
        nodes += [node.GetNthDataNode(number) for number in range(node.GetNumberOfDataNodes())]
    for one in nodes:
        one.SetName(fileNameOf(one.GetName() or ""))


def _nodesOf(segmentation: SegmentationSequence) -> list[Any]:
    """All but the sequences: the nodes that show the selected items, and the browser, which refers to them."""
    proxies = [segmentation.cineProxyNode, segmentation.proxyNode]
    displays = [proxy.GetDisplayNode() for proxy in proxies if proxy.GetDisplayNode() is not None]
    return [*displays, *proxies, segmentation.browserNode]


def _saveSteps(scene: Any, folder: Path, masks: MaskCopy) -> Steps[None]:
    """Save all in a folder, uncompressed, but the masks, whose file is named only; a node a step."""
    data = folder / DATA
    data.mkdir()
    scene.SetRootDirectory(str(folder))
    isWritten = True
    for number in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(number)
        if not node.IsA("vtkMRMLStorableNode"):
            continue
        node.AddDefaultStorageNode()
        storage = node.GetStorageNode()
        storage.SetUseCompression(False)
        file = data / f"{node.GetName()}.{storage.GetDefaultWriteFileExtension()}"
        storage.SetFileName(str(file))
        if node is masks.node:
            masks.file = file
        else:
            isWritten = bool(storage.WriteData(node)) and isWritten
            yield
    place = str(folder / _SCENE)
    scene.SetURL(place)
    if not (isWritten and scene.Commit(place)):
        raise unwritten(folder)
