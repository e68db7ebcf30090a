"""What several tests check of a network."""

import torch
from convcost.torch_bridge import to_torch
from torch.utils.flop_counter import FlopCounterMode


def check_equals_torch(net):
    """torch counts two operations for each MAC of a convolution or matrix product, and nothing else."""
    with torch.device("meta"):
        module, image = to_torch(net).eval(), torch.empty(1, *net.input_shape)
    assert sum(p.numel() for p in module.parameters()) == net.params
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = module(image)
    assert counter.get_total_flops() == 2 * net.macs
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [tuple(y.shape) for y in outputs] == [(1, *y.shape) for y in net.outputs]
