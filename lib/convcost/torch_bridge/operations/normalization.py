"""Normalisations."""

from ...layers import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm, RMSNorm
from ..layout import shape_text
from .orientation import on_channels
from .registry import operation


@operation("_native_batch_norm_legit_no_training(x, weight, bias, running_mean, running_var)")
def batch_norm_at_inference(recorder, output, x, weight, bias, mean, variance, *_):
    return _batch_norm(recorder, x, weight, bias)


@operation("native_batch_norm(x, weight, bias, running_mean, running_var, training)")
def batch_norm(recorder, output, x, weight, bias, mean, variance, training, *_):
    if mean is None or (training and not recorder.module.training):
        raise recorder.error("no layer kind for the operation batch_norm by the statistics of the image itself")
    return _batch_norm(recorder, x, weight, bias)


def _batch_norm(recorder, x, weight, bias):
    if x.dim() == 2 and len(x) > 1:  # tokens, one after the other
        return on_channels(recorder, BatchNorm2d(weight is not None), x, 1, (weight, bias))
    kind = BatchNorm1d if x.dim() == 2 else BatchNorm2d
    return recorder.add(kind(affine=weight is not None), recorder.image(x), weights=(weight, bias))


@operation("native_group_norm(x, weight, bias, N, C, HxW, group)")
def group_norm(recorder, output, x, weight, bias, n, channels, positions, groups, *_):
    return recorder.add(GroupNorm(groups * n, affine=weight is not None), recorder.image(x), weights=(weight, bias))


@operation("native_layer_norm(x, normalized_shape, weight, bias)")
def layer_norm(recorder, output, x, shape, weight, bias, *_):
    if len(shape) == 1:
        return on_channels(
            recorder, LayerNorm(weight is not None, bias is not None or weight is None), x, -1, (weight, bias)
        )
    if len(shape) != x.dim() - 1 or x.shape[0] != 1:
        raise recorder.error(
            f"no layer kind for the operation layer_norm over {shape_text(shape)} of {shape_text(x.shape)}"
        )
    if weight is None:
        return recorder.add(GroupNorm(1, affine=False), recorder.map(x))
    return recorder.add(LayerNorm(bias=bias is not None, whole=True), recorder.map(x), weights=(weight, bias))


def instance_norm(
    recorder, x, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, *_, **__
):
    """Taken whole, since torch takes it apart into a batch norm of C images of one channel."""
    if not use_input_stats:
        return _batch_norm(recorder, x, weight, bias)
    return recorder.add(InstanceNorm2d(weight is not None), recorder.image(x), weights=(weight, bias))


def rms_norm(recorder, x, normalized_shape, weight=None, eps=None):
    if len(normalized_shape) != 1:
        raise recorder.error(
            f"no layer kind for the operation rms_norm over {shape_text(normalized_shape)} of {shape_text(x.shape)}"
        )
    return on_channels(recorder, RMSNorm(weight is not None), x, -1, (weight,))
