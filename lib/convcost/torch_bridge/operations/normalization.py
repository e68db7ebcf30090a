"""Normalisations."""

from ...layers import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm, RMSNorm
from ..layout import words
from .orientation import on_channels
from .registry import operation


@operation("_native_batch_norm_legit_no_training(x, weight, bias, running_mean, running_var)")
def batch_norm_at_inference(r, y, x, weight, bias, mean, variance, *_):
    return _batch_norm(r, x, weight, bias)


@operation("native_batch_norm(x, weight, bias, running_mean, running_var, training)")
def batch_norm(r, y, x, weight, bias, mean, variance, training, *_):
    if mean is None or (training and not r.module.training):
        raise r.error("no layer kind for the operation batch_norm by the statistics of the image itself")
    return _batch_norm(r, x, weight, bias)


def _batch_norm(r, x, weight, bias):
    if x.dim() == 2 and len(x) > 1:  # tokens, one after the other
        return on_channels(r, BatchNorm2d(weight is not None), x, 1, (weight, bias))
    kind = BatchNorm1d if x.dim() == 2 else BatchNorm2d
    return r.add(kind(affine=weight is not None), r.image(x), weights=(weight, bias))


@operation("native_group_norm(x, weight, bias, N, C, HxW, group)")
def group_norm(r, y, x, weight, bias, n, channels, positions, groups, *_):
    return r.add(GroupNorm(groups * n, affine=weight is not None), r.image(x), weights=(weight, bias))


@operation("native_layer_norm(x, normalized_shape, weight, bias)")
def layer_norm(r, y, x, shape, weight, bias, *_):
    if len(shape) == 1:
        return on_channels(r, LayerNorm(weight is not None, bias is not None or weight is None), x, -1, (weight, bias))
    if len(shape) != x.dim() - 1 or x.shape[0] != 1:
        raise r.error(f"no layer kind for the operation layer_norm over {words(shape)} of {words(x.shape)}")
    if weight is None:
        return r.add(GroupNorm(1, affine=False), r.map(x))
    return r.add(LayerNorm(bias=bias is not None, whole=True), r.map(x), weights=(weight, bias))


def instance_norm(r, x, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, *_, **__):
    """Taken whole, since torch takes it apart into a batch norm of C images of one channel."""
    if not use_input_stats:
        return _batch_norm(r, x, weight, bias)
    return r.add(InstanceNorm2d(weight is not None), r.image(x), weights=(weight, bias))


def rms_norm(r, x, normalized_shape, weight=None, eps=None):
    if len(normalized_shape) != 1:
        raise r.error(f"no layer kind for the operation rms_norm over {words(normalized_shape)} of {words(x.shape)}")
    return on_channels(r, RMSNorm(weight is not None), x, -1, (weight,))
