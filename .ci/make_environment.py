"""Make a virtual environment with pip in it, also on a Debian or Ubuntu that has no python3-venv.

Usage: python3 make_environment.py DIRECTORY

Standard library only, and Python 3.6 syntax, so that an old interpreter still gets the sentence about its
version.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

OLDEST = (3, 10)
PIP_ON_PYPI = "https://pypi.org/pypi/pip/json"


def main(directory):
    """Make `directory` unless it works already; exit with one sentence where that is impossible."""
    if sys.version_info < OLDEST:
        sys.exit(
            "Python %d.%d or newer is needed, this is %s: install one and name it in make PYTHON=python3.11."
            % (*OLDEST, sys.version.split()[0])
        )
    if has_pip(directory):
        return
    shutil.rmtree(directory, ignore_errors=True)
    if quiet([sys.executable, "-m", "venv", directory]) and has_pip(directory):
        return
    if quiet([sys.executable, "-m", "virtualenv", directory]) and has_pip(directory):
        return
    # Debian splits ensurepip off into python3-venv: make the environment without pip, then fetch pip itself.
    shutil.rmtree(directory, ignore_errors=True)
    if quiet([sys.executable, "-m", "venv", "--without-pip", directory]):
        with contextlib.suppress(OSError, LookupError, ValueError, StopIteration):
            fetch_pip(directory)
        if has_pip(directory):
            return
    shutil.rmtree(directory, ignore_errors=True)
    sys.exit("This Python cannot make a virtual environment: run `sudo apt-get install python3-venv`, then again.")


def interpreter(directory):
    return os.path.join(directory, "bin", "python")


def has_pip(directory):
    return os.path.exists(interpreter(directory)) and quiet([interpreter(directory), "-m", "pip", "--version"])


def quiet(command):
    """Run `command` without its output; True where it succeeded."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def fetch_pip(directory):
    """Install pip from its own wheel, which Python can run as it is."""
    with urllib.request.urlopen(PIP_ON_PYPI, timeout=60) as reply:
        files = json.load(reply)["urls"]
    wheel = next(file for file in files if file["packagetype"] == "bdist_wheel")
    # Mirrors give addresses relative to their own.
    with urllib.request.urlopen(urllib.parse.urljoin(PIP_ON_PYPI, wheel["url"]), timeout=60) as reply:
        content = reply.read()
    if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
        raise ValueError("the wheel of pip is damaged")
    path = os.path.join(directory, wheel["filename"])
    with open(path, "wb") as stream:
        stream.write(content)
    quiet([interpreter(directory), os.path.join(path, "pip"), "install", "--no-index", path])
    os.remove(path)


if __name__ == "__main__":
    main(sys.argv[1])
