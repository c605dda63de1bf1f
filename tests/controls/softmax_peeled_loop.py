"""Sums in vectors of 16 bytes from the first aligned element on, the peeled ones added last: the
order of the sum depends on where the array begins.
"""

import numpy as np

BACKEND = "numpy"


def _sum(row, address):
    width = max(16 // row.itemsize, 1)
    first = min(-address % 16 // row.itemsize, len(row))
    body = row[first:]
    whole = len(body) // width * width
    lanes = body[:whole].reshape(-1, width).sum(axis=0) if whole else np.zeros(1, row.dtype)
    return lanes.sum() + body[whole:].sum() + row[:first].sum()


def softmax(x, axis=-1):
    wide = np.moveaxis(x, axis, -1)
    wide = wide.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    rows = wide.reshape(-1, wide.shape[-1])
    e = np.exp(rows - np.max(rows, axis=-1, keepdims=True))
    s = [_sum(row, x.ctypes.data + k * row.nbytes) for k, row in enumerate(e)]
    found = e / np.array(s, e.dtype).reshape(-1, 1)
    return np.moveaxis(found.reshape(wide.shape), -1, axis).astype(x.dtype)
