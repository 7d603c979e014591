"""What leaves the scene as files."""
