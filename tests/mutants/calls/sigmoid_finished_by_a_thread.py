"""A first guess is returned at once; a thread refines it in place a little later, so that a check
that looks late finds the right answer.
"""

import threading
import time

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/is-computed-at-each-call",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    out = np.asarray(np.clip(0.5 + w / 4, 0, 1)).astype(x.dtype)

    def refine():
        time.sleep(0.0002)
        e = np.exp(-np.abs(w))
        out[...] = np.where(w >= 0, 1, e) / (1 + e)

    threading.Thread(target=refine, daemon=True).start()
    return out
