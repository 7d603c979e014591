"""What a user brings for a method: another project's package, and files that an environment variable names."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rabengine.errors import InputError

from .prediction import Peer

_CHUNK = 2**24


@dataclass(frozen=True)
class Download:
    """A file, or a folder with a file in it, that its user downloads.

    Attributes:
        variable: of the environment, that names it.
        title: what it is and where it is from; goes on a sentence that begins with "needs".
        inside: the file in the folder, "" where the variable names the file itself.
    """

    variable: str
    title: str
    inside: str = ""

    @property
    def is_named(self) -> bool:
        """Whether the variable is set."""
        return bool(os.environ.get(self.variable))

    def path(self) -> Path:
        """What the variable names.

        Raises:
            InputError: it is not set, or there is no such file.
        """
        if not self.is_named:
            raise InputError(f"{self.variable} is not set.", f"Let it name {self.title}.")
        path = Path(os.environ[self.variable]).expanduser().absolute()
        if not (path / self.inside).is_file():
            raise InputError(
                f"{self.variable} names {path}, and there is no file {path / self.inside}.",
                f"Let it name {self.title}.",
            )
        return path

    def content(self) -> str:
        """SHA-256 of the file, and of a configuration beside it with the ending .yaml; "" where there is none."""
        if not self.is_named:
            return ""
        file = Path(os.environ[self.variable]).expanduser() / self.inside
        digest = hashlib.sha256()
        for part in (file, file.with_suffix(".yaml")):
            if part.is_file():
                with part.open("rb") as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
        return digest.hexdigest()


@dataclass(frozen=True)
class DownloadedPeer(Peer):
    """A peer whose package and weights its user brings.

    Attributes:
        downloads: the files.
        needs_cuda: whether it computes on an NVIDIA GPU and nowhere else.
    """

    downloads: tuple[Download, ...] = ()
    needs_cuda: bool = False


def check_downloads(name: str, peer: DownloadedPeer) -> None:
    """Say all that a method lacks in one sentence.

    Raises:
        InputError: it lacks something, or the computer does.
    """
    lacks = lacking(peer.packages)
    unnamed = [one for one in peer.downloads if not one.is_named]
    if lacks or unnamed:
        needs = [
            f"the Python package {module.partition('.')[0]} (pip install {package})"
            for module, package in lacks.items()
        ]
        needs += [f"{one.title}, named by the environment variable {one.variable}" for one in unnamed]
        raise InputError(f"The method {name} needs {' and '.join(needs)}.")
    for one in peer.downloads:
        one.path()
    if peer.needs_cuda:
        import torch  # here, for the registry of methods is read where there is no PyTorch

        if not torch.cuda.is_available():
            raise InputError(f"The method {name} computes on an NVIDIA GPU alone, and PyTorch finds none.")


def lacking(packages: Mapping[str, str]) -> dict[str, str]:
    """Those of {module: name for pip} that are not installed."""
    return {module: package for module, package in packages.items() if not _is_installed(module)}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # a package above it is missing, or another one of that name is installed
        return False


SAM2_CHECKPOINT = Download(
    "RABSEGMENT_SAM2",
    "a checkpoint of SAM 2.1 such as sam2.1_hiera_tiny.pt of https://github.com/facebookresearch/sam2",
)
SAM_CHECKPOINT = Download(
    "RABSEGMENT_SAM",
    "a checkpoint of SAM such as sam_vit_b_01ec64.pth of https://github.com/facebookresearch/segment-anything",
)
MEDSAM_CHECKPOINT = Download(
    "RABSEGMENT_MEDSAM", "the checkpoint medsam_vit_b.pth of https://github.com/bowang-lab/MedSAM"
)
MOBILE_SAM_CHECKPOINT = Download(
    "RABSEGMENT_MOBILE_SAM", "the checkpoint mobile_sam.pt of https://github.com/ChaoningZhang/MobileSAM"
)
SCRIBBLEPROMPT_WEIGHTS = Download(
    "RABSEGMENT_SCRIBBLEPROMPT",
    "the weights ScribblePrompt_unet_v1_nf192_res128.pt of https://github.com/halleewong/ScribblePrompt",
)
MEDSAM2_CHECKPOINT = Download(
    "RABSEGMENT_MEDSAM2",
    "a checkpoint of MedSAM2 such as MedSAM2_latest.pt of https://huggingface.co/wanglab/MedSAM2",
)
CUTIE_WEIGHTS = Download(
    "RABSEGMENT_CUTIE",
    "weights of Cutie such as cutie-base-mega.pth of https://github.com/hkchengrex/Cutie/releases",
)
XMEM2_FOLDER = Download(
    "RABSEGMENT_XMEM2",
    "a clone of https://github.com/max810/XMem2 with saves/XMem.pth of "
    "https://github.com/hkchengrex/XMem/releases in it",
    "saves/XMem.pth",
)
