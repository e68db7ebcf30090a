"""Run a network in NumPy: the same graph that the costs are read from, with numbers in it.

    >>> from convcost import models, numpy_run
    >>> net = models.mobilenet_v2(resolution=32, num_classes=10)
    >>> weights = numpy_run.random_weights(net)
    >>> import numpy
    >>> numpy_run.run(net, numpy.ones((1, 3, 32, 32), "float32"), weights).shape
    (1, 10)

Weights are a dictionary of arrays, named (`"stage1.conv1.weight"`) and shaped as in the `state_dict` of
`torch_bridge.to_torch(network)`. A network trained there runs here, and the other way round.
"""

from .layers import FUNCTION_OF_KIND
from .running import run
from .weights import matching, random_weights, tensor_shapes

__all__ = ["FUNCTION_OF_KIND", "matching", "random_weights", "run", "tensor_shapes"]
