"""DICOM: one multi-frame file, or a folder of single frames."""
