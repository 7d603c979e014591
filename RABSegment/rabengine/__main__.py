"""`python -m rabengine`: the same as the command `rabsegment`."""

from rabengine.cli.main import console_entry

if __name__ == "__main__":
    console_entry()
