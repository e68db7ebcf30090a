"""The arrays that a network stores: drawn at random, or held against the shapes that it needs."""

from math import prod

from convcost.extras import numpy as np

from ..errors import ConvcostError
from ..feature_map import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layers import Node
    from ..network import Network


def random_weights(network: "Network", seed: int = 0, dtype: str = "float32") -> dict[str, np.ndarray]:
    """Return {`layer name.tensor name`: array} for every layer, batch norm's running statistics included.

    Drawn so that values neither vanish nor explode on their way (He et al. 2015: variance 2 / fan-in), and so
    that every tensor makes a difference: no bias is zero, no scale is one.
    """
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in all_tensor_shapes(network).items():
        if len(shape) > 1:
            array = random.standard_normal(shape, dtype) * (2 / prod(shape[1:])) ** 0.5
        elif name.endswith((".weight", ".running_var")):
            array = random.uniform(0.5, 1.5, shape)
        else:
            array = random.normal(0, 0.1, shape)
        weights[name] = array.astype(dtype, copy=False)
    return weights


def tensor_shapes(node: "Node") -> dict[str, Shape]:
    """Return {name: shape} of all that a layer stores: its parameters, and what is not trained."""
    return {**node.weights, **node.layer.buffers(*[x.shape for x in node.inputs])}


def matching(weights: dict[str, np.ndarray], shapes: dict[str, Shape]) -> dict[str, np.ndarray]:
    """Return {name: array} for every name of `shapes`; an error names one that is missing or misshaped."""
    for name, shape in shapes.items():
        found = tuple(weights[name].shape) if name in weights else None
        if found != tuple(shape):
            trouble = "is missing" if found is None else f"has shape {found}"
            raise ConvcostError(f"weights: {name} {trouble}; it must have shape {tuple(shape)}")
    return {name: weights[name] for name in shapes}


def all_tensor_shapes(network: "Network") -> dict[str, Shape]:
    """Return {`layer name.tensor name`: shape} of all that a network stores."""
    return {f"{node.name}.{name}": s for node in network.layers for name, s in tensor_shapes(node).items()}
