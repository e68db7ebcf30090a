"""What several tests check: of a network, and of what must be there for every layer kind."""

from convcost import layers

# Networks of the zoo in torchvision's form, as its code would build them, that torchvision does not offer.
NOT_OFFERED = {"densenet264", "resnext101_32x4d"}


def check_equals_torch(net):
    """torch counts two operations for each MAC of a convolution or matrix product, and nothing else."""
    import torch  # other tests need only what does without
    from convcost.torch_bridge import to_torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        module, image = to_torch(net).eval(), torch.empty(1, *net.input_shape)
    assert sum(p.numel() for p in module.parameters()) == net.params
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = module(image)
    assert counter.get_total_flops() == 2 * net.macs
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [tuple(y.shape) for y in outputs] == [(1, *y.shape) for y in net.outputs]


LAYER_KINDS = [name for name in layers.__all__ if name not in ("Layer", "Node")]


def check_has_every_layer_kind(there, place, what):
    """Is there one thing for each layer kind? place: the file and the name in it to write to; what: that is missing."""
    missing, strange = set(LAYER_KINDS) - set(there), set(there) - set(LAYER_KINDS)
    assert not missing, f"{place}: add {what} for {', '.join(sorted(missing))}"
    assert not strange, f"{place}: {', '.join(sorted(strange))} is no layer kind"
