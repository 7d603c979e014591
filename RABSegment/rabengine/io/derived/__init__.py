"""DICOM objects derived from a DICOM cine: segmentations and reports of measurements."""
