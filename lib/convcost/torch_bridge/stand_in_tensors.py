"""Stand-ins of tensors: shape, strides, type and class of the original, on torch's device without memory.

Tensors that share memory have stand-ins that share it. Small tensors of whole numbers, and single numbers, are
copied with their values: numbers of channels, sizes, flags, on which the code may decide what to do.
"""

from convcost.extras import torch
from torch.nn.parameter import UninitializedTensorMixin

from ..errors import ConvcostError

SMALL = 2**18
NO_DISPATCH = torch._C._disabled_torch_dispatch_impl


def _tensor(all, x):
    cls = type(x)
    if cls.__torch_dispatch__ is not NO_DISPATCH and cls.__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
        raise ConvcostError(f"from_torch: the module holds a tensor of the class {cls.__name__}, which is not read")
    if x.layout != torch.strided or x.is_quantized:
        raise ConvcostError(f"from_torch: the module holds a sparse or quantized tensor of {tuple(x.shape)}")
    new = _values(x) if _is_small(x) else _shape(all, x)
    if cls is not torch.Tensor:
        new = torch.Tensor._make_subclass(cls, new, x.requires_grad)
    elif x.requires_grad and x.is_leaf:
        new.requires_grad_()
    return _attributes(all, x, all.keep(x, new))


def _is_small(x):
    few = x.numel() == 1 or (x.numel() <= SMALL and not (x.is_floating_point() or x.is_complex()))
    return few and not x.is_meta


def _values(x):
    with torch.no_grad(), torch.inference_mode(False):
        return x.detach().to("cpu", copy=True)


def _shape(all, x):
    storage = x.untyped_storage()
    shared = all.storages.get(storage._cdata)
    if shared is None:
        if x.storage_offset() == 0:
            new = torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")
            all.storages[storage._cdata] = new.untyped_storage(), storage  # both kept: an address stays its own
            return new
        shared = all.storages[storage._cdata] = torch.UntypedStorage(storage.nbytes(), device="meta"), storage
    new = torch.empty(0, dtype=x.dtype, device="meta")
    return new.set_(shared[0], x.storage_offset(), x.shape, x.stride())


def _lazy(all, x):
    """A parameter that takes its shape from the first image: the stand-in's alone does."""
    return _attributes(all, x, all.keep(x, type(x)(x.requires_grad, device="meta", dtype=x.dtype)))


def _attributes(all, x, new):
    if x.__dict__:
        new.__dict__.update({key: all.of(value) for key, value in x.__dict__.items()})
    return new


TENSORS = {UninitializedTensorMixin: _lazy, torch.Tensor: _tensor}
