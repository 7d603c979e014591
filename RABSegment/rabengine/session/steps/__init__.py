"""The steps that our presets are made of, a file for each."""
