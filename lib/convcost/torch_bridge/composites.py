"""Functions of torch that are taken whole, before torch takes them apart, and functions that ask for numbers."""

import sys
from collections.abc import Callable

from convcost.extras import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from ..layers import LocalResponseNorm
from .layout import Value
from .operations.normalization import instance_norm, rms_norm
from .operations.padding import circular_pad

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .recorder import Recorder

DROPOUTS = {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout}
DROPOUTS |= {torch.dropout, torch.feature_dropout, torch.alpha_dropout, torch.feature_alpha_dropout}
ASKS = {
    getattr(torch.Tensor, name)
    for name in (
        "__array__",
        "__bool__",
        "__contains__",
        "__dlpack__",
        "__float__",
        "__index__",
        "__int__",
        "item",
        "numpy",
        "tolist",
    )
}
COPIES = {torch.tensor, torch.as_tensor, torch.asarray}


def local_response_norm(
    recorder: "Recorder", x: torch.Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> FeatureMap:
    return recorder.add(LocalResponseNorm(size, alpha, beta, k), recorder.image(x, alone=True))


WHOLE = {
    F.local_response_norm: local_response_norm,
    F.instance_norm: instance_norm,
    torch.instance_norm: instance_norm,
    F.rms_norm: rms_norm,
    torch.rms_norm: rms_norm,
}


def _pad_mode(args, kwargs):
    return args[2] if len(args) > 2 else kwargs.get("mode", "constant")


class Composites(TorchFunctionMode):
    def __init__(self, recorder: "Recorder"):
        super().__init__()
        self.recorder = recorder

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs, recorder = kwargs or {}, self.recorder
        recorder.function = function
        recorder.padding_is_a_word = function is F.conv2d and _padding_is_a_word(*args, **kwargs)
        if function in DROPOUTS:
            return args[0] if args else kwargs["input"]
        if function in ASKS:
            return self.ask(function, args, kwargs)
        if function is torch.empty_strided and "_rebuild_meta_tensor" in sys._getframe(1).f_code.co_name:
            raise self.refused("a tensor is copied by copy.copy or pickle, which cannot be followed; clone it")
        if function is torch.Tensor.__getitem__:
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = (args[0], tuple([torch.tensor(i) if isinstance(i, list) else i for i in index]))
        if recorder.paused:
            return function(*args, **kwargs)
        if function is torch.Tensor.new_tensor and recorder.is_map(args[0]):  # of its type, not of its numbers
            kwargs = {"dtype": args[0].dtype, **kwargs}
            function, args = torch.tensor, (kwargs.pop("data", *args[1:2]),)
        if function in COPIES and args:
            if recorder.is_map(args[0]):
                return args[0].clone()
            if not isinstance(args[0], torch.Tensor) and kwargs.get("device") is not None:
                kwargs = {**kwargs, "device": "cpu"}  # where numbers of the code keep their values
        whole = WHOLE.get(function)
        if function is F.pad and _pad_mode(args, kwargs) == "circular":
            whole, args = circular_pad, (args[0], args[1] if len(args) > 1 else kwargs["pad"])
            kwargs = {}
        if whole and args and recorder.is_map(args[0]):
            return self.take(whole, *args, **kwargs)
        return function(*args, **kwargs)

    def take(self, whole: Callable, x: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        """Add the layer that a whole function is; its output is made up."""
        recorder, options = self.recorder, {key: value for key, value in kwargs.items() if key != "input"}
        recorder.now = whole.__name__
        try:
            made = whole(recorder, x, *args, **options)
        except ConvcostError as error:
            recorder.errors.append(error)
            raise
        value = made if isinstance(made, Value) else Value(made, None, recorder.stack[-1])
        shape = x.shape if value.map.elements == x.numel() else (1, *value.map.shape)
        return recorder.temporary(value, shape)

    def ask(self, function: Callable, args: tuple, kwargs: dict[str, object]) -> object:
        """Numbers of a constant are there; those of a feature map are not, and no model may go on without them."""
        try:
            return function(*args, **kwargs)
        except ConvcostError:
            raise
        except Exception as error:
            if not any(isinstance(t, torch.Tensor) and t.is_meta for t in args):
                raise
            asked = f"the code asks for numbers of a feature map, by {function.__name__} of {_shape(args)}"
            raise self.refused(asked) from error

    def refused(self, message: str) -> ConvcostError:
        """Return an error that stands, even if the model catches it."""
        self.recorder.errors.append(self.recorder.error(message))
        return self.recorder.errors[-1]


def _shape(args):
    return "x".join(map(str, args[0].shape)) or "one number"


def _padding_is_a_word(input, weight, bias=None, stride=1, padding=0, *_, **__):
    return isinstance(padding, str)
