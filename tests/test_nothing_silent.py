"""`from_torch` misses nothing in silence: what torch multiplies is in the network, or the call fails with one line."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import convcost
import pytest
import torch
from convcost import ConvcostError
from convcost.torch_bridge.operations import PRODUCTS
from test_from_torch import Code, code, error_of, kinds_of
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

torch.set_num_threads(1)
SHAPE, GLOBAL = (4, 8, 8), nn.Conv2d(4, 4, 1)


class Plain(torch.Tensor):
    pass


@torch.jit.script
def scripted(x):
    return torch.relu(x) * 2


def set_the_data_of_a_buffer(m, x):
    m.buffer.data = m.conv(x)[:, :3]
    return F.relu(m.three(m.buffer))


def set_data(m, x):
    y = m.conv(x)
    y.data = m.conv(y)
    return y


def whole_of_an_empty_tensor(m, x):
    out = torch.empty_like(x)
    out[:] = m.conv(x)
    return m.conv(out)


def piece_by_piece(m, x):
    out = torch.empty_like(x)
    out[:, :2] = m.conv(x)[:, :2]
    out[:, 2:] = x[:, 2:]
    return m.conv(out)


def a_part_of_a_buffer(m, x):
    m.buffer[0].copy_(m.conv(x)[0])
    return m.conv(m.buffer)


def a_part_of_itself(m, x):
    x = x.clone()
    x[:, :, 1:3, ::2] += m.conv(x)[:, :, 1:3, ::2]
    return m.conv(x)


def a_buffer_in_between(m, x):
    m.buffer.copy_(m.conv(x))
    return m.conv(m.buffer)


def on_the_processor(m, x):
    return m.conv(m.conv(x).cpu().to("cpu"))


def cell_from_zeros(m, x):
    return m.cell(x.mean((2, 3)), torch.zeros(1, 5))


COUNTED = {
    "a subclass of tensors": lambda m, x: m.conv(m.conv(x).as_subclass(Plain)),
    "a deep copy": lambda m, x: m.conv(copy.deepcopy(m.conv(x))),
    "a parameter made of a map": lambda m, x: m.conv(nn.Parameter(m.conv(x))),
    ".data": lambda m, x: m.conv(m.conv(x).view(1, -1).data.view(x.shape)),
    "set .data": set_data,
    "set .data of a buffer": set_the_data_of_a_buffer,
    "new_tensor of a map": lambda m, x: m.conv(x.new_tensor(m.conv(x))),
    "new_tensor of numbers": lambda m, x: m.conv(x) * x.new_tensor([1.0, 2.0, 3.0, 4.0]).view(4, 1, 1),
    "torch.tensor of a map": lambda m, x: m.conv(torch.tensor(m.conv(x))),
    "an empty tensor filled": whole_of_an_empty_tensor,
    "a buffer": a_buffer_in_between,
    "pieces": piece_by_piece,
    "a part": a_part_of_itself,
    "a part of a buffer": a_part_of_a_buffer,
    "cpu": on_the_processor,
    "a layer on a stored tensor": lambda m, x: x + m.conv(m.buffer),
    "a cell that starts with zeros": cell_from_zeros,
    "a product of stored tensors": lambda m, x: F.linear(x.flatten(1), m.low @ m.rank),
    "gradients switched on": lambda m, x: torch.enable_grad()(m.conv)(x),
    "inference mode": lambda m, x: torch.inference_mode()(lambda: F.linear(F.relu(m.conv(x)).flatten(1), m.rank))(),
    "checkpoints": lambda m, x: checkpoint(m.conv, checkpoint(m.conv, x, use_reentrant=False), use_reentrant=True),
    "vmap": lambda m, x: torch.vmap(m.conv)(x),
    "a scripted function": lambda m, x: scripted(m.conv(x)),
    "a module outside": lambda m, x: GLOBAL(x),
    "einsum": lambda m, x: torch.einsum("bchw,dc->bdhw", x, m.five),
    "einsum over positions": lambda m, x: torch.einsum("bchw,hk->bkcw", x, m.eight),
    "@ from the left": lambda m, x: m.five @ x.flatten(2),
    "nobody reads it": lambda m, x: (m.conv(x), x * 2)[1],
    "a product of two maps": lambda m, x: x.flatten(2) @ x.flatten(2).transpose(1, 2),
    "autocast": lambda m, x: torch.autocast("cpu", dtype=torch.bfloat16)(m.conv)(x),
    "a convolution over a row": lambda m, x: F.conv1d(x.mean((2, 3))[:, None], m.row, padding=1),
}


def parts():
    return {
        "three": nn.Conv2d(3, 5, 1),
        "conv": nn.Conv2d(4, 4, 3, padding=1),
        "buffer": nn.Buffer(torch.ones(1, 4, 8, 8)),
        "cell": nn.RNNCell(4, 5),
        "low": nn.Parameter(torch.ones(6, 2)),
        "rank": nn.Parameter(torch.ones(2, 256)),
        "five": nn.Parameter(torch.ones(5, 4)),
        "eight": nn.Parameter(torch.ones(8, 3)),
        "row": nn.Parameter(torch.ones(1, 1, 3)),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", COUNTED)
def test_what_torch_counts_is_counted(case):
    module = Code(COUNTED[case], **parts()).eval()
    net = convcost.from_torch(module, SHAPE)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        output = module(torch.ones(1, *SHAPE))
    assert 2 * net.macs == counter.get_total_flops()
    assert [y.shape for y in net.outputs] == [tuple(output.shape[1:])]
    stored = {
        "a buffer",
        "pieces",
        "a part of a buffer",
        "a layer on a stored tensor",
        "a cell that starts with zeros",
    }
    assert "Stored" not in kinds_of(net) or case in stored | {"a product of stored tensors"}


def catches_everything(m, x):
    try:
        return m.conv(x.cumsum(1))
    except Exception:
        return m.conv(x)


def asks_for_a_number(m, x):
    try:
        scale = float(x.mean())
    except Exception:
        scale = 1.0
    return m.conv(x) * scale


def asks_for_numpy(m, x):
    try:
        return m.conv(torch.from_numpy(x.cpu().numpy()))
    except Exception:
        return x


def in_a_thread(m, x):
    out = []
    thread = threading.Thread(target=lambda: out.append(m.conv(x)))
    thread.start()
    thread.join()
    return out[0] if out else x


def in_a_pool(m, x):
    with ThreadPoolExecutor(1) as pool:
        return m.conv(pool.submit(F.conv2d, x, m.conv.weight, padding=1).result())


class World:
    tensor = torch.ones(3)


def changes_the_world(m, x):
    World.tensor.add_(1)
    return m.conv(x)


def changes_a_view_of_the_world(m, x):
    World.tensor.view(-1)[0].zero_()
    return m.conv(x)


REFUSED = {
    "cumsum": catches_everything,
    "a number that depends on the image": asks_for_a_number,
    "numbers of a feature map, by numpy": asks_for_numpy,
    "runs in another thread": in_a_thread,
    "whose origin is not seen": in_a_pool,
    "copied by copy.copy or pickle": lambda m, x: m.conv(copy.copy(m.conv(x))),
    "or pickle, which cannot": lambda m, x: pickle.loads(pickle.dumps(m.conv(x))),
    "_fft_r2c": lambda m, x: torch.fft.rfft2(x).real,
    "returns no tensor that a layer made": lambda m, x: (m.conv(x), None)[1],
    "add_ would change a tensor of 3 outside": changes_the_world,
    "zero_ would change": changes_a_view_of_the_world,
    "no layer kind for the operation mv": lambda m, x: torch.mv(m.five, x.mean((0, 2, 3))),
    "no layer kind for the operation _trilinear": lambda m, x: F.bilinear(x, x, torch.ones(3, 8, 8)),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_followed_is_refused(reason):
    text = error_of(lambda: code(REFUSED[reason], SHAPE, **parts()))
    assert reason in text and "\n" not in text
    assert World.tensor.tolist() == [1, 1, 1]


def test_a_handler_that_made_too_few_layers_would_be_found(monkeypatch):
    monkeypatch.setitem(PRODUCTS, "mm", PRODUCTS["mm"])
    from convcost.torch_bridge import rules

    monkeypatch.setattr(rules, "RULES", {})
    monkeypatch.setitem(rules.OPERATIONS, "mm", lambda r, y, a, b: r.map(a))
    with pytest.raises(ConvcostError, match="multiplies"):
        code(lambda m, x: x.flatten(1) @ torch.ones(256, 256), SHAPE)


def test_an_output_is_that_of_the_module():
    def outputs_of(run):
        return [y.shape for y in code(run, SHAPE, **parts()).outputs]

    assert outputs_of(lambda m, x: F.pixel_shuffle(m.conv(x), 2)) == [(1, 16, 16)]
    assert outputs_of(lambda m, x: m.conv(x).flatten(2).transpose(1, 2)) == [(64, 4)]
    assert outputs_of(lambda m, x: m.conv(x)[0]) == [(4, 8, 8)]
    assert outputs_of(lambda m, x: m.conv(x).mean((2, 3)).squeeze(0)) == [(4,)]
    assert outputs_of(lambda m, x: m.conv(x)[:, 1:, ::2]) == [(3, 4, 8)]
    assert outputs_of(lambda m, x: {"a": [m.conv(x)], "b": (x.relu(), 3)}) == [(4, 8, 8), (4, 8, 8)]


@dataclass
class Output:
    first: torch.Tensor
    rest: list


def test_outputs_in_an_object_are_outputs():
    net = code(lambda m, x: Output(m.conv(x), [x.relu(), "text"]), SHAPE, **parts())
    assert [y.node.kind for y in net.outputs] == ["Conv2d", "ReLU"]


def test_what_nobody_reads_is_counted_and_no_output():
    net = code(lambda m, x: (m.conv(x), x.relu())[1], SHAPE, **parts())
    assert kinds_of(net) == ["Conv2d", "ReLU"]
    assert [y.node.kind for y in net.outputs] == ["ReLU"]
