"""Scripts that are no tests: `PYTHONPATH=Testing python -m tools.NAME`."""
