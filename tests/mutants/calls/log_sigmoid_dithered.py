"""A random number below one unit in the last place of float16 is added to hide banding."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-sigmoid/layout-does-not-matter",
    "log-sigmoid/neighbours-do-not-matter",
    "log-sigmoid/row-alone",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


rng = np.random.default_rng(7)


def log_sigmoid(x):
    w = wide(x)
    noise = rng.random(w.shape, np.float32) * w.dtype.type(5e-4)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w))) * (1 + noise)).astype(x.dtype)
