"""The last block of 64 is merged without rescaling its sum to the common maximum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/accuracy",
    "logsumexp/follows-permutation",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(w):
    """(maximum, sum) of each block of 64."""
    for k in range(0, w.shape[-1], 64):
        block = w[..., k : k + 64]
        m = np.max(block, axis=-1)
        yield m, np.sum(np.exp(block - np.where(np.isfinite(m), m, 0)[..., None]), axis=-1)


def logsumexp(x, axis=-1):
    blocks = list(parts(np.moveaxis(wide(x), axis, -1)))
    top = np.max([m for m, _ in blocks], axis=0)
    base = np.where(np.isfinite(top), top, 0)
    scales = [np.exp(m - base) for m, _ in blocks]
    if len(blocks) > 1:
        scales[-1] = np.isfinite(blocks[-1][0]).astype(base.dtype)
    total = sum(scale * s for scale, (_, s) in zip(scales, blocks))
    return (base + np.log(total)).astype(x.dtype)
