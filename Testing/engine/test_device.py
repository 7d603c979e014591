"""How what is computed lies in memory, by the device that computes it."""

from __future__ import annotations

import pytest
import torch

from rabengine.device import arranged, choose_device, memory_format
from rabengine.errors import InputError


def test_a_cpu_has_the_channels_last_and_a_gpu_first() -> None:
    assert memory_format(torch.device("cpu")) is torch.channels_last
    assert memory_format(torch.device("cuda", 1)) is torch.contiguous_format


def test_arranging_changes_no_value() -> None:
    pictures = torch.rand(2, 3, 8, 6)
    laid_out = arranged(pictures)
    assert laid_out.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(laid_out, pictures)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cpu:0", ""])
def test_a_device_that_no_machine_has_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="There is no device"):
        choose_device(name)
