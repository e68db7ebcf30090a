"""What is known of the tensors in a run: by their identity, and by the memory that they look at."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from convcost.extras import torch
from torch.nn.parameter import UninitializedTensorMixin

from ..feature_map import FeatureMap
from ..layers import Scatter, Stored
from .found_layers import FoundLayers, image_shape
from .layout import Layout, Value, merged, shape_text


class KnownTensors(FoundLayers):
    def __init__(self, module: torch.nn.Module):
        super().__init__(module)
        self.paused = 0  # above zero: what runs is our own, and nothing is looked at
        self.start = None  # the map of the image
        self.others = {}  # second outputs of operations, as indices -> the operation's name
        self.stored = {}  # constants that layers read -> their maps
        self.kept = []  # tensors, so that ids stay theirs
        self.memory = {}  # tensor -> the memory that it looked at when something was learnt of it
        self.sharing = {}  # memory -> the tensors that look at it
        self.stale = {}  # tensors that were overwritten through others -> these with what they hold, in order
        self.foreign = set()  # memory that was there before the run, and not in the stand-in

    def hold(self, tensor: torch.Tensor, sources: tuple[str, ...] = ()) -> None:
        """Note a tensor that no feature map went into, and the parameters that did."""
        self.constants[id(tensor)] = sources
        self._remember(tensor)

    def bind(self, tensor: torch.Tensor, value: Value) -> None:
        """Note what a tensor holds."""
        if value.layout is None and tensor.numel() != value.map.elements:
            raise self.error(
                f"{self.now} gave {shape_text(tensor.shape)}, but the layer kind {shape_text(value.map.shape)}"
            )
        if value.layout is not None and value.layout.shape != tuple(tensor.shape):
            raise self.error(
                f"{self.now} gave {shape_text(tensor.shape)}, but was followed to {shape_text(value.layout.shape)}"
            )
        self.values[id(tensor)] = value
        self.constants.pop(id(tensor), None)
        self.stale.pop(id(tensor), None)
        self._remember(tensor)

    def temporary(self, value: Value | FeatureMap, shape: Sequence[int]) -> torch.Tensor:
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
        memory = self.memory[id(tensor)] = tensor.untyped_storage()._cdata
        sharing = self.sharing.setdefault(memory, [])
        if not any(t is tensor for t in sharing):
            sharing.append(tensor)

    @contextmanager
    def as_maps(self, constants: Iterable[torch.Tensor]) -> Iterator[None]:
        """For the time of one operation, take stored tensors as maps that do not read the image."""
        for x in constants:
            if id(x) not in self.stored:
                layer = Stored(image_shape(x.shape), bool(self.constants.get(id(x))))
                self.stored[id(x)] = self.add(layer, self.start, weights=(x,), place=self.stack[-1])
                self.kept.append(x)
            self.values[id(x)] = Value(self.stored[id(x)], None, self.stack[-1])
        try:
            yield
        finally:
            for x in constants:
                self.values.pop(id(x), None)

    def overwritten(self, tensor: torch.Tensor, value: Value) -> None:
        """After a change in place, note it for the other tensors that look at the same memory."""
        for other in self.sharing.get(tensor.untyped_storage()._cdata, ()):
            if other is not tensor and _overlap(other, tensor):
                self.stale.setdefault(id(other), []).append((self.now, tensor, value))

    def refresh(self, tensor: torch.Tensor) -> None:
        """Learn what a tensor holds after others have written into its memory."""
        for name, part, value in self.stale.pop(id(tensor)):
            first, inside, around = tensor.storage_offset(), *map(_span, (part, tensor))
            start = part.storage_offset() - first
            if value.layout is None and tensor.is_contiguous() and part.is_contiguous() and _same_size(tensor, part):
                self.bind(tensor, value)
            elif part.is_contiguous() and -start >= 0 and around - start <= inside:  # all of it is new
                made = self.shaped(value, image_shape(part.shape))
                digits = [merged([digit]) for digit in zip(tensor.shape, tensor.stride())]
                self.bind(tensor, Value(made, Layout(digits, -start), value.place))
            elif tensor.is_contiguous() and start >= 0 and start + inside <= around:
                before = self.values.get(id(tensor))
                shape, stack = image_shape(tensor.shape), self.stack[-1]
                whole = (
                    self.shaped(before, shape) if before else self.add(Stored(shape, False), self.start, place=stack)
                )
                new = self.shaped(value, image_shape(part.shape))
                digits = tuple([digit for digit in zip(part.shape, part.stride()) if digit[0] > 1]) or ((1, 1),)
                self.bind(tensor, Value(self.add(Scatter(digits, start), whole, new, place=stack)))
            else:
                seen = f"{self.now} reads a tensor that {name} overwrote through a view of it"
                raise self.error(seen)

    def recover(self, tensor: torch.Tensor) -> None:
        """Learn what a tensor is that no operation gave: `x.data`, `Parameter(x)` look at the memory of a known
        one.
        """
        if id(tensor) in self.others:
            what = f"{self.now} reads a second output of {self.others[id(tensor)]}, of {shape_text(tensor.shape)}"
            raise self.error(f"{what}, which no layer kind has")
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
            seen = f"{self.now} reads a tensor of {shape_text(tensor.shape)}"
            raise self.error(f"{seen} whose origin is not seen: from another thread, a copy, or outside of the module")
        if id(twin) in self.stale:
            self.refresh(twin)
        if id(twin) in self.values:
            value = self.values[id(twin)]
            self.bind(tensor, Value(value.map, value.layout, value.place))
        else:
            self.hold(tensor, self.constants[id(twin)])

    def look_at(self, tensor: torch.Tensor) -> None:
        """Learn what a tensor is, if it is new or looks at other memory than before: `x.data = y`."""
        key = id(tensor)
        if key in self.values or key in self.constants:
            if not tensor.is_meta or self.memory.get(key, 0) in (0, tensor.untyped_storage()._cdata):
                return
            self.values.pop(key, None)
            self.constants.pop(key, None)
            self.stale.pop(key, None)
        self.recover(tensor)

    def is_map(self, x: object) -> bool:
        """Whether an object is a tensor with a feature map in it."""
        if not isinstance(x, torch.Tensor):
            return False
        self.look_at(x)
        return id(x) in self.values


def _same_size(a, b):
    return (a.numel(), a.storage_offset()) == (b.numel(), b.storage_offset())


def _same_place(a, b):
    return (a.shape, a.stride(), a.storage_offset()) == (b.shape, b.stride(), b.storage_offset())


def _overlap(a, b):
    """Whether two tensors on the same memory share a place; where that is hard to tell, they may."""
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
