"""Pictures: folders of them, and animations."""
