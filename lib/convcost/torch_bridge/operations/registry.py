"""What is known of torch's own operations (ATen), in which all of its functions, methods and modules end.

Each is known by its name, without the `_` of the version that works in place, and by its schema, written beside the
function that handles it. What is not known is an error where a feature map goes in: nothing counts as zero by
accident.
"""

OPERATIONS, MOVES, PRODUCTS = {}, {}, {}

# Look at a tensor's shape alone, and give numbers that no feature map goes into.
MAKES_CONSTANTS = {
    "empty_like",
    "full_like",
    "new_empty",
    "new_empty_strided",
    "new_full",
    "new_ones",
    "new_zeros",
    "ones_like",
    "rand_like",
    "randn_like",
    "zeros_like",
}


def operation(*schemas):
    """Register f(recorder, output, *arguments) -> the feature map that the operation makes, or the `Value`."""
    return _registering(OPERATIONS, schemas)


def movement(*schemas):
    """Register f(layout, shapes, *arguments) -> the layout after an operation that only moves elements, a list of
    them for several outputs; None if digits cannot tell. shapes: those of the tensor and of the (first) output.
    """
    return _registering(MOVES, schemas)


def product(*schemas, first=0):
    """Register f(output, *arguments) -> the multiply-accumulates of a convolution or matrix product, by which the
    layers that it became are checked. first: which argument is the first factor.
    """

    def register(function):
        function.first = first
        return _registering(PRODUCTS, schemas)(function)

    return register


def _registering(table, schemas):
    def register(function):
        for schema in schemas:
            name = schema.partition("(")[0]
            if name in table:
                raise ValueError(f"{name} is registered twice")
            table[name] = function
        return function

    return register
