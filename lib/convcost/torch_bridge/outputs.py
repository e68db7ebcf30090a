"""Outputs whose shape is plain: made here, since torch needs many steps for them where there is no memory."""

from convcost.extras import torch

NORMS = {"_native_batch_norm_legit_no_training", "native_batch_norm", "native_layer_norm", "native_group_norm"}
ONE = {"gelu", "hardsigmoid", "hardswish", "leaky_relu", "mish", "relu", "sigmoid", "silu", "tanh"}
TWO = {"add", "div", "mul", "sub"}


def plain_output(name: str, args: tuple, kwargs: dict[str, object]) -> torch.Tensor | tuple[torch.Tensor, ...] | None:
    """Return the output of an operation that gives a tensor like the one it reads; None if that is not certain."""
    x = args[0] if args else None
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        return None
    if name in NORMS:
        statistics = torch.empty(0, device="meta")
        contiguous = "layer" in name or "group" in name
        form = torch.contiguous_format if contiguous else torch.preserve_format
        return torch.empty_like(x, memory_format=form), statistics, statistics
    if name in ONE or (name in TWO and not kwargs and len(args) == 2 and _fits(x, args[1])):
        return torch.empty_like(x)
    return None


def _fits(x, y):
    if not isinstance(y, torch.Tensor):
        return isinstance(y, (int, float))
    if y.dtype != x.dtype or y.dim() > x.dim():
        return False
    return all(n in (1, size) for n, size in zip(reversed(y.shape), reversed(x.shape)))
