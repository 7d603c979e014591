"""Stand-ins for packages of other projects that no registry has: the calls that we make, with their real signatures.

Signatures are those of hkchengrex/Cutie (with hydra-core 1.3, which it reads its configuration with) and of
max810/XMem2, read at the end of 2026. What they find is simple enough to say beforehand: the masks seen last.
"""

from __future__ import annotations

from pathlib import Path

_HYDRA = {
    "hydra/__init__.py": """
from .core.global_hydra import GlobalHydra

def initialize_config_dir(config_dir, job_name="app", version_base="1.1"):
    GlobalHydra.instance().hydra = config_dir

def initialize_config_module(config_module, job_name="app", version_base="1.1"):
    GlobalHydra.instance().hydra = config_module

def compose(config_name=None, overrides=[], return_hydra_config=False, strict=None):
    assert GlobalHydra.instance().hydra == "cutie.config" and config_name == "eval_config"
    return {"overrides": list(overrides)}
""",
    "hydra/core/__init__.py": "",
    "hydra/core/global_hydra.py": """
class GlobalHydra:
    hydra = None
    _one = None

    @staticmethod
    def instance():
        GlobalHydra._one = GlobalHydra._one or GlobalHydra()
        return GlobalHydra._one

    def clear(self):
        self.hydra = None
""",
}

_CUTIE = {
    "cutie/__init__.py": "",
    "cutie/model/__init__.py": "",
    "cutie/model/cutie.py": """
import torch

class CUTIE(torch.nn.Module):
    def __init__(self, cfg, *, single_object=False):
        super().__init__()
        self.cfg = cfg
        self.weight = torch.nn.Parameter(torch.zeros(2, 3))

    def load_weights(self, src_dict, init_as_zero_if_needed=False):
        self.load_state_dict(src_dict)
""",
    "cutie/inference/__init__.py": "",
    "cutie/inference/utils/__init__.py": "",
    "cutie/inference/utils/args_utils.py": """
def get_dataset_cfg(cfg):
    cfg["use_long_term"] = False
    return cfg
""",
    "cutie/inference/inference_core.py": """
import torch

CALLS = []

class InferenceCore:
    def __init__(self, network, cfg, *, image_feature_store=None):
        assert cfg is network.cfg and cfg["use_long_term"] is False
        CALLS.append("new")
        self.count, self.last = 0, None

    def clear_sensory_memory(self):
        CALLS.append("clear")

    def step(self, image, mask=None, objects=None, *, idx_mask=True, end=False, delete_buffer=True,
             force_permanent=False):
        assert image.dtype == torch.float32 and image.shape[0] == 3 and 0 <= image.min() and image.max() <= 1
        CALLS.append("keep" if force_permanent else "find" if mask is None else "told")
        if mask is not None:
            assert mask.shape == image.shape[1:] and set(mask.unique().tolist()) <= {0, *objects}
            self.last = torch.stack([(mask == one).float() for one in (0, *objects)])
        return self.last
""",
}

_XMEM2 = {
    "inference/__init__.py": "",
    "inference/inference_core.py": """
import torch

CALLS = []

class InferenceCore:
    def __init__(self, network, config):
        assert config["enable_long_term_count_usage"] is False
        CALLS.append("new")
        self.last, self.all_labels = None, None

    def set_all_labels(self, all_labels):
        self.all_labels = all_labels

    def put_to_permanent_memory(self, image, mask, ti=None):
        CALLS.append("keep")
        assert image.shape[0] == 3 and image.min() < 0
        assert mask.shape == (len(self.all_labels), *image.shape[1:]) and mask.dtype == torch.float32

    def step(self, image, mask=None, valid_labels=None, end=False, manually_curated_masks=False,
             disable_memory_updates=False, do_not_add_mask_to_memory=False, return_key_and_stuff=False):
        CALLS.append("find" if mask is None else "told")
        if mask is not None:
            assert do_not_add_mask_to_memory and valid_labels == self.all_labels
            self.last = torch.cat([1 - mask.sum(dim=0, keepdim=True), mask])
        return self.last
""",
    "model/__init__.py": "",
    "model/network.py": """
import torch

class XMem(torch.nn.Module):
    def __init__(self, config, model_path=None, map_location=None, pretrained_key_encoder=True,
                 pretrained_value_encoder=True):
        super().__init__()
        assert not pretrained_key_encoder and not pretrained_value_encoder  # they would be downloaded
        self.weight = torch.nn.Parameter(torch.load(model_path, map_location=map_location)["weight"])
""",
    "util/__init__.py": "",
    "util/configuration.py": """
VIDEO_INFERENCE_CONFIG = {
    "enable_long_term": True, "enable_long_term_count_usage": True, "max_long_term_elements": 10000,
    "max_mid_term_frames": 10, "min_mid_term_frames": 5, "num_prototypes": 128, "size": 480,
}
""",
}


def write_cutie(folder: Path) -> Path:
    """A folder for the Python path with stand-ins for Cutie and hydra."""
    return _write(folder, {**_HYDRA, **_CUTIE})


def write_xmem2(folder: Path) -> Path:
    """What stands in for a clone of XMem++, without weights."""
    return _write(folder, _XMEM2)


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
