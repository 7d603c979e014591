"""`python -m rabengine`: the same as the command `rabsegment`."""

from rabengine.command_line.main import console_entry

if __name__ == "__main__":
    console_entry()
