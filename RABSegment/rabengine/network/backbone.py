"""What the networks ask of a pre-trained backbone F and its finer levels G: one small protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from torch import Tensor, nn

from rabengine.errors import InputError


class Backbone(nn.Module):
    """Feature pyramid of an image; a class without arguments for each architecture (see `backbones.BACKBONES`).

    Buffers and parameters are all that weight files hold of it.

    Attributes:
        name: in the registry, and in weight files.
        channels: of the maps at strides 4, 8 and 16.
    """

    name: ClassVar[str] = ""
    channels: tuple[int, int, int]

    def normalise(self, frames: Tensor) -> Tensor:
        """(N, 3, H, W) in [0, 1] to what `forward` takes, of the same shape; the same where nothing else is said."""
        return frames

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps (N, channels, H / s, W / s) at the strides s = 4, 8 and 16; the last is F, the others are G.

        Args:
            x: (N, 3, H, W) from `normalise`, H and W multiples of 16.
        """
        raise NotImplementedError(f"The backbone {self.name} has no forward.")

    def load_pretrained(self) -> None:
        """Take the weights that training starts from.

        Raises:
            InputError: there are none, or the package that holds them is missing.
        """
        raise InputError(f"The backbone {self.name} has no pretrained weights.", "Train with --init-weights random.")

    def early_parts(self) -> Iterable[nn.Module]:
        """What sees edges and speckle: most of the computing, with nothing to learn from one cine; maybe empty."""
        return ()


class FineBackbone(Backbone):
    """A backbone that also gives maps at stride 2, for networks that draw finer outlines.

    Attributes:
        fine_channels: of these maps.
    """

    fine_channels: int

    def fine_levels(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `forward`, with the maps at stride 2 before them."""
        raise NotImplementedError(f"The backbone {self.name} has no maps at stride 2.")
