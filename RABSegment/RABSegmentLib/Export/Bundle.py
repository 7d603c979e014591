"""A cine with its segmentation as a scene of its own, in a file that Slicer opens."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import EngineError
from rabengine.io.files.atomic import atomic_file
from RABSegmentLib.Scene.CineGeometry import placeLikeVolume
from RABSegmentLib.Scene.CineSequence import DICOM_ATTRIBUTE, CineSequence
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.KeptMarks import contentOf
from RABSegmentLib.Session.SceneFile import MARKS_NAME
from RABSegmentLib.Translation import tr as _

from .Places import FileWriter, checkedFile

SCENE_SUFFIXES = (".mrb",)
_NOT_IN_NAMES = re.compile("[&<>\"']")
_SEQUENCE_SUFFIX = ".seq.nrrd"
_PIXEL_SIZES = re.compile(rb"^(sizes: (?:[34] )?)1 1 1 (\d+)$", re.MULTILINE)
_LOOSE = "Scene"  # folder of the files before they are one
_COMPRESSION = 3  # of 9; more takes much longer for little


def sceneWriter(segmentation: SegmentationSequence, folder: Path) -> FileWriter:
    """Writes the cine, its segmentation with all records, and the browser that plays both; nothing else of the scene.

    What it returns raises InputError for a name that does not end in .mrb, or a place that cannot be written to.

    Args:
        segmentation: to export.
        folder: an empty one, which holds the scene until it is written.

    Raises:
        EngineError: Slicer could not write the scene.
    """
    # Slicer's own writer of such files would hold up the whole program: while it writes the pixels, and much longer
    # while it compresses.
    loose = folder / _LOOSE
    loose.mkdir()
    pixels = _Pixels(segmentation.cine)
    _saveUncompressed(_sceneOf(segmentation, pixels), loose)
    # Slicer passes it over; by it others open the scene without Slicer.
    (loose / MARKS_NAME).write_bytes(contentOf(segmentation))

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, SCENE_SUFFIXES)
        pixels.fill(loose)
        with (
            atomic_file(path) as unfinished,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as bundle,
        ):
            for file in sorted(loose.rglob("*")):
                if file.is_file():
                    bundle.write(file, file.relative_to(folder).as_posix())
        return [path]

    return write


class _Pixels:
    """The frames of a cine, in whose place Slicer writes single pixels.

    Args:
        cine: whose frames are alike.
    """

    def __init__(self, cine: CineSequence) -> None:
        self._cine = cine
        self._frames = np.stack([_scalarsOf(cine.frameNode(frame)) for frame in range(cine.frameCount)])

    def standIn(self) -> Any:
        """A sequence node like the cine's, but for its frames, which are a pixel each."""
        node = self._cine.node.NewInstance()
        node.SetName(self._cine.name)
        for name in self._cine.node.GetAttributeNames():
            if name != DICOM_ATTRIBUTE:  # whose files they are is no one's business who gets the bundle
                node.SetAttribute(name, self._cine.node.GetAttribute(name))
        node.SetIndexName(self._cine.indexName)
        node.SetIndexUnit(self._cine.indexUnit)
        node.SetIndexType(self._cine.node.GetIndexType())
        node.SetNumericIndexValueTolerance(self._cine.node.GetNumericIndexValueTolerance())
        for frame, value in enumerate(self._cine.indexValues):
            node.SetDataNodeAtValue(self._pixelOf(frame), value)
        return node

    def fill(self, folder: Path) -> None:
        """Put the frames into the file that Slicer wrote, whose header is right but for their size."""
        rows, columns = self._frames.shape[1:3]
        (file,) = folder.glob(f"Data/*{_SEQUENCE_SUFFIX}")
        header = file.read_bytes().partition(b"\n\n")[0]
        sized, count = _PIXEL_SIZES.subn(rb"\g<1>%d %d 1 \g<2>" % (columns, rows), header)
        if count != 1:
            raise EngineError(
                _("Slicer wrote the frames in a form that is not known."), _("Save the scene in Slicer itself.")
            )
        with file.open("wb") as stream:
            stream.write(sized + b"\n\n")
            for frame in self._frames:
                stream.write(np.ascontiguousarray(frame).data)

    def _pixelOf(self, frame: int) -> Any:
        from vtk.util.numpy_support import numpy_to_vtk
        from vtk.vtkCommonDataModel import vtkImageData

        volume = self._cine.frameNode(frame)
        image = vtkImageData()
        image.SetDimensions(1, 1, 1)
        image.GetPointData().SetScalars(numpy_to_vtk(self._frames[frame, :1, :1].reshape(1, -1), deep=True))
        pixel = volume.NewInstance()
        pixel.SetName(volume.GetName())
        pixel.SetAndObserveImageData(image)
        placeLikeVolume(pixel, volume)
        return pixel


def _scalarsOf(volume: Any) -> np.ndarray:
    """(rows, columns, channels), with all channels that there are."""
    from vtk.util.numpy_support import vtk_to_numpy

    columns, rows, _slices = volume.GetImageData().GetDimensions()
    return vtk_to_numpy(volume.GetImageData().GetPointData().GetScalars()).reshape(rows, columns, -1)


def _sceneOf(segmentation: SegmentationSequence, pixels: _Pixels) -> Any:
    """A new scene with copies of the nodes that belong to a segmentation."""
    import slicer

    scene = slicer.vtkMRMLScene()
    copies = {segmentation.cine.node.GetID(): scene.AddNode(pixels.standIn())}
    for node in _nodesOf(segmentation):
        copies[node.GetID()] = copy = scene.AddNode(node.NewInstance())
        copy.Copy(node)
    for copy in copies.values():
        _giveFileName(copy)
    # By way of names that no node has, for an id there may be another node's here.
    passing = {old: f"copy of {old}" for old in copies}
    for copy in copies.values():
        for old, name in passing.items():
            copy.UpdateReferenceID(old, name)
        for old, name in passing.items():
            copy.UpdateReferenceID(name, copies[old].GetID())
    return scene


def _giveFileName(node: Any) -> None:
    """Slicer names files after nodes, and its scenes cannot be read with these characters in the name of a file."""
    nodes = [node]
    if node.IsA("vtkMRMLSequenceNode"):
        nodes += [node.GetNthDataNode(number) for number in range(node.GetNumberOfDataNodes())]
    for one in nodes:
        one.SetName(_NOT_IN_NAMES.sub("_", one.GetName() or ""))


def _nodesOf(segmentation: SegmentationSequence) -> list[Any]:
    """All but the cine: the masks, the nodes that show the selected items, and the browser, which refers to them."""
    proxies = [segmentation.cineProxyNode, segmentation.proxyNode]
    displays = [proxy.GetDisplayNode() for proxy in proxies if proxy.GetDisplayNode() is not None]
    return [segmentation.node, *displays, *proxies, segmentation.browserNode]


def _saveUncompressed(scene: Any, folder: Path) -> None:
    storages = []
    for number in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(number)
        if node.IsA("vtkMRMLStorableNode") and node.GetStorageNode() is None:
            node.AddDefaultStorageNode()
            storages.append(node.GetStorageNode())
    for storage in storages:
        if storage is not None:
            storage.SetUseCompression(False)
    if not scene.SaveSceneToSlicerDataBundleDirectory(str(folder)):
        raise EngineError(
            _("The scene could not be written."),
            _("Make room on the disk of the temporary folder, {folder}.").format(folder=folder.parent),
        )
