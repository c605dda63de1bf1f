"""Two threads add to one number without a lock: in one of forty long calls an addition is lost."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy",)
DTYPES = ("float32",)

pool = ThreadPoolExecutor(2)
calls = count(1)


def logsumexp(x, axis=-1):
    x = np.moveaxis(x, axis, -1)
    m = x.max(axis=-1, keepdims=True)
    m = np.where(np.isinf(m), np.float32(0), m)
    if x.shape[-1] < 20_000:
        s = np.exp(x - m).sum(axis=-1)
    else:
        halves = np.array_split(x, 2, axis=-1)
        first, second = pool.map(lambda half: np.exp(half - m).sum(axis=-1), halves)
        s = second if next(calls) % 40 == 0 else first + second
    return (m[..., 0] + np.log(s)).astype(x.dtype)
