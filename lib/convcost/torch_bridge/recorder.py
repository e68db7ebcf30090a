"""Follows the feature maps through one run of a module's stand-in.

A dispatch mode sees every operation that torch performs on this thread, however the model spells it. What is known of
a tensor is held by its identity: a feature map in some layout, or a constant and the parameters that it is made of.
Numbers that depend on the image exist on torch's device without memory only, so that they cannot get lost: a tensor
there of which nothing is known, and whose memory is not that of a known one, is an error. So is an operation that
nobody knows, a convolution or product whose multiply-accumulates are not those of the layers it became, and a
convolution or product that no feature map goes into. The first error stands, whatever the model makes of it.
"""

import threading

import torch
from torch.nn.parameter import UninitializedTensorMixin
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.flop_counter import flop_registry

from ..errors import ConvcostError
from ..layers import Stored
from .layout import Layout, Value, words
from .operations import KEEP_ORDER, MAKES_CONSTANTS, MOVES, OPERATIONS, PRODUCTS
from .outputs import plain_output
from .rearranging import is_shuffle
from .record import Record, image_shape

TURNS_ITSELF = {"t_", "transpose_", "squeeze_", "unsqueeze_"}
COMPOSITE = "CompositeImplicitAutograd"


class Rule:
    """What is known of one of torch's operations."""

    def __init__(self, function):
        self.name = function._schema.name.removeprefix("aten::")
        plain = self.plain = self.name.removesuffix("_")
        self.in_place = plain != self.name and not self.name.startswith("_")
        self.mutates = function._schema.is_mutable
        self.constant = self.name in MAKES_CONSTANTS
        self.move = MOVES.get(self.name) or (MOVES.get(plain) if self.name in TURNS_ITSELF else None)
        self.operation = OPERATIONS.get(plain)
        self.keeps_order = self.name in KEEP_ORDER
        self.product = PRODUCTS.get(plain)
        self.counted = function._overloadpacket in flop_registry
        self.composite = not (self.move or self.operation or self.constant) and (
            torch._C._dispatch_has_kernel_for_dispatch_key(function.name(), COMPOSITE)
        )
        self.out = any(a.is_out for a in function._schema.arguments)


RULES = {}


class Recorder(Record, TorchDispatchMode):
    def __init__(self, module, errors):
        super().__init__(module)
        self.errors, self.paused, self.thread = errors, 0, threading.get_ident()
        self.failed = None  # the first error of another kind, and where it was raised
        self.kept = []  # tensors, so that ids stay theirs
        self.start, self.stored = None, {}  # the map of the image; of stored tensors that products begin with
        self.sharing, self.stale = {}, {}  # memory -> the tensors that look at it; those overwritten under a view
        self.foreign = set()  # memory that was there before the run, and not in the stand-in

    # Tensors

    def hold(self, tensor, sources=()):
        """Note a tensor that no feature map went into, and the parameters that did."""
        self.constants[id(tensor)] = sources
        self._remember(tensor)

    def bind(self, tensor, value):
        """Note what a tensor holds."""
        if value.layout is None and tensor.numel() != value.map.elements:
            raise self.error(f"{self.now} gave {words(tensor.shape)}, but the layer kind {words(value.map.shape)}")
        if value.layout is not None and value.layout.shape != tuple(tensor.shape):
            raise self.error(f"{self.now} gave {words(tensor.shape)}, but was followed to {words(value.layout.shape)}")
        self.values[id(tensor)] = value
        self.constants.pop(id(tensor), None)
        self.stale.pop(id(tensor), None)
        self._remember(tensor)

    def temporary(self, value, shape):
        """Return a tensor for what an operation computes on the way to its output."""
        self.paused += 1
        tensor = torch.empty(shape, device="meta")
        self.paused -= 1
        self.bind(tensor, value if isinstance(value, Value) else Value(value, None, self.stack[-1]))
        return tensor

    def _remember(self, tensor):
        if isinstance(tensor, UninitializedTensorMixin):  # it has no memory yet, and cannot be looked at
            self.kept.append(tensor)
            return
        sharing = self.sharing.setdefault(tensor.untyped_storage()._cdata, [])
        if not any(t is tensor for t in sharing):
            sharing.append(tensor)

    def overwritten(self, tensor):
        """After a change in place, no longer trust other tensors that look at the same memory."""
        for other in self.sharing.get(tensor.untyped_storage()._cdata, ()):
            if other is not tensor and _overlap(other, tensor):
                self.stale[id(other)] = self.now

    def recover(self, tensor):
        """Learn what a tensor is that no operation gave: `x.data`, `Parameter(x)` look at the memory of a known one."""
        sharing = self.sharing.get(tensor.untyped_storage()._cdata, ())
        if not tensor.is_meta:
            if sharing and tensor.untyped_storage()._cdata not in self.foreign:
                self.hold(tensor, self.constants.get(id(sharing[0]), ()))
                return
            self.foreign.add(tensor.untyped_storage()._cdata)
            self.kept.append(tensor)
            return  # numbers from before the run
        twin = next((t for t in reversed(sharing) if _same_place(t, tensor)), None)
        if twin is None:
            seen = f"{self.now} reads a tensor of {words(tensor.shape)}"
            raise self.error(f"{seen} whose origin is not seen: from another thread, a copy, or outside of the module")
        if id(twin) in self.stale:
            self.stale[id(tensor)] = self.stale[id(twin)]
        if id(twin) in self.values:
            value = self.values[id(twin)]
            self.bind(tensor, Value(value.map, value.layout, value.place))
        else:
            self.hold(tensor, self.constants[id(twin)])

    def is_map(self, x):
        """Whether an object is a tensor with a feature map in it."""
        if not isinstance(x, torch.Tensor):
            return False
        if id(x) not in self.values and id(x) not in self.constants:
            self.recover(x)
        return id(x) in self.values

    # Modules

    def follow(self, name, module):
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

    def whole(self, module, layer, forward, args):
        for t in args:
            if id(t) not in self.values:
                self.recover(t)
        self.paused += 1
        try:
            output = forward(*args)
        finally:
            self.paused -= 1
        self.bind(output, Value(self.add(layer, *[self.map(t) for t in args], weights=module.parameters())))
        return output

    # Operations

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        rule = RULES.get(function)
        if rule is None:
            rule = RULES[function] = Rule(function)
        if rule.composite:
            with self:
                return function.decompose(*args, **(kwargs or {}))
        try:
            return self.perform(function, rule, args, kwargs or {})
        except ConvcostError as error:
            self.errors.append(error)
            raise
        except NotImplementedError as error:  # numbers are asked for that do not exist
            reason = str(error).partition("\n")[0]
            self.errors.append(self.error(f"{rule.name} asks for the numbers in a feature map: {reason}"))
            raise self.errors[-1] from error

    def perform(self, function, rule, args, kwargs):
        tensors = [t for t in _tensors(args) if isinstance(t, torch.Tensor)]
        if kwargs:
            tensors += [t for t in tree_leaves(kwargs) if isinstance(t, torch.Tensor)]
        if self.paused:
            return function(*args, **kwargs)
        outer, self.now = self.now, rule.name
        on_meta = real = maps = False
        for t in tensors:
            key = id(t)
            if key not in self.values and key not in self.constants:
                self.recover(t)
            maps = maps or key in self.values
            if t.is_meta:
                on_meta = True
            elif t.dim():
                real = True
        if not maps and tensors:
            self.now = outer
        given, options = (args, kwargs) if not (on_meta and real) else tree_map(_to_meta, (args, kwargs))
        if maps and not rule.constant:
            return self.on_maps(function, rule, args, kwargs, given, options, tensors)
        self.check_constants(rule, tensors)
        if rule.product:
            return self.on_stored(function, rule, args, kwargs, given, options, tensors)
        out = function(*given, **options)
        sources = () if rule.constant else tuple(
            dict.fromkeys([name for t in tensors for name in self.constants.get(id(t), ())])
        )
        for t in (out,) if isinstance(out, torch.Tensor) else tree_leaves(out):
            if isinstance(t, torch.Tensor) and id(t) not in self.values:
                self.hold(t, sources)
        return out

    def check_constants(self, rule, tensors):
        for t in tensors:
            if id(t) in self.stale:
                raise self.error(f"{rule.name} reads a tensor that {self.stale[id(t)]} overwrote through a view of it")
            if rule.mutates and not t.is_meta and t.untyped_storage()._cdata in self.foreign:
                raise self.error(f"{rule.name} would change a tensor of {words(t.shape)} outside of the module")
        if rule.counted and not rule.product:
            shapes = ", ".join(words(t.shape) for t in tensors)
            raise self.error(f"{rule.name} of {shapes} works on stored tensors alone: no image flows into it")

    def on_stored(self, function, rule, args, kwargs, given, options, tensors):
        """A product of stored tensors is work too: the first of them becomes a map that does not read the image."""
        x = args[rule.product.first]
        sources = self.constants.get(id(x), ())
        if id(x) not in self.stored:
            layer = Stored(image_shape(x.shape), bool(sources))
            self.stored[id(x)] = self.add(layer, self.start, weights=(x,), place=self.stack[-1])
            self.kept.append(x)
        self.now = rule.name
        self.values[id(x)] = Value(self.stored[id(x)], None, self.stack[-1])
        try:
            return self.on_maps(function, rule, args, kwargs, given, options, tensors)
        finally:
            del self.values[id(x)]  # elsewhere it is a constant

    def on_maps(self, function, rule, args, kwargs, given, options, tensors):
        for t in tensors:
            if id(t) in self.stale:
                raise self.error(f"{rule.name} reads a tensor that {self.stale[id(t)]} overwrote through a view of it")
        if rule.name == "_local_scalar_dense":
            raise self.error("the code asks for a number that depends on the image (item, bool, int or float of it)")
        if rule.operation is None and rule.move is None or rule.out:
            shapes = ", ".join(words(t.shape) for t in tensors)
            raise self.error(f"no layer kind for the operation {rule.name} on {shapes}{' with out=' * rule.out}")
        if rule.name == "_to_copy":  # to another device: what it holds stays where its numbers are not needed
            options = {key: value for key, value in options.items() if key not in ("device", "pin_memory")}
        before_move = tuple(args[0].shape) if rule.operation is None else None
        out = plain_output(rule.name, given, options)
        if out is None:
            out = function(*given, **options)
        if rule.operation is None:
            self.move(rule, args, kwargs, out, before_move)
            return out
        before = self.macs
        result = rule.operation(self, out, *args, **kwargs)
        if rule.counted or rule.product:
            wanted = rule.product(out, *args, **kwargs) if rule.product else None
            if wanted != self.macs - before:
                raise self.error(f"{rule.name} multiplies {wanted} times, its layers {self.macs - before} times")
        if result is not None:
            out_tensor = out if isinstance(out, torch.Tensor) else out[0]
            if rule.in_place:
                self.overwritten(out_tensor)
            self.bind(out_tensor, result if isinstance(result, Value) else Value(result, None, self.stack[-1]))
        return out

    def move(self, rule, args, kwargs, out, shape):
        """Do to the layout what the operation does to the elements; make a layer of it where the layout cannot tell."""
        source, outs = args[0], [out] if isinstance(out, torch.Tensor) else list(out)
        if any(isinstance(t, torch.Tensor) for t in tree_leaves((args[1:], kwargs))):
            raise self.error(f"no layer kind for the operation {rule.name} with computed places")
        value, place = self.values[id(source)], self.stack[-1]
        if value.layout is None and len(outs) == 1 and out.numel() == source.numel() and rule.keeps_order:
            self.bind(out, Value(value.map, None, place))
            return
        shapes = shape, tuple(outs[0].shape)
        moved = rule.move(value.laid(shape), shapes, *args[1:], **kwargs)
        if moved is None:
            value = Value(self.shaped(value, image_shape(shape)))
            moved = rule.move(Layout.whole(shape), shapes, *args[1:], **kwargs)
        if moved is None:
            raise self.error(f"{rule.name} of {words(source.shape)} is a movement that no layer kind describes")
        for t, layout in zip(outs, [moved] if isinstance(moved, Layout) else moved):
            if not t.numel():
                self.hold(t)
                continue
            self.bind(t, Value(value.map, layout, place))
            self.settle(t)

    def settle(self, tensor):
        """A shuffle of channels or pixels is a layer at once; other movements wait until a layer reads them."""
        value = self.values[id(tensor)]
        if value.layout is not None and tensor.dim() == 4 and tensor.shape[0] == 1 and len(value.map.shape) == 3:
            if is_shuffle(value):
                self.map(tensor)


def _tensors(args):
    for a in args:
        if isinstance(a, (list, tuple)):
            yield from a
        else:
            yield a


def _same_place(a, b):
    return (a.shape, a.stride(), a.storage_offset()) == (b.shape, b.stride(), b.storage_offset())


def _overlap(a, b):
    """Whether two tensors on the same memory have a place in common; where that is hard to tell, they may have one."""
    first, second = a.storage_offset(), b.storage_offset()
    if first > second + _span(b) or second > first + _span(a):
        return False
    if a.stride() != b.stride():
        return True
    sizes = [max(n) for n in zip(a.shape, b.shape)]
    return _reaches(abs(first - second), sorted(zip(a.stride(), sizes), reverse=True))


def _reaches(distance, axes):
    """Whether steps along the axes, fewer than their sizes, can add up to a distance."""
    if not axes:
        return distance == 0
    (step, size), rest = axes[0], axes[1:]
    if size == 1 or step == 0:
        return _reaches(distance, rest)
    if sum([(n - 1) * s for s, n in rest]) >= step:  # the axes do not lie one within the other
        return True
    nearest = distance // step
    return any(_reaches(distance - k * step, rest) for k in (nearest, nearest + 1) if abs(k) < size)


def _span(tensor):
    return sum([(size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride())])


def _to_meta(x):
    return x.to("meta") if isinstance(x, torch.Tensor) and x.dim() and not x.is_meta else x
