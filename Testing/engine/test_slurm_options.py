"""What is said of jobs of Slurm on the command line, and what stands in the package's configuration file."""

from __future__ import annotations

import shlex
import sys

import pytest

from helpers.processes import assert_one_sentence, run_command
from helpers.study_files import make_study
from rabengine.errors import InputError
from rabengine.study.slurm_options import job_count, job_options

job_class = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed").SLURMCluster.job_cls


def script(told, configured, folder):
    made = job_options(told, configured, job_class, folder / "logs")
    return job_class("tcp://here:1", name="one", config_name="slurm", **made.options).job_script().splitlines(), made


def test_what_is_configured_need_not_be_said_and_what_is_said_comes_first(tmp_path):
    configured = {"cores": 4, "memory": "8GB", "queue": "gpu", "job-script-prologue": ["module load cuda"]}
    lines, made = script({"jobs": "5", "memory": "12GB", "processes": "2"}, configured, tmp_path)
    assert "#SBATCH --cpus-per-task=4" in lines and "#SBATCH --mem=12G" in lines and "module load cuda" in lines
    assert made.processes == 2
    assert any("--nthreads 2" in line and "--nworkers 2" in line for line in lines)


def test_lists_are_said_a_line_at_a_time_and_each_core_has_a_worker(tmp_path):
    told = {
        "cores": "2",
        "job_extra_directives": "--gres=gpu:1\n--exclusive",
        "job_script_prologue": "module load cuda",
    }
    lines, made = script(told, {}, tmp_path)
    assert "#SBATCH --gres=gpu:1" in lines and "#SBATCH --exclusive" in lines and "module load cuda" in lines
    assert made.processes == 2


def test_jobs_write_into_the_folder_for_it_whatever_its_name_unless_another_place_is_said(tmp_path, monkeypatch):
    odd = tmp_path / "my 100% hearts"
    odd.mkdir()
    monkeypatch.setattr(sys, "executable", "/odd place/python")
    lines, made = script({}, {}, odd)
    assert f'#SBATCH --output="{tmp_path}/my 100%% hearts/logs/slurm-%j.out"' in lines and (odd / "logs").is_dir()
    assert made.log == str(odd / "logs" / "slurm-NUMBER.out")
    assert any(shlex.split(line)[:1] == ["/odd place/python"] for line in lines)
    for told in ({"log_directory": str(tmp_path / "own")}, {"job_extra_directives": "-o own.out"}):
        lines, made = script(told, {}, tmp_path)
        assert made.log == "" and not any("logs" in line for line in lines)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"cores": "0"}, "cores=0 of --slurm is no whole number from 1 on"),
        ({"job_cpu": "some"}, "job_cpu=some"),
        ({"cores": "2", "processes": "4"}, "4 processes are more than the 2 cores"),
        ({"security": "yes"}, "'security' is no option"),
    ],
)
def test_an_option_that_cannot_be_is_refused(tmp_path, told, sentence):
    with pytest.raises(InputError, match=sentence):
        job_options(told, {}, job_class, tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("count", ["0", "-2", "1.5"])
def test_there_is_one_job_at_least(count):
    with pytest.raises(InputError, match=f"jobs={count} of --slurm"):
        job_count({"jobs": count})


def test_an_option_that_is_said_twice_is_refused_by_the_command(tmp_path):
    done = run_command("study", "run", make_study(tmp_path, 1, side=16).folder, "--slurm", "cores=1", "cores=2")
    assert done.returncode == 2 and "cores of --slurm is said twice" in done.stderr
    assert_one_sentence(done.stderr)
