"""The part of the build that pyproject.toml cannot say.

The weights live where Slicer looks for a module's resources, outside the Python package; an installed copy
holds them as the data package `rabengine.models`.
"""

from setuptools import find_packages, setup

WEIGHTS_PACKAGE = "rabengine.models"
PACKAGES = ["rabengine", "rabengine.*", "RABSegmentLib", "RABSegmentLib.*", "rabview", "rabview.*"]

setup(
    packages=[*find_packages("RABSegment", include=PACKAGES), WEIGHTS_PACKAGE],
    package_dir={"": "RABSegment", WEIGHTS_PACKAGE: "RABSegment/Resources/Models"},
    package_data={
        "": ["*.csv", "*.json", "*.txt", "py.typed"],
        "rabview.page": ["web/*"],  # what the browser loads
        WEIGHTS_PACKAGE: ["*.pt", "*.md"],
    },
    include_package_data=False,
)
