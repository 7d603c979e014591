"""Training of the image model (phase 1) from folders of labelled images. Not needed to segment a cine."""
