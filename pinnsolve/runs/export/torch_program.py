"""The solution as a torch program (``.pt2``): one file that needs torch and nothing else.

`torch.export` is taken, not a state file beside a generated module: one file, loaded in one line, free in the number of
times, and what is loaded differentiates like any module. Who needs weights that load without pickle has them in the
checkpoint already.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

FACTS = "pinnsolve.json"


def torch_program(module: nn.Module, facts: Mapping[str, Any]) -> bytes:
    """The file: a program t (n,) -> y (n, k) in float64 for any n, with the facts as the extra file ``pinnsolve.json``."""
    example = torch.zeros(3, dtype=torch.float64)
    count = torch.export.Dim("n", min=1)
    program = torch.export.export(module.eval(), (example,), dynamic_shapes=({0: count},))
    data = io.BytesIO()
    torch.export.save(program, data, extra_files={FACTS: json.dumps(facts)})
    return data.getvalue()


def loaded(data: bytes) -> nn.Module:
    """What such a file holds, as a user loads it."""
    return torch.export.load(io.BytesIO(data)).module()
