"""A torch module in, a network out: its stand-in is run once on a tensor without data, layer by layer."""

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from numbers import Integral

from convcost.extras import torch
from torch.utils._pytree import tree_leaves

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from ..network import Network
from .class_state import class_state
from .composites import Composites
from .layout import Value, shape_text
from .recorder import Recorder
from .stand_in import StandIns
from .stand_in_objects import COMPILED, unwrapped


def from_torch(module: torch.nn.Module, input_shape: Sequence[int], training: bool = False) -> Network:
    """Return the network that a torch module computes: the same layers, parameters and multiply-accumulates.

    module: any `nn.Module`, functional calls included, that takes one image. It is only read: what runs, once and
    on tensors without data, is a stand-in with the same code. input_shape: (C, H, W), or (1, C, H, W), or
    (features,). training: run it in training mode, in which GoogLeNet, say, has further outputs; dropout is nothing
    in either mode, and batch norm stays as it is at inference.

    Layers carry the names of the modules they come from; one that is called again gets `_2`, and what a module does
    in its own `forward` is named after it and its kind (`layer1.0.add1`). A parameter that several layers share is
    counted where it is used first. Those that no layer used are in `.info["unused_parameters"]`. Only the costs are
    kept: constants such as eps, and in which order features are flattened, are not. Each layer remembers how the
    code spells it (`Node.written`), by which some tools see it; `x.add(y)` counts as `x + y`.

    ConvcostError names the module, the operation and the shapes where there is no layer kind for one. Every
    convolution and matrix product that torch performs on the way is a layer of the network, or the call fails.
    """
    name = type(module).__name__
    if not isinstance(module, torch.nn.Module):
        made = f"the class {module.__name__}: call it first" if isinstance(module, type) else name
        raise ConvcostError(f"from_torch: needs a torch.nn.Module, got {made}")
    module = unwrapped(module)
    name = type(module).__name__
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            where = f"{path or 'from_torch'} ({type(part).__name__})"
            raise ConvcostError(f"{where}: {COMPILED}")
    shape = image(input_shape)
    with RandomState(), torch.inference_mode(False):
        all = StandIns()
        recorder = Recorder(all.of(module), all.errors)
        with class_state(all):
            outputs = run(recorder, all, shape, training)
    return recorder.network(outputs, name)


def image(given: object) -> tuple[int, ...]:
    """Return the shape of one image from what a user may give for it: a shape, or a tensor that has it."""
    sizes = given
    if hasattr(given, "shape") and hasattr(given, "dtype"):
        is_shape = len(given.shape) == 1 and given.shape[0] in (3, 4) and not getattr(given, "is_meta", False)
        sizes = given.tolist() if is_shape else given.shape
    sizes = tuple(sizes) if isinstance(sizes, (tuple, list)) else ()
    whole = all(isinstance(n, Integral) and not isinstance(n, bool) and n >= 1 for n in sizes)
    shape = tuple([int(n) for n in sizes]) if whole else ()
    if len(shape) in (2, 4) and shape[0] == 1:
        shape = shape[1:]
    if len(shape) in (1, 3):
        return shape
    text = repr(sizes if hasattr(given, "dtype") else given)
    text = text if len(text) < 80 else f"a {type(given).__name__}"
    why = {2: ": a row of (C, L) is not counted", 4: ": a batch, or a volume of (C, D, H, W), is not counted"}
    raise ConvcostError(
        f"from_torch: input_shape must be (C, H, W) or (1, C, H, W), not {text}{why.get(len(shape), '')}"
    )


def run(recorder: Recorder, all: StandIns, shape: tuple[int, ...], training: bool) -> list[FeatureMap]:
    """Run a stand-in on an image of this shape; return the feature maps that it gives."""
    module = recorder.module
    start = FeatureMap(*shape) if len(shape) == 3 else FeatureMap.flat(*shape)
    picture = torch.empty(1, *shape, dtype=image_type(module), device="meta")
    recorder.start = start
    recorder.bind(picture, Value(start))
    try:
        prepare(recorder, all, training)
        # Constants keep their values, whatever device the surrounding code has chosen.
        with torch.device("cpu"), torch.no_grad(), Composites(recorder), recorder:
            outputs = module(picture)
    except ConvcostError as error:
        recorder.errors.append(error)
    except Exception as error:
        if not recorder.errors:
            where = recorder.failed[1] if recorder.failed else recorder.where()
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ConvcostError(
                f"{where}: cannot run on an image of {shape_text(shape)}: {reason}{hint(where)}"
            ) from error
    if recorder.errors:  # the first one stands, even if the module went on
        raise recorder.errors[0]
    return results(recorder, outputs)


def hint(where: str) -> str:
    """Return what to say of a module that wants something else than an image."""
    if where.endswith("3d)"):
        return "; volumes of (C, D, H, W) are not counted"
    return "; rows of (C, L) are counted inside a network only" if where.endswith("1d)") else ""


def prepare(recorder: Recorder, all: StandIns, training: bool) -> None:
    """Tell the recorder what is known of the stand-in's tensors, and when its modules run."""
    module = recorder.module
    try:
        module.train(training)
    except Exception:  # modules of torch.export have one mode only
        for part in module.modules():
            part.__dict__["training"] = training
    for path, parameter in module.named_parameters(remove_duplicate=False):
        if id(parameter) not in recorder.constants:
            recorder.parameters[path] = parameter
            recorder.hold(parameter, (path,))
    for made in all.made.values():
        if isinstance(made, torch.Tensor) and id(made) not in recorder.constants:
            recorder.hold(made)
    for path, part in module.named_modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
            part.training = False  # a single image has no statistics of a batch
        if path:
            recorder.follow(path, part)


def image_type(module: torch.nn.Module) -> torch.dtype | None:
    """Return the type that the first convolution or fully connected layer has; else that of the first parameter."""
    kinds = [p.dtype for p in module.parameters() if p.is_floating_point()]
    first = [
        p.dtype
        for m in module.modules()
        for name, p in m._parameters.items()
        if p is not None
        and name == "weight"
        and p.is_floating_point()
        and (hasattr(m, "in_channels") or hasattr(m, "in_features"))
    ]
    return next(iter(first + kinds), None)


def leaves(outputs: object) -> list:
    """Return all that a module gives out: in lists and dictionaries, and in objects that only hold it."""
    found = []
    for leaf in tree_leaves(outputs):
        if isinstance(leaf, Mapping):
            found += leaves(list(leaf.values()))
        elif is_dataclass(leaf) and not isinstance(leaf, type):
            found += leaves(list(vars(leaf).values()))
        else:
            found.append(leaf)
    return found


def results(recorder: Recorder, outputs: object) -> list[FeatureMap]:
    """Return the feature maps that a module gives out, of the shapes that it gives them."""
    recorder.now, maps = "the output", []
    for tensor in leaves(outputs):
        if isinstance(tensor, torch.Tensor):
            recorder.look_at(tensor)
            if id(tensor) in recorder.stale:
                recorder.refresh(tensor)
            if id(tensor) in recorder.values:
                maps.append(recorder.map(tensor))
    return maps


class RandomState:
    """Whatever random numbers are drawn inside, all generators go on afterwards as if none had been."""

    def __enter__(self):
        self.torch, self.python = torch.get_rng_state(), random.getstate()
        self.cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
        numpy = sys.modules.get("numpy")
        self.numpy = numpy and numpy.random.get_state()

    def __exit__(self, *error):
        torch.set_rng_state(self.torch)
        random.setstate(self.python)
        if self.cuda is not None:
            torch.cuda.set_rng_state_all(self.cuda)
        if self.numpy:
            sys.modules["numpy"].random.set_state(self.numpy)
