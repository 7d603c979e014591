"""The Qt parts of the panel Segment Video that are more than a widget of its .ui file."""
