"""The command `rabsegment`: one module for each subcommand, each with `add_parser` and `run`."""
