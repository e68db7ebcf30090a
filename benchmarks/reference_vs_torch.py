"""How long the NumPy layers take beside torch's: python benchmarks/reference_vs_torch.py

Prints one ratio for each layer, NumPy's time over torch's, on one thread and in float32. Both take turns, so
that a busy machine slows both; the ratio is the median over all turns. The column `product` is the ratio that
NumPy would reach if laying out the windows cost nothing: its matrix product alone, over torch. Needs torch.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.update(  # read when NumPy is imported
    OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1"
)
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import numpy as np
import torch
from convcost.reference import checks, fast, loops

# what, implementation, in channels, out channels, size, kernel, groups, stride, turns, goal
LAYERS = [
    ("3x3", fast, 64, 64, 56, 3, 1, 1, 40, 1.1),
    ("3x3", fast, 256, 256, 14, 3, 1, 1, 40, 1.1),
    ("3x3 stride 2", fast, 64, 128, 56, 3, 1, 2, 40, 1.1),
    ("pointwise", fast, 128, 128, 28, 1, 1, 1, 200, 1.1),
    ("pointwise", fast, 64, 128, 56, 1, 1, 1, 100, 1.1),
    ("grouped 1x1", fast, 240, 240, 28, 1, 4, 1, 100, 1.1),
    ("depthwise 3x3", fast, 64, 64, 56, 3, 64, 1, 100, 8),
    ("depthwise 3x3", fast, 128, 128, 28, 3, 128, 1, 200, 8),
    ("depthwise 3x3", fast, 512, 512, 14, 3, 512, 1, 200, 8),
    ("depthwise 3x3 stride 2", fast, 64, 64, 112, 3, 64, 2, 40, 8),
    ("3x3, the loops", loops, 4, 4, 8, 3, 1, 1, 7, None),
]


def seconds(function, *args, **options):
    start = time.perf_counter()
    function(*args, **options)
    return time.perf_counter() - start


def compare(module, in_channels, out_channels, size, kernel, groups, stride, turns):
    """Return four medians: NumPy's and torch's seconds, their ratio, that of the product alone to torch."""
    random = np.random.default_rng(0)
    x = random.standard_normal((1, in_channels, size, size), dtype=np.float32)
    weight = random.standard_normal((out_channels, in_channels // groups, kernel, kernel), dtype=np.float32)
    tensors = torch.from_numpy(x), torch.from_numpy(weight)
    options = {"stride": stride, "padding": kernel // 2}
    if groups == 1 and kernel == 1:
        ours, options = module.pointwise_conv2d, {}
    elif groups == in_channels:
        ours = module.depthwise_conv2d
    else:
        ours, options["groups"] = module.conv2d, groups
    theirs_options = {**options, "groups": groups}
    theirs = torch.nn.functional.conv2d
    expected = theirs(*tensors, **theirs_options)
    np.testing.assert_allclose(ours(x, weight, **options), expected, rtol=1e-3, atol=1e-3)
    left, right = operands(x, weight, groups, stride)
    times = []
    for _ in range(turns):
        times.append(
            (
                seconds(ours, x, weight, **options),
                seconds(theirs, *tensors, **theirs_options),
                seconds(np.matmul, left, right),
            )
        )
    ratios, products = [a / b for a, b, _ in times], [c / b for _, b, c in times]
    return tuple(map(statistics.median, (*list(zip(*times))[:2], ratios, products)))


def operands(x, weight, groups, stride):
    """The two factors of the batched matrix product to which this convolution comes down, ready in memory."""
    window = checks.conv2d(x, weight, None, stride, weight.shape[2] // 2, 1, groups)
    columns = fast.windows_of(x, window).transpose(0, 1, 4, 5, 2, 3)
    columns = columns.reshape(1, groups, -1, window.output[0] * window.output[1])
    return weight.reshape(groups, len(weight) // groups, -1), np.ascontiguousarray(columns)


def main():
    torch.set_num_threads(1)
    print(f"NumPy {np.__version__}, torch {torch.__version__}, one thread, float32, batch 1; medians")
    times = f"{'NumPy ms':>11}{'torch ms':>11}{'ratio':>9}{'goal':>7}{'product':>10}"
    print(f"{'layer':<23}{'channels':>12}{'input':>10}{times}")
    with torch.inference_mode():
        for what, module, ins, outs, size, kernel, groups, stride, turns, goal in LAYERS:
            ours, theirs, ratio, product = compare(module, ins, outs, size, kernel, groups, stride, turns)
            print(
                f"{what:<23}{f'{ins}->{outs}':>12}{f'{size}x{size}':>10}"
                f"{1e3 * ours:>11.3f}{1e3 * theirs:>11.3f}{ratio:>9.2f}{goal or '-':>7}{product:>10.2f}"
            )


if __name__ == "__main__":
    main()
