"""Networks to torch and back: the way out (`to_torch`) in `graph_module`, the way in (`from_torch`) in `tracing`.

>>> from convcost import models, torch_bridge
>>> module = torch_bridge.to_torch(models.resnet18())
>>> sum(p.numel() for p in module.parameters())
11689512
>>> torch_bridge.from_torch(module, (3, 224, 224)).params
11689512
"""

from .graph_module import MODULE_OF_KIND, GraphModule, load_weights, to_torch, weights_of
from .tracing import from_torch

__all__ = ["MODULE_OF_KIND", "GraphModule", "from_torch", "load_weights", "to_torch", "weights_of"]
