"""The text of a scene (.mrml) as far as cines and their segmentations go, read without Slicer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree

_VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")
_SEGMENTATION = "vtkMRMLSegmentationNode"
_ITEMS = "DataNodeClassName"  # attribute of a sequence
_STORAGE = "storage"  # reference to the node that names the file
_LOOSE_AMPERSAND = re.compile(r"&(?!#?\w+;)")  # Slicer writes it so into names of files
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class SceneNode:
    """A node of a scene.

    Attributes:
        kind: its tag.
        identifier, name: of it.
        attributes: {name: value}, such as those of this program.
        references: (role, identifier of another node).
        items: of a sequence, (index value, identifier of the item's node).
        file: that a storage node names, relative to the scene's folder; empty for other nodes.
    """

    kind: str
    identifier: str
    name: str
    attributes: dict[str, str]
    references: tuple[tuple[str, str], ...]
    items: tuple[tuple[str, str], ...]
    file: str

    @property
    def isCine(self) -> bool:
        """Whether it is a sequence of images."""
        return self.kind == "Sequence" and self.attributes.get(_ITEMS) in _VOLUMES

    @property
    def isSegmentation(self) -> bool:
        """Whether it is a sequence of segmentations."""
        return self.kind == "Sequence" and self.attributes.get(_ITEMS) == _SEGMENTATION

    def refersTo(self, identifier: str) -> bool:
        return any(other == identifier for _role, other in self.references)


def parseScene(text: str) -> list[SceneNode]:
    """The nodes of a scene, in its order.

    Raises:
        ValueError: it is damaged.
    """
    if _DECLARATION.search(text):
        raise ValueError("a scene declares nothing")
    try:
        root = ElementTree.fromstring(_LOOSE_AMPERSAND.sub("&amp;", text))
    except ElementTree.ParseError as error:
        raise ValueError("no scene") from error
    return [_node(element) for element in root]


def fileOf(node: SceneNode, nodes: Sequence[SceneNode]) -> str:
    """The file that holds a node, relative to the scene's folder; empty where none does."""
    storages = {other for role, other in node.references if role == _STORAGE}
    return next((one.file for one in nodes if one.identifier in storages and one.file), "")


def _node(element: ElementTree.Element) -> SceneNode:
    pairs = [pair.partition(":") for pair in element.get("attributes", "").split(";") if pair]
    references = [pair.partition(":") for pair in element.get("references", "").split(";") if pair]
    items = [pair.partition(":") for pair in element.get("indexValues", "").split(";") if pair]
    return SceneNode(
        kind=element.tag,
        identifier=element.get("id", ""),
        name=element.get("name", ""),
        attributes={unquote(name): unquote(value) for name, _colon, value in pairs},
        references=tuple((role, one) for role, _colon, all_ in references for one in all_.split()),
        items=tuple((unquote(value), one) for one, _colon, value in items),
        file=unquote(element.get("fileName", "")),
    )
