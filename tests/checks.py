"""What several tests check: of a network, and of what must be there for every layer kind."""

from functools import cache

from convcost import layers, models

# Networks of the zoo in torchvision's form, as its code would build them, that torchvision does not offer.
NOT_OFFERED = {"densenet264", "resnext101_32x4d"}


@cache
def one_of_each():
    """(name, variant) of one network of each kind, the smallest: the others of its family differ in numbers alone.

    They have layers of the same kinds, with the same kernels, strides and paddings. A test that is slow, and whose
    subject is how layers are put together, tries these; totals of every network are tested all the same.
    """
    smallest = {}
    for name in models.names():
        for variant in models.get(name).variants:
            net = models.get(name)(variant=variant)
            kind = models.get(name).family, frozenset(map(_kind, net.layers))
            smallest.setdefault(kind, []).append((len(net.layers), net.macs, name, variant))
    return [min(alike)[2:] for alike in smallest.values()]


def _kind(node):
    options = ("kernel_size", "stride", "padding", "bias")
    grouped = getattr(node.layer, "groups", 1) > 1
    return (node.kind, grouped, *(repr(getattr(node.layer, option, None)) for option in options))


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
