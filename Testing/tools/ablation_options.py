"""The options that both ablation scripts take."""

from __future__ import annotations

import argparse
from pathlib import Path

from rabengine.cli.options import add_image_folders, positive


def ablation_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the videos, what of them is scored, the seeds and the folder for what is computed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_image_folders(parser, "--videos", required=True)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder that keeps the rows")
    parser.add_argument("--objects", default="1,3", help="label values to score (default: %(default)s)")
    parser.add_argument("--frames", type=positive, default=24, help="first frames of each video (default: %(default)s)")
    parser.add_argument("--seeds", default="0,1,2", help="where anything depends on them (default: %(default)s)")
    return parser
