"""A cine with its segmentation as a scene of its own, in a file that Slicer opens."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError
from rabengine.writing.atomic import atomic_file

from .ExportPlaces import Writer, checkedFile
from .SegmentationSequence import SegmentationSequence

SCENE_SUFFIXES = (".mrb",)
_LOOSE = "Scene"  # folder of the files before they are one
_COMPRESSION = 3  # of 9; more takes much longer for little


def exportScene(segmentation: SegmentationSequence, path: str | Path) -> Path:
    """Write the cine, its segmentation with all records, and the browser that plays both; nothing else of the scene.

    Args:
        segmentation: to export.
        path: that ends in .mrb.

    Raises:
        InputError: another ending, or a place that cannot be written to; then nothing is written.
        EngineError: Slicer could not write the scene.
    """
    path = checkedFile(path, SCENE_SUFFIXES)
    with tempfile.TemporaryDirectory(prefix="rabsegment-scene-") as folder:
        return sceneWriter(segmentation, Path(folder))(path)[0]


def sceneWriter(segmentation: SegmentationSequence, folder: Path) -> Writer:
    """What `exportScene` writes, gathered from the scene.

    Args:
        segmentation: to export.
        folder: an empty one, which holds the scene until it is written.

    Raises:
        EngineError: Slicer could not write the scene.
    """
    # Slicer's own writer of such files would hold up the whole program while it compresses.
    loose = folder / _LOOSE
    loose.mkdir()
    _saveUncompressed(_sceneOf(segmentation), loose)

    def write(path: str | Path) -> list[Path]:
        path = checkedFile(path, SCENE_SUFFIXES)
        with (
            atomic_file(path) as unfinished,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as bundle,
        ):
            for file in sorted(loose.rglob("*")):
                if file.is_file():
                    bundle.write(file, file.relative_to(folder).as_posix())
        return [path]

    return write


def _sceneOf(segmentation: SegmentationSequence) -> Any:
    """A new scene with copies of the nodes that belong to a segmentation."""
    import slicer

    scene = slicer.vtkMRMLScene()
    copies = {}
    for node in _nodesOf(segmentation):
        copies[node.GetID()] = copy = scene.AddNode(node.NewInstance())
        copy.Copy(node)
    # By way of names that no node has, for an id there may be another node's here.
    passing = {old: f"copy of {old}" for old in copies}
    for copy in copies.values():
        for old, name in passing.items():
            copy.UpdateReferenceID(old, name)
        for old, name in passing.items():
            copy.UpdateReferenceID(name, copies[old].GetID())
    return scene


def _nodesOf(segmentation: SegmentationSequence) -> list[Any]:
    """Sequences, the nodes that show their selected items, and the browser, which refers to all of them."""
    proxies = [segmentation.cineProxyNode, segmentation.proxyNode]
    displays = [proxy.GetDisplayNode() for proxy in proxies if proxy.GetDisplayNode() is not None]
    return [segmentation.cine.node, segmentation.node, *displays, *proxies, segmentation.browserNode]


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
            "The scene could not be written.", f"Make room on the disk of the temporary folder, {folder.parent}."
        )
