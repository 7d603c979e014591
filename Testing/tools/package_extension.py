"""Lay the extension out as Slicer's extension manager installs it: `make package`.

    PYTHONPATH=Testing python -m tools.package_extension OUTPUT [--slicer 5.12]

OUTPUT/RABSegment/lib/Slicer-5.12/qt-scripted-modules holds what RABSegment/CMakeLists.txt lists, as its macro installs
it, and OUTPUT/RABSegment/share/Slicer-5.12 the description RABSegment.s4ext, licence and notice. In Slicer, add the
former to Application Settings, Modules, Additional module paths.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

from tools import cmake_file_lists

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "RABSegment"


def package(output: Path, slicer: str) -> Path:
    """Write the folder of the extension anew; returns the one with the module.

    Args:
        output: folder that holds it.
        slicer: version of Slicer, major and minor.
    """
    folder = output / NAME
    shutil.rmtree(folder, ignore_errors=True)
    modules = folder / "lib" / f"Slicer-{slicer}" / "qt-scripted-modules"
    for name in (cmake_file_lists.SCRIPTS, cmake_file_lists.RESOURCES):
        for file in cmake_file_lists.files_listed(name):
            target = modules / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cmake_file_lists.MODULE_FOLDER / file, target)
    share = folder / "share" / f"Slicer-{slicer}"
    (share / NAME).mkdir(parents=True)
    shutil.copyfile(REPOSITORY / f"{NAME}.s4ext", share / f"{NAME}.s4ext")
    for file in ("LICENSE", "NOTICE"):
        shutil.copyfile(REPOSITORY / file, share / NAME / file)
    return modules


def main() -> None:
    """Package and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--slicer", default="5.12", help="version of Slicer (default: %(default)s)")
    options = parser.parse_args()
    if not re.fullmatch(r"\d+\.\d+", options.slicer):
        parser.error(f"--slicer {options.slicer} is no version such as 5.12")
    print(f"The module is in {package(options.output, options.slicer)}")


if __name__ == "__main__":
    main()
