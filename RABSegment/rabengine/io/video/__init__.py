"""Video files in any container that PyAV opens."""
