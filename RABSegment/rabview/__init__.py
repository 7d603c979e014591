"""The workflow of the panel *Segment Video* in a browser, on Slicer's own viewers.

A second front end for `RABSegmentLib`, not a second implementation: it differs from the panel in its widgets alone.
Needs `trame-slicer` (`pip install "rabsegment[app]"`).
"""
