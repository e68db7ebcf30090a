"""Winograd's minimal filtering F(2x2, 3x3): four outputs of a 3x3 convolution with 16 multiplications, not 36.

The three transforms only add, subtract and halve (Lavin and Gray 2016, section 4.1). Arrays may hold any number
type, so that counting numbers can run through them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import numpy as np


def _rows_then_columns(transform, tile):
    """Apply a transform of the first axis to both axes of a tile."""
    return transform(transform(tile).T).T


def _stack(rows):
    from convcost.extras import numpy as np

    return np.stack(rows)


def filter_transform(g: "np.ndarray") -> "np.ndarray":
    """Return the 4x4 form G g G^T of a 3x3 kernel; done once per kernel, whatever the number of tiles."""

    def transform(g):
        return _stack([g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]])

    return _rows_then_columns(transform, g)


def input_transform(d: "np.ndarray") -> "np.ndarray":
    """Return the 4x4 form B^T d B of a 4x4 input tile: 32 additions."""
    return _rows_then_columns(lambda d: _stack([d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]), d)


def output_transform(m: "np.ndarray") -> "np.ndarray":
    """Return the 2x2 outputs A^T m A of the 4x4 products: 24 additions."""
    return _rows_then_columns(lambda m: _stack([m[0] + m[1] + m[2], m[1] - m[2] - m[3]]), m)


def winograd_tile(d: "np.ndarray", u: "np.ndarray") -> "np.ndarray":
    """Return the 2x2 outputs of one 4x4 input tile `d`, for a kernel already transformed to `u` (4x4)."""
    return output_transform(input_transform(d) * u)
