"""Whatever `from_torch` meets, the module comes back as it was: object for object, bit for bit."""

import collections
import copy
import functools
import gc
import random
import threading
import types
import weakref

import convcost
import numpy as np
import pytest
import torch
from convcost import ConvcostError
from torch import nn
from torch.nn.utils import parametrizations, prune

torch.set_num_threads(1)
SHAPE = (4, 8, 8)


def picture_of(root):
    """Return all that can be reached from an object: what it is, and what it holds, with the bits of every tensor."""
    seen, kept, todo = {}, [], [("", root)]
    while todo:
        path, x = todo.pop()
        if id(x) in seen or isinstance(x, (types.ModuleType, type, str, int, float, bool, type(None))):
            continue
        kept.append(x)
        parts, bits = [], None
        if isinstance(x, torch.Tensor):
            lazy = isinstance(x, nn.parameter.UninitializedTensorMixin)
            bits = (type(x), x.device, x.dtype, x.requires_grad, x._version)
            if not lazy:
                bits += (x.shape, x.stride(), x.untyped_storage()._cdata, id(x.grad), id(x.grad_fn))
                bits += (
                    () if x.is_meta else (x.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes(),)
                )
        elif isinstance(x, np.ndarray):
            bits = x.tobytes()
        elif isinstance(x, torch.Generator):
            bits = x.get_state().numpy().tobytes()
        elif isinstance(x, random.Random):
            bits = x.getstate()
        elif isinstance(x, dict):
            parts = [(f"[{key!r:.30}]", value) for key, value in x.items()]
        elif isinstance(x, (list, tuple, set, frozenset, collections.deque)):
            parts = [(f"[{i}]", value) for i, value in enumerate(x)]
        elif isinstance(x, types.FunctionType):
            cells = [c.cell_contents for c in x.__closure__ or ()]
            parts = [("closure", c) for c in cells] + [("defaults", x.__defaults__)]
        elif isinstance(x, types.MethodType):
            parts = [("self", x.__self__), ("function", x.__func__)]
        elif isinstance(x, functools.partial):
            parts = [("args", x.args), ("function", x.func), ("keywords", x.keywords)]
        if hasattr(x, "__dict__") and not isinstance(x, types.FunctionType):
            parts.append((".__dict__", x.__dict__))
        seen[id(x)] = (path, type(x), bits, [id(part) for _, part in parts], [v for _, v in parts if _plain(v)])
        todo += [(path + name, part) for name, part in parts]
    return seen, kept


def _plain(x):
    return isinstance(x, (str, int, float, bool, type(None)))


def randomness():
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), repr(np.random.get_state())


class Code(nn.Module):
    def __init__(self, run, **parts):
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.run(self, x)


def conv(**options):
    return nn.Conv2d(4, 4, 3, padding=1, **options)


# Modules that change themselves, or that are easily changed


def shared_by_two_paths():
    layer = conv()
    return nn.Sequential(nn.Sequential(layer), nn.ReLU(), nn.Sequential(layer))


def encoder_beside_its_children():
    base = nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
    return Code(lambda m, x: m.features(x), base=base, features=nn.Sequential(*base.children()))


def tied_weights():
    module = nn.Sequential(conv(), conv())
    module[1].weight = module[0].weight
    return module


def views_of_one_memory():
    whole = torch.randn(8, 4, 3, 3)
    first, second = conv(bias=False), conv(bias=False)
    first.weight, second.weight = nn.Parameter(whole[:4]), nn.Parameter(whole[4:])
    return Code(lambda m, x: m.second(m.first(x)), first=first, second=second, whole=whole)


def old_weight_norm():
    return nn.Sequential(torch.nn.utils.weight_norm(conv()))


def old_spectral_norm():
    return nn.Sequential(torch.nn.utils.spectral_norm(conv()))


def pruned():
    layer = conv()
    prune.random_unstructured(layer, "weight", 0.5)
    prune.l1_unstructured(layer, "weight", 3)
    return nn.Sequential(layer)


def cached_grid():
    def run(m, x):
        if m.grid is None:
            m.grid = torch.linspace(-1, 1, x.shape[-1], device=x.device)
        return m.conv(x + m.grid)

    return Code(run, conv=conv(), grid=None)


def keeps_activations():
    def run(m, x):
        m.seen["first"] = y = m.conv(x)
        m.history.append(y.detach())
        m.last = y
        return y

    return Code(run, conv=conv(), seen={}, history=[], last=torch.ones(2))


def hook_that_keeps():
    module, store = nn.Sequential(conv(), nn.ReLU()), {}
    module[0].register_forward_hook(lambda m, args, output: store.update(out=output))
    return module


ACTIVATIONS, CALLS = {}, []


def keep_globally(m, args, output):
    CALLS.append(type(m).__name__)
    ACTIVATIONS["out"] = output


def hook_that_keeps_globally():
    module = nn.Sequential(conv(), nn.ReLU())
    module[0].register_forward_hook(keep_globally)
    return module


def bound_method_as_hook():
    module = Code(lambda m, x: m.conv(x), conv=conv(), seen=[])
    module.note = types.MethodType(lambda self, m, args, output: self.seen.append(output), module)
    module.conv.register_forward_hook(module.note)
    return module


def method_of_a_list_as_hook():
    module, seen = nn.Sequential(conv()), []
    module[0].register_forward_pre_hook(functools.partial(lambda keep, m, args: keep(args), seen.append))
    module.seen = seen
    return module


def hook_that_removes_itself():
    module = nn.Sequential(conv())

    def once(m, args, output):
        module.handle.remove()

    module.handle = module[0].register_forward_hook(once)
    return module


def replaced_forward():
    module = nn.Sequential(conv())
    before = module[0].forward
    module[0].forward = lambda x: before(x) * 2
    return module


def counts_its_calls():
    def run(m, x):
        m.calls += 1
        m.steps += 1
        m.array += 1
        m.counter["calls"] += 1
        m.numbers.add(m.calls)
        return m.conv(x)

    return Code(
        run,
        conv=conv(),
        calls=0,
        steps=nn.Buffer(torch.zeros((), dtype=torch.long)),
        array=np.zeros(3),
        counter=collections.Counter(calls=5),
        numbers={7},
    )


def writes_into_buffers():
    def run(m, x):
        m.mean.mul_(0.9)
        m.mean.add_(x.mean((0, 2, 3)).detach())
        return m.conv(x)

    return Code(run, conv=conv(), mean=nn.Buffer(torch.ones(4)))


def changes_its_parameters():
    def run(m, x):
        m.conv.weight.data.clamp_(-1, 1)
        m.conv.weight.data = m.conv.weight.data * 2
        m.conv.bias = None
        m.conv.half() if x.is_cuda else None
        return m.conv(x)

    return Code(run, conv=conv())


def draws_random_numbers():
    def run(m, x):
        noise = torch.rand(4, 1, 1, generator=m.generator) + torch.randn(1) + np.random.rand() + random.random()
        return m.conv(x) * noise * m.dice.random() * float(m.numpy_dice.random())

    return Code(
        run,
        conv=conv(),
        generator=torch.Generator().manual_seed(3),
        dice=random.Random(4),
        numpy_dice=np.random.default_rng(5),
    )


def recurrent():
    layer = nn.LSTM(4, 5, batch_first=True)
    return Code(lambda m, x: m.lstm(x.flatten(2).transpose(1, 2))[0], lstm=layer)


def not_to_be_copied():
    module = Code(
        lambda m, x: m.conv(x),
        conv=conv(),
        lock=threading.RLock(),
        numbers=(i for i in range(3)),
        file=open(__file__),  # noqa: SIM115  (open, it cannot be copied)
        each=iter([1, 2]),
        action=lambda x: x,
        event=threading.Event(),
    )
    next(module.numbers)
    return module


def takes_a_lock():
    def run(m, x):
        with m.lock:
            return m.conv(x)

    return Code(run, conv=conv(), lock=threading.Lock())


def reads_a_generator():
    return Code(lambda m, x: m.conv(x) * next(m.numbers), conv=conv(), numbers=(i for i in range(3)))


def writes_a_file():
    return Code(lambda m, x: m.file.write("seen") or m.conv(x), conv=conv(), file=open("/dev/null", "w"))


def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(5))


def scripted_part():
    return nn.Sequential(conv(), torch.jit.script(nn.Sequential(conv(), nn.ReLU())))


def traced_part():
    return nn.Sequential(conv(), torch.jit.trace(conv(), torch.ones(1, *SHAPE)))


def fails_in_the_middle():
    def run(m, x):
        m.seen = m.conv(x)
        m.conv.train()
        raise ValueError("not today")

    return Code(run, conv=conv())


def unknown_operation():
    return nn.Sequential(conv(), Code(lambda m, x: m.conv(x.cumsum(1)), conv=conv()), conv())


def interrupted():
    def run(m, x):
        m.seen.append(m.conv(x))
        m.conv.weight.data.zero_()
        torch.rand(1)
        raise KeyboardInterrupt

    return Code(run, conv=conv(), seen=[])


def on_no_device():
    with torch.device("meta"):
        return nn.Sequential(conv(), nn.BatchNorm2d(4))


def half_and_frozen():
    module = nn.Sequential(conv(), nn.BatchNorm2d(4)).half()
    module[0].weight.requires_grad_(False)
    module.train()
    module[1].eval()
    return module


def with_gradients():
    module = nn.Sequential(conv(), nn.ReLU())
    module(torch.randn(1, *SHAPE)).sum().backward()
    module.loss = module(torch.randn(1, *SHAPE)).sum()
    return module


class Cached(nn.Module):
    cache = {}
    sizes = []
    runs, spare = 0, "here"

    def __init__(self):
        super().__init__()
        self.conv = conv()

    def forward(self, x):
        self.cache[tuple(x.shape)] = x
        self.sizes.append(x.shape)
        Cached.cache["last"] = x
        type(self).runs = type(self).runs + 1
        type(self).late = x
        if "spare" in vars(Cached):
            del Cached.spare
        CALLS.append("Cached")
        return self.conv(x)


def points_to_itself():
    module = nn.Sequential(conv())
    module.__dict__["parent"] = module
    module[0].__dict__["others"] = [module, {"me": module[0]}, lambda: module]
    return module


def with_slots():
    class Slots:
        __slots__ = ("__weakref__", "a", "b")

    part = Slots()
    part.a = [torch.ones(3)]

    def run(m, x):
        m.part.a.append(x)
        m.part.b = 3
        return m.conv(x)

    return Code(run, conv=conv(), part=part)


class Ended(nn.Conv2d):
    ends = []

    def __del__(self):
        self.ends.append(1)


def ends_something():
    return nn.Sequential(Ended(4, 4, 3, padding=1))


class Handle:
    def __del__(self):
        CALLS.append("closed")


def closes_something():
    return Code(lambda m, x: m.conv(x), conv=conv(), handle=Handle())


class RemembersGrids(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.made = conv(), []
        self.grid = functools.lru_cache(self.make_grid)

    def make_grid(self, size):
        self.made.append(size)
        return torch.linspace(0, 1, size)

    @functools.lru_cache  # noqa: B019  (as some models have it)
    def shift(self, size):
        self.made.append(-size)
        return size

    def forward(self, x):
        return self.conv(x + self.grid(x.shape[-1]) + self.shift(8) + shared_grid(x.shape[-1]))


@functools.lru_cache
def shared_grid(size):
    CALLS.append(size)
    return torch.ones(size)


class Child(nn.Module):
    def __init__(self, parent):
        super().__init__()
        self.conv, self.__dict__["parent"] = conv(), weakref.proxy(parent)

    def forward(self, x):
        self.parent.seen.append(x)
        return self.conv(x)


def points_to_its_parent_weakly():
    module = nn.Sequential()
    module.seen = []
    module.append(Child(module))
    return module


def with_an_optimizer():
    module = nn.Sequential(conv(), nn.BatchNorm2d(4))
    optimizer = torch.optim.Adam(module.parameters())
    module(torch.randn(2, *SHAPE)).sum().backward()
    optimizer.step()
    module.__dict__["optimizer"] = optimizer
    return module


def compiled_part():
    return nn.Sequential(conv(), torch.compile(nn.Sequential(conv(), nn.ReLU())))


def parallel_part():
    return nn.Sequential(nn.DataParallel(conv()))


def changes_its_structure():
    def run(m, x):
        m.extra = conv()
        m.register_buffer("late", torch.ones(4, 1, 1))
        del m.spare
        m.conv.apply(lambda part: nn.init.normal_(part.weight))
        m.requires_grad_(False)
        m.double().float()
        m.conv.load_state_dict({"weight": torch.zeros(4, 4, 3, 3), "bias": torch.zeros(4)})
        return m.extra(m.conv(x)) * m.late

    return Code(run, conv=conv(), spare=conv())


COUNT, TABLE, NET = 0, {"sizes": [1, 2]}, nn.BatchNorm2d(4)


class UsesGlobals(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv()

    def forward(self, x):
        global COUNT
        COUNT += 1
        TABLE["sizes"].append(x)
        NET.eval()
        note(x)
        return self.conv(NET(x))


def note(x):
    TABLE["last"] = x
    ACTIVATIONS.setdefault("noted", []).append(x)


def weight_norm():
    return nn.Sequential(parametrizations.weight_norm(conv()))


def spectral_norm():
    return nn.Sequential(parametrizations.spectral_norm(conv()))


COUNTS, REFUSES = 64 * 4 * 4 * 9, None
CASES = {
    shared_by_two_paths: 2 * COUNTS,
    encoder_beside_its_children: COUNTS,
    tied_weights: 2 * COUNTS,
    views_of_one_memory: 2 * COUNTS,
    old_weight_norm: COUNTS,
    old_spectral_norm: COUNTS,
    weight_norm: COUNTS,
    spectral_norm: COUNTS,
    pruned: COUNTS,
    cached_grid: COUNTS,
    keeps_activations: COUNTS,
    hook_that_keeps: COUNTS,
    hook_that_keeps_globally: COUNTS,
    bound_method_as_hook: COUNTS,
    method_of_a_list_as_hook: COUNTS,
    hook_that_removes_itself: COUNTS,
    replaced_forward: COUNTS,
    counts_its_calls: COUNTS,
    writes_into_buffers: COUNTS,
    changes_its_parameters: COUNTS,
    draws_random_numbers: COUNTS,
    recurrent: 64 * 4 * 5 * (4 + 5),
    not_to_be_copied: COUNTS,
    takes_a_lock: COUNTS,
    reads_a_generator: REFUSES,
    writes_a_file: REFUSES,
    lazy: 36 * 4 * 4 * 9 + 144 * 5,
    scripted_part: REFUSES,
    traced_part: REFUSES,
    fails_in_the_middle: REFUSES,
    unknown_operation: REFUSES,
    interrupted: KeyboardInterrupt,
    on_no_device: COUNTS,
    half_and_frozen: COUNTS,
    with_gradients: COUNTS,
    ends_something: COUNTS,
    closes_something: COUNTS,
    with_an_optimizer: COUNTS,
    compiled_part: 2 * COUNTS,
    RemembersGrids: COUNTS,
    points_to_its_parent_weakly: COUNTS,
    parallel_part: COUNTS,
    changes_its_structure: 2 * COUNTS,
    UsesGlobals: COUNTS,
    Cached: COUNTS,
    points_to_itself: COUNTS,
    with_slots: COUNTS,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_the_module_is_the_same_afterwards(make, training):
    module = make()
    ends = make in (ends_something, closes_something)
    gc.collect() if ends else None
    things = (module, ACTIVATIONS, CALLS, Cached.cache, Cached.sizes, Ended.ends, TABLE, NET)
    names = {name: id(value) for name, value in vars(Cached).items()}, COUNT
    before, _kept = picture_of(things)
    luck = randomness()
    expected = CASES[make]
    if expected is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            convcost.from_torch(module, SHAPE, training)
    elif expected is REFUSES:
        with pytest.raises(ConvcostError) as caught:
            convcost.from_torch(module, SHAPE, training)
        assert "\n" not in str(caught.value)
    else:
        assert convcost.from_torch(module, SHAPE, training).macs == expected
    assert randomness() == luck
    assert ({name: id(value) for name, value in vars(Cached).items()}, COUNT) == names
    gc.collect() if ends else None
    after, _ = picture_of(things)
    assert after.keys() == before.keys()
    for key in before:
        assert after[key] == before[key], before[key][0]


def test_a_copy_made_before_still_computes_the_same():
    module = nn.Sequential(shared_by_two_paths(), old_weight_norm(), pruned()).eval()
    image = torch.randn(1, *SHAPE)
    with torch.no_grad():
        expected = module(image)
        convcost.from_torch(module, SHAPE)
        assert torch.equal(module(image), expected)


def test_a_lazy_module_stays_lazy_and_is_counted():
    module = lazy()
    net = convcost.from_torch(module, SHAPE)
    assert net.params == 4 * 4 * 9 + 4 + 8 + 144 * 5 + 5
    assert all(nn.parameter.is_lazy(p) for p in module.parameters())


def test_it_trains_on_as_if_nothing_had_been():
    torch.manual_seed(0)
    module = nn.Sequential(conv(), nn.BatchNorm2d(4), nn.Dropout(0.5))
    twin, image = copy.deepcopy(module), torch.randn(2, *SHAPE)
    torch.manual_seed(1)
    expected = twin(image)
    torch.manual_seed(1)
    convcost.from_torch(module, SHAPE, training=True)
    assert torch.equal(module(image), expected)


def test_hooks_for_all_modules_see_the_stand_in_and_keep_nothing():
    seen, module = [], nn.Sequential(conv())
    handle = nn.modules.module.register_module_forward_hook(lambda m, args, output: seen.append((m, output)))
    try:
        convcost.from_torch(module, SHAPE)
        assert seen == []
        module(torch.ones(1, *SHAPE))
        assert len(seen) == 2
    finally:
        handle.remove()


def test_a_module_of_export_is_counted():
    module = torch.export.export(nn.Sequential(conv(), nn.ReLU()), (torch.ones(1, *SHAPE),)).module()
    assert convcost.from_torch(module, SHAPE).macs == COUNTS


def test_the_world_around_does_not_matter():
    module = nn.Sequential(conv(), nn.Flatten(), nn.Linear(256, 3))
    expected = convcost.from_torch(module, SHAPE).macs
    with torch.inference_mode():
        assert convcost.from_torch(module, SHAPE).macs == expected
        inside = nn.Sequential(conv(), nn.BatchNorm2d(4))
    assert convcost.from_torch(inside, SHAPE).macs == COUNTS
    with torch.device("meta"), torch.enable_grad():
        assert convcost.from_torch(module, SHAPE).macs == expected
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
