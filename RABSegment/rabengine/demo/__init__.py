"""The demo: a real echocardiogram, two marked frames, every output the package writes."""
