"""One open cine and its requests: the steps of a preset, their progress, the checks of what is asked for."""
