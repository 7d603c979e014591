"""The extension's own code: what needs 3D Slicer's libraries, in Slicer or from the package slicer-core."""
