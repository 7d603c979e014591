"""All backbones by name: our own, and those that other packages add.

A package adds one by an entry point of the group "rabsegment.backbones" that names a subclass of `backbone.Backbone`
whose name is that of the entry point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rabengine.registry import Registry

if TYPE_CHECKING:
    from .backbone import Backbone

DEFAULT_BACKBONE = "efficientnet-lite2"


def _is_backbone(thing: object) -> bool:
    from .backbone import Backbone  # here, for it brings PyTorch, and names are listed without it

    return isinstance(thing, type) and issubclass(thing, Backbone)


BACKBONES: Registry[type[Backbone]] = Registry(
    "backbone",
    "rabsegment.backbones",
    {
        "efficientnet-lite0": "rabengine.network.efficientnet_lite:EfficientNetLite0",
        "efficientnet-lite2": "rabengine.network.efficientnet_lite:EfficientNetLite2",
    },
    _is_backbone,
)


def new_backbone(name: str = DEFAULT_BACKBONE) -> Backbone:
    """A backbone with random weights on the CPU.

    Raises:
        InputError: no package that is installed brings it.
    """
    return BACKBONES.get(name)()
