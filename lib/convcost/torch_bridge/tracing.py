"""A torch module in, a network out: run it once on a tensor without data and note which layers that was.

A dispatch mode sees every operation that torch performs, however the model spells it, and `operations`
knows what each of them is. What it does not know is an error: nothing can be counted as zero by accident.
"""

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from ..layers import LocalResponseNorm
from .layout import Value, rearrangement, words
from .operations import MAKES_CONSTANTS, MOVES, OPERATIONS
from .record import Record

DROPOUTS = (F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout)


def from_torch(module, input_shape, training=False):
    """Return the network that a torch module computes: the same layers, parameters and multiply-accumulates.

    module: any `nn.Module` of the usual layers, functional calls included, that takes one image. It is run once,
    on tensors without data, and left as it was. input_shape: (C, H, W), or (1, C, H, W). training: run it in
    training mode, in which GoogLeNet, say, has further outputs; dropout is nothing in either mode, and batch norm
    stays as it is at inference.

    Layers carry the names of the modules they come from; one that is called again gets `_2`, and what a module
    does in its own `forward` is named after it and its kind (`layer1.0.add1`). A parameter that several layers
    share is counted where it is used first. Those that no layer used are in `.info["unused_parameters"]`. Only
    the costs are kept: constants such as eps, and in which order features are flattened, are not. Each layer
    remembers how the code spells it (`Node.written`), by which some tools see it; `x.add(y)` counts as `x + y`.

    ConvcostError names the operation, and the module that performs it, where there is no layer kind for one.
    """
    name = type(module).__name__
    if not isinstance(module, torch.nn.Module):
        raise ConvcostError(f"from_torch: needs a torch.nn.Module, got {name}")
    if isinstance(module, torch.jit.ScriptModule):
        raise ConvcostError("from_torch: a compiled module hides its layers; give it the one that was compiled")
    if isinstance(module, torch.nn.DataParallel):
        return from_torch(module.module, input_shape, training)
    for path, parameter in module.named_parameters():
        if isinstance(parameter, torch.nn.UninitializedParameter):
            raise ConvcostError(f"from_torch: {path} has no shape yet; run the module on an image first")
    shape = tuple(input_shape) if isinstance(input_shape, (tuple, list, torch.Size)) else ()
    whole = all(isinstance(size, int) and not isinstance(size, bool) and size >= 1 for size in shape)
    if not whole or not (len(shape) == 3 or len(shape) == 4 and shape[0] == 1):
        raise ConvcostError(f"from_torch: input_shape must be (C, H, W) or (1, C, H, W), not {input_shape!r}")
    recorder = Recorder(module)
    with torch.device("cpu"):  # whatever the surrounding code has chosen: constants keep their values
        outputs = recorder.run(shape[-3:], training)
    return recorder.network(outputs, name)


class Recorder(Record, TorchDispatchMode):
    """Follows the feature maps through one run of a module."""

    def run(self, shape, training):
        """Run the module on an image of this shape; return the feature maps that it gives."""
        tensors, twins = {}, {}
        everything = [*self.module.named_parameters(remove_duplicate=False), *self.module.named_buffers()]
        for name, tensor in everything:
            twin = twins.setdefault(id(tensor), torch.empty_like(tensor, device="meta", requires_grad=False))
            tensors[name] = twin
            is_parameter = isinstance(tensor, torch.nn.Parameter)
            if is_parameter:
                self.parameters.setdefault(name, tuple(tensor.shape))
            if id(twin) not in self.constants:
                self.hold(twin, [name] if is_parameter else [])
            if not tensor.is_floating_point() and not tensor.is_meta:  # perhaps numbers of channels
                self.known[id(twin)] = tensor.cpu()
        dtype = next((t.dtype for t in self.module.parameters() if t.is_floating_point()), None)
        image, start = torch.empty(1, *shape, dtype=dtype, device="meta"), FeatureMap(*shape)
        self.bind(image, Value(start))
        modes = [(m, m.training) for m in self.module.modules()]
        hooks = [hook for name, m in self.module.named_modules() for hook in self.hook(name, m)]
        try:
            self.module.train(training)
            for m in self.module.modules():
                if isinstance(m, torch.nn.modules.batchnorm._BatchNorm):
                    m.training = False  # a single image has no statistics of a batch
            with torch.no_grad(), Composites(self), self:
                outputs = torch.func.functional_call(self.module, tensors, (image,))
        except ConvcostError:
            raise
        except Exception as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ConvcostError(
                f"{self.where()}: cannot run on an image of {words(shape)}: {reason}"
            ) from error
        finally:
            for hook in hooks:
                hook.remove()
            for m, mode in modes:
                m.training = mode
        maps = [self.output(t) for t in tree_leaves(outputs) if isinstance(t, torch.Tensor)]
        return [x for x in maps if x is not None]

    def hook(self, name, module):
        """Note which module is running; one of our own layers is taken whole."""
        layer = getattr(module, "convcost_layer", None)

        def enter(module, args):
            self.calls[name] += 1
            self.stack.append((name, self.calls[name]))
            self.paused += layer is not None

        def leave(module, args, output):
            if layer is not None:
                self.paused -= 1
                if not self.paused:
                    made = self.add(layer, *[self.map(t) for t in args], weights=module.parameters())
                    self.bind(output, Value(made))
            self.stack.pop()

        return module.register_forward_pre_hook(enter), module.register_forward_hook(leave)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        on_meta = any(t.is_meta for t in tensors)
        given = tree_map(_to_meta, (args, kwargs)) if on_meta else (args, kwargs)
        out = function(*given[0], **given[1])
        if self.paused:
            return out
        name = function._schema.name.removeprefix("aten::")
        if name in MAKES_CONSTANTS or not any(id(t) in self.values for t in tensors):
            sources = [] if name in MAKES_CONSTANTS else [n for t in tensors for n in self.constants.get(id(t), ())]
            for t in tree_leaves(out):
                if isinstance(t, torch.Tensor) and id(t) not in self.constants:
                    self.hold(t, sources)
                    if name == "_to_copy" and not args[0].is_meta:
                        self.known[id(t)] = args[0]
            return out
        self.now = name
        for t in tensors:
            if id(t) in self.stale:
                raise self.error(f"{name} reads a tensor that {self.stale[id(t)]} overwrote through a view of it")
        if name in MOVES:
            self.move(function, args, kwargs, out)
            return out
        plain = name.removesuffix("_")
        if plain not in OPERATIONS:
            shapes = ", ".join(words(t.shape) for t in tensors)
            raise self.error(f"no layer kind for the operation {name} on {shapes}")
        result = OPERATIONS[plain](self, out, *args, **kwargs)
        out_tensor = out if isinstance(out, torch.Tensor) else out[0]
        if name != plain:
            self.overwrite(out_tensor)
        self.bind(out_tensor, result if isinstance(result, Value) else Value(result, None, self.stack[-1]))
        return out

    def move(self, function, args, kwargs, out):
        """Do to the numbers of the elements what the function does to the elements."""
        source, place = args[0], self.stack[-1]
        if id(source) not in self.values:
            raise self.error(f"no layer kind for the operation {self.now} with computed indices")
        value = self.values[id(source)]
        outs = [out] if isinstance(out, torch.Tensor) else list(out)
        if value.order is None and all(t.numel() == source.numel() for t in outs) and self.now in (
            "view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "clone", "_to_copy", "detach", "alias"
        ):
            moved = [Value(value.map, None, place)]
        elif self.now in ("view", "_unsafe_view"):  # the numbers may lie otherwise in memory
            moved = [value.moved(value.numbers(source.shape).reshape(out.shape), place)]
        elif self.now in ("clone", "_to_copy"):
            moved = [Value(value.map, value.order, place)]
        else:
            numbers = value.numbers(source.shape)
            rest, options = tree_map(self.value_of, (args[1:], kwargs))
            result = function(numbers, *rest, **options)
            moved = [value.moved(t, place) for t in ([result] if isinstance(result, torch.Tensor) else result)]
        for t, new in zip(outs, moved):
            self.bind(t, new)
            if new.order is not None and t.dim() == 4 and t.numel() == new.map.elements:
                self.shuffle(t)

    def shuffle(self, tensor):
        """A channel shuffle is a layer at once; other movements wait until a layer reads them."""
        value = self.values[id(tensor)]
        try:
            kind = type(rearrangement(value, tuple(tensor.shape[1:]))).__name__
        except LookupError:
            return
        if kind == "ChannelShuffle":
            self.map(tensor)

    def value_of(self, x):
        """Return a constant with its values, to move by; an error if it has none."""
        if isinstance(x, torch.Tensor) and x.is_meta:
            if id(x) not in self.known:
                raise self.error(f"no layer kind for the operation {self.now} with computed indices")
            return self.known[id(x)]
        return x


class Composites(TorchFunctionMode):
    """Functions to be taken whole, before torch takes them apart."""

    def __init__(self, recorder):
        super().__init__()
        self.recorder = recorder

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs, recorder = kwargs or {}, self.recorder
        recorder.function = function
        recorder.same = function is F.conv2d and isinstance((*args, *[0] * 5)[4] or kwargs.get("padding"), str)
        if function in DROPOUTS:
            return args[0] if args else kwargs["input"]
        if function is torch.Tensor.__getitem__:
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = (args[0], tuple([torch.tensor(i) if isinstance(i, list) else i for i in index]))
        if function is not F.local_response_norm or recorder.paused:
            return function(*args, **kwargs)
        return local_response_norm(recorder, *args, **kwargs)


def local_response_norm(recorder, input, size, alpha=1e-4, beta=0.75, k=1.0):
    recorder.now = "local_response_norm"
    made = recorder.add(LocalResponseNorm(size, alpha, beta, k), recorder.map(input))
    recorder.paused += 1
    output = torch.empty_like(input)
    recorder.paused -= 1
    recorder.bind(output, Value(made))
    return output


def _to_meta(x):
    return x.to("meta") if isinstance(x, torch.Tensor) and x.dim() and not x.is_meta else x
