"""What is said of jobs of Slurm, as words, made into what `dask_jobqueue.SLURMCluster` takes."""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.io.files.atomic import as_input_error

DEFAULTS: Mapping[str, object] = {"cores": 1, "memory": "4GB"}  # where nothing is said and nothing configured
# Each may be said several times, one directive, line or argument at a time.
LISTS = ("job_extra_directives", "job_script_prologue", "worker_extra_args", "job_directives_skip")
_NUMBERS = ("cores", "processes", "job_cpu")
# Of the package: said by it itself, no word that can be typed, or older names that it warns of.
_NOT_TOLD = {
    *("scheduler", "name", "nanny", "security", "protocol"),
    *("extra", "job_extra", "env_extra", "header_skip", "project"),
}
_ENVIRONMENT = (
    "export DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False",
    "export DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False",
    "export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False",
)


@dataclass(frozen=True)
class JobOptions:
    """Of jobs of Slurm.

    Attributes:
        options: what `dask_jobqueue.SLURMCluster` takes.
        processes: workers of a job.
        log: what a job writes, with NUMBER in the place of its number; "" where that is configured otherwise.
    """

    options: Mapping[str, Any]
    processes: int
    log: str


def job_count(told: Mapping[str, str]) -> int:
    """How many jobs are asked for.

    Raises:
        InputError: that is no number from 1 on.
    """
    return _natural("jobs", told.get("jobs", "1"))


def job_options(told: Mapping[str, str], configured: Mapping[str, Any], job_class: Any, logs: Path) -> JobOptions:
    """What is told, what is configured, and what else a job needs.

    Args:
        told: `jobs` and options; lines are the values of what is a list.
        configured: of the package's configuration file, whose names have "-" for "_".
        job_class: of the package, whose arguments are the options that there are.
        logs: folder for what jobs write; it is made.

    Raises:
        InputError: an option is none, or a number is none.
    """
    known = _names(job_class)
    for name in told.keys() - {"jobs"}:
        if name not in known:
            raise InputError(f"{name!r} is no option of jobs of Slurm.", f"There are jobs, {', '.join(sorted(known))}.")

    def of_configuration(name: str) -> Any:
        return configured.get(name.replace("_", "-"), configured.get(name))

    options: dict[str, Any] = {name: value for name, value in told.items() if name != "jobs"}
    for name, value in DEFAULTS.items():
        options.setdefault(name, of_configuration(name) or value)
    options.setdefault("processes", of_configuration("processes") or options["cores"])
    for name in _NUMBERS:
        if name in options:
            options[name] = _natural(name, options[name])
    if options["processes"] > options["cores"]:
        raise InputError(
            f"{options['processes']} processes are more than the {options['cores']} cores of a job.",
            "A worker needs a core at least.",
        )
    for name in LISTS:
        options[name] = str(told[name]).splitlines() if name in told else list(of_configuration(name) or ())
    options["job_script_prologue"] = [*_ENVIRONMENT, *options["job_script_prologue"]]
    options.setdefault("python", of_configuration("python") or shlex.quote(sys.executable))
    log = ""
    directives = options["job_extra_directives"]
    if not (told.get("log_directory") or of_configuration("log_directory") or any(map(_is_output, directives))):
        with as_input_error(logs):
            logs.mkdir(exist_ok=True)
        log = str(logs.absolute() / "slurm-NUMBER.out")
        path = str(logs.absolute()).replace("%", "%%")
        options["job_extra_directives"] = [f'--output="{path}/slurm-%j.out"', *directives]
    return JobOptions(options, options["processes"], log)


def _names(job_class: Any) -> set[str]:
    names = {"interface", "shared_temp_directory"}
    for one in inspect.getmro(job_class):
        if "__init__" in vars(one):
            parameters = inspect.signature(one).parameters.values()
            names |= {each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD}
    return names - _NOT_TOLD


def _is_output(directive: str) -> bool:
    return directive.startswith(("-o", "--output"))


def _natural(name: str, told: object) -> int:
    try:
        number = int(str(told))
    except ValueError:
        number = 0
    if number < 1:
        raise InputError(f"{name}={told} of --slurm is no whole number from 1 on.", f"Give such as {name}=2.")
    return number
