"""The part of the build that pyproject.toml cannot say.

The weights live where Slicer looks for a module's resources, outside the Python package; an installed copy
holds them as the data package `rabengine.models`.
"""

from setuptools import find_packages, setup

WEIGHTS_PACKAGE = "rabengine.models"

setup(
    packages=[*find_packages("RABSegment", include=["rabengine", "rabengine.*", "RABSegmentLib"]), WEIGHTS_PACKAGE],
    package_dir={"": "RABSegment", WEIGHTS_PACKAGE: "RABSegment/Resources/Models"},
    package_data={"": ["*.csv", "*.json", "*.txt", "py.typed"], WEIGHTS_PACKAGE: ["*.pt", "*.md"]},
    include_package_data=False,
)
