"""How good our presets and the methods people would take instead are, on labelled cines."""
