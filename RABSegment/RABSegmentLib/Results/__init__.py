"""What follows from a segmentation: areas over time, ejection fraction, the timeline."""
