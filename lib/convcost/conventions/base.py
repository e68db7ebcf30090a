"""What a convention is: which raw operations count, in which kinds of layer, and as how much."""

from collections.abc import Iterable

from ..errors import ConvcostError
from .measures import MEASURES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layers.base import Node


Terms = dict[str, dict[str, int]]  # layer kind or spelling -> {operation or measure: weight}


class Convention:
    """A rule that turns raw operations into one number.

    name: as in a table's caption or on the command line; meaning: one sentence; terms: what counts and as how much,
    {operation of `Layer.operations`, or measure of `measures.MEASURES`: weight}, for each layer kind ("ReLU"; "*":
    every kind) or for each way in which code spells a layer ("nn.ReLU", "F.relu": `Node.written`), which goes
    first. What is not named counts nothing; what is spelled as in `unrecorded`, {spelling: its common name}, is an
    error.
    """

    def __init__(self, name: str, meaning: str, terms: Terms, unrecorded: Iterable[tuple[str, str]] = ()):
        self.name, self.meaning, self.terms, self.unrecorded = name, meaning, terms, dict(unrecorded)

    def weights(self, node: "Node") -> dict[str, int]:
        """Return what counts in a layer, {operation or measure: weight}."""
        terms = self.terms
        if node.written in self.unrecorded:
            raise ConvcostError(
                f"what {self.name} counts for {self.unrecorded[node.written]} is not recorded here: it hangs on modes "
                "and versions of torch; the convention macs counts it"
            )
        if node.written in terms:
            return terms[node.written]
        return terms[node.kind] if node.kind in terms else terms.get("*", {})

    def count(self, node: "Node") -> int:
        """Return what one layer counts under this convention."""
        operations, total = node.operations, 0
        for name, weight in self.weights(node).items():
            if name in operations:
                total += weight * operations[name]
            elif name in MEASURES:
                total += weight * MEASURES[name](node)
        return total

    def __repr__(self):
        return f"<Convention {self.name}: {self.meaning}>"
