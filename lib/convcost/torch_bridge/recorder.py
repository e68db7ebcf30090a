"""Follows the feature maps through one run of a module's stand-in.

A dispatch mode sees every operation that torch performs on this thread, however the model spells it. What is known
of a tensor is held by its identity: a feature map in some layout, or a constant and the parameters it is made of.
Numbers that depend on the image exist on torch's device without memory only, so that they cannot get lost: a tensor
there of which nothing is known, and whose memory is not that of a known one, is an error. So is an operation that
nobody knows, and a convolution or product whose multiply-accumulates are not those of the layers that it became.
The first error stands, whatever the model makes of it.
"""

import threading
from collections.abc import Callable

from convcost.extras import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from ..errors import ConvcostError
from ..layers import Layer
from .found_layers import image_shape
from .known_tensors import KnownTensors
from .layout import Layout, Value, shape_text
from .outputs import plain_output
from .rearranging import is_shuffle
from .rules import Rule, rule_of


class Call:
    """One operation of torch's with its arguments: as the model gave them, and all on one device."""

    __slots__ = ("args", "function", "here", "kwargs", "rule", "tensors")

    def __init__(self, function: torch._ops.OpOverload, rule: Rule, args: tuple, kwargs: dict[str, object]):
        self.function, self.rule, self.args, self.kwargs = function, rule, args, kwargs
        self.tensors = [t for t in _flat(args) if isinstance(t, torch.Tensor)]
        if kwargs:
            self.tensors += [t for t in tree_leaves(kwargs) if isinstance(t, torch.Tensor)]
        self.here = args, kwargs

    def on_one_device(self) -> "Call":
        """Take tensors with numbers to where the others have none."""
        real = [t.dim() > 0 for t in self.tensors if not t.is_meta]
        if any(real) and len(real) < len(self.tensors):
            self.here = tree_map(_to_meta, (self.args, self.kwargs))
        return self

    def run(self) -> object:
        args, kwargs = self.here
        return self.function(*args, **kwargs)

    def shapes(self) -> str:
        return ", ".join([shape_text(t.shape) for t in self.tensors])


class Recorder(KnownTensors, TorchDispatchMode):
    """The mode under which a stand-in runs; `errors` are all that came up, the first of which stands."""

    def __init__(self, module: torch.nn.Module, errors: list[ConvcostError]):
        super().__init__(module)
        self.errors, self.thread = errors, threading.get_ident()
        self.failed = None  # the first error of another kind, and where it was raised

    def follow(self, name: str, module: torch.nn.Module) -> None:
        """Note when a module runs; one of our own layers is taken whole."""
        forward, layer = module.forward, module.__dict__.get("convcost_layer")

        def run(*args, **options):
            if threading.get_ident() != self.thread:
                self.errors.append(self.error(f"{name} runs in another thread, where nothing is seen"))
                raise self.errors[-1]
            self.calls[name] += 1
            self.stack.append((name, self.calls[name], module))
            try:
                return forward(*args, **options) if layer is None else self.whole(module, layer, forward, args)
            except Exception as error:
                self.failed = self.failed if self.failed and self.failed[0] is error else (error, self.where())
                raise
            finally:
                self.stack.pop()

        module.__dict__["forward"] = run

    def whole(self, module: torch.nn.Module, layer: Layer, forward: Callable, args: tuple) -> object:
        for t in args:
            if not self.is_map(t):
                raise self.error("reads a tensor that no feature map went into")
        self.paused += 1
        try:
            output = forward(*args)
        finally:
            self.paused -= 1
        self.bind(output, Value(self.add(layer, *[self.map(t) for t in args], weights=module.parameters())))
        return output

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        rule, kwargs = rule_of(function), kwargs or {}
        if self.paused:
            return Call(function, rule, args, kwargs).on_one_device().run()
        if rule.composite:
            with self:
                return function.decompose(*args, **kwargs)
        try:
            return self.perform(Call(function, rule, args, kwargs))
        except ConvcostError as error:
            self.errors.append(error)
            raise
        except NotImplementedError as error:  # numbers are asked for that do not exist
            reason = str(error).partition("\n")[0]
            self.errors.append(self.error(f"{rule.name} asks for the numbers in a feature map: {reason}"))
            raise self.errors[-1] from error

    def perform(self, call: Call) -> object:
        rule, outer, self.now = call.rule, self.now, call.rule.name
        maps = False
        for t in call.tensors:
            self.look_at(t)
            if id(t) in self.stale and not rule.constant:
                self.refresh(t)
            maps = maps or id(t) in self.values
        call.on_one_device()
        if maps and not rule.constant:
            return self.on_maps(call)
        if rule.product:
            return self.on_stored(call)
        self.now = outer
        return self.on_constants(call)

    def on_constants(self, call: Call) -> object:
        rule = call.rule
        if rule.multiplies:
            raise self.error(f"{rule.name} of {call.shapes()} works on stored tensors alone: no image flows into it")
        if rule.name == "_local_scalar_dense" and call.args[0].is_meta:
            raise self.error("the code asks for the number in a stored tensor, and the stand-in has none")
        for t in call.tensors if rule.mutates else ():
            if not t.is_meta and t.untyped_storage()._cdata in self.foreign:
                raise self.error(f"{rule.name} would change a tensor of {shape_text(t.shape)} outside of the module")
        out = call.run()
        sources = [] if rule.constant else [n for t in call.tensors for n in self.constants.get(id(t), ())]
        sources = tuple(dict.fromkeys(sources))
        for t in (out,) if isinstance(out, torch.Tensor) else tree_leaves(out):
            if isinstance(t, torch.Tensor) and id(t) not in self.values:
                self.hold(t, sources)
        return out

    def on_stored(self, call: Call) -> object:
        """A product of stored tensors is work too: the first becomes a map that does not read the image."""
        with self.as_maps([call.args[call.rule.product.first]]):
            return self.on_maps(call)

    def on_maps(self, call: Call) -> object:
        rule = call.rule
        if rule.name == "_local_scalar_dense":
            raise self.error("the code asks for a number that depends on the image (item, bool, int or float of it)")
        if (rule.operation is None and rule.move is None) or rule.out:
            out = " with out=" if rule.out else ""
            raise self.error(f"no layer kind for the operation {rule.name} on {call.shapes()}{out}")
        if rule.name == "_to_copy":  # to another device: what it holds stays where its numbers are not needed
            args, options = call.here
            call.here = args, {key: v for key, v in options.items() if key not in ("device", "pin_memory")}
        if rule.operation is None:
            return self.move(call)
        out = plain_output(rule.name, *call.here)
        out = call.run() if out is None else out
        before = self.macs
        result = rule.operation(self, out, *call.args, **call.kwargs)
        if rule.multiplies:
            wanted = rule.product(out, *call.args, **call.kwargs) if rule.product else None
            if wanted != self.macs - before:
                raise self.error(f"{rule.name} multiplies {wanted} times, its layers {self.macs - before} times")
        tensor, *others = (out,) if isinstance(out, torch.Tensor) else out
        for other in others:
            self.others[id(other)] = rule.name
        self.kept += others
        value = result if isinstance(result, Value) else Value(result, None, self.stack[-1])
        if rule.in_place:
            self.overwritten(tensor, value)
        self.bind(tensor, value)
        return out

    def move(self, call: Call) -> object:
        """Do to the layout what an operation does to the elements; where digits cannot tell, make a layer first."""
        rule, source, rest = call.rule, call.args[0], call.args[1:]
        if any(isinstance(t, torch.Tensor) for t in call.tensors if t is not source):
            raise self.error(f"no layer kind for the operation {rule.name} with computed places")
        value, place, shape = self.values[id(source)], self.stack[-1], tuple(source.shape)
        out = call.run()
        outs = [out] if isinstance(out, torch.Tensor) else list(out)
        if value.layout is None and rule.keeps_order and out.numel() == value.map.elements:
            self.bind(out, Value(value.map, None, place))
            return out
        shapes = shape, tuple(outs[0].shape)
        moved = rule.move(value.laid(shape), shapes, *rest, **call.kwargs)
        if moved is None:
            value = Value(self.shaped(value, image_shape(shape)))
            moved = rule.move(Layout.whole(shape), shapes, *rest, **call.kwargs)
        if moved is None:
            raise self.error(f"{rule.name} of {shape_text(shape)} is a movement that no layer kind describes")
        for t, layout in zip(outs, [moved] if isinstance(moved, Layout) else moved):
            if t.numel():
                self.bind(t, Value(value.map, layout, place))
                self.settle(t)
            else:
                self.hold(t)
        return out

    def settle(self, tensor: torch.Tensor) -> None:
        """A shuffle of channels or pixels is a layer at once; other movements wait until a layer reads them."""
        value = self.values[id(tensor)]
        is_map = tensor.dim() == 4 and tensor.shape[0] == 1 and len(value.map.shape) == 3
        if value.layout is not None and is_map and is_shuffle(value):
            self.map(tensor)


def _flat(args):
    for a in args:
        if isinstance(a, (list, tuple)):
            yield from a
        else:
            yield a


def _to_meta(x):
    return x.to("meta") if isinstance(x, torch.Tensor) and x.dim() and not x.is_meta else x
