"""Stand-in for Slicer's SampleData module: notes the registrations, loads what is a file on this machine."""

from __future__ import annotations

import shutil
import types
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import slicer

registered: list[dict[str, Any]] = []


def asList(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


class SampleDataLogic:
    """Registers data sources and fetches them."""

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Any = None,
        thumbnailFileName: str | None = None,
        loadFileType: Any = "VolumeFile",
        loadFiles: Any = None,
        loadFileProperties: dict | None = None,
        checksums: Any = None,
    ) -> None:
        """Note a data source; a second one of the same category and name replaces the first."""
        source = dict(locals())
        if uris is None:
            raise TypeError("Sample Data needs uris, also of a source with a customDownloader")
        source["loadFileProperties"] = loadFileProperties or {}
        registered[:] = [old for old in registered if (old["category"], old["sampleName"]) != (category, sampleName)]
        registered.append(source)

    def downloadSample(self, sampleName: str) -> Any:
        """The first node of a registered data source, loaded."""
        nodes = self.downloadSamples(sampleName)
        return nodes[0] if nodes else None

    def downloadSamples(self, sampleName: str) -> list[Any]:
        """The nodes of a registered data source, or what its own downloader returns."""
        source = next(source for source in registered if source["sampleName"] == sampleName)
        if source["customDownloader"] is not None:
            return asList(source["customDownloader"](types.SimpleNamespace(**source)))
        nodes = []
        for uri, fileName, kind in zip(
            asList(source["uris"]), asList(source["fileNames"]), asList(source["loadFileType"]), strict=True
        ):
            path = self.downloadFile(uri, slicer.app.temporaryPath, fileName)
            properties = {**source["loadFileProperties"], "fileName": path}
            nodes.append(slicer.util.loadNodeFromFile(path, kind, properties))
        return nodes

    def downloadFile(self, uri: str, destFolderPath: str, name: str, checksum: str | None = None) -> str:
        """Copy a file:// address into a folder; nothing else, tests do not use the network."""
        address = urlparse(uri)
        if address.scheme != "file":
            raise RuntimeError(f"The test host does not download {uri}")
        return shutil.copy(unquote(address.path), Path(destFolderPath) / name)


def sampleDataModule() -> types.ModuleType:
    """The module ``SampleData``."""
    module = types.ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic
    module.downloadSample = lambda name: SampleDataLogic().downloadSample(name)
    return module
