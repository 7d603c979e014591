"""Labels to files: sequences, volumes, folders of pictures."""
