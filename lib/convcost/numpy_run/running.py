"""A run through the graph, layer by layer, which drops each map when nobody needs it any more."""

from convcost.extras import numpy as np

from ..errors import ConvcostError
from ..schedule import INPUT, run_order
from .layers import FUNCTION_OF_KIND
from .weights import all_tensor_shapes, matching, tensor_shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..network import Network
    from ..reference.arrays import ArrayLike


def run(
    network: "Network", x: "ArrayLike", weights: dict[str, np.ndarray], every_layer: bool = False
) -> np.ndarray | tuple[np.ndarray, ...] | dict[str, np.ndarray]:
    """Return the output array of a network, batch norm as at inference; a tuple where it has several outputs.

    x: (N, C, H, W), any N, the rest as the network was defined for; weights: see `random_weights`.
    every_layer: return {layer name: its output array} instead.
    """
    x = np.asarray(x)
    if x.shape[1:] != network.input_shape:
        wanted = ", ".join(map(str, network.input_shape))
        raise ConvcostError(f"{network.name}: needs an input of shape (N, {wanted}), got {x.shape}")
    arrays = matching(weights, all_tensor_shapes(network))
    steps, outputs = run_order(network)
    maps = {INPUT: x}
    for node, reads, drops in steps:
        if node.kind not in FUNCTION_OF_KIND:
            known = ", ".join(FUNCTION_OF_KIND)
            raise ConvcostError(f"{node.name}: no NumPy version of {node.kind}; there is one of {known}")
        tensors = {name: arrays[f"{node.name}.{name}"] for name in tensor_shapes(node)}
        maps[node.name] = FUNCTION_OF_KIND[node.kind](node.layer, tensors, *[maps[name] for name in reads])
        for name in () if every_layer else drops:
            del maps[name]
    if every_layer:
        return {node.name: maps[node.name] for node in network.layers}
    return maps[outputs[0]] if len(outputs) == 1 else tuple(maps[name] for name in outputs)
