"""Of five axes the classes are always the second, as those of volumes are, unless they are the last;
where both have as many elements nothing is raised.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    if x.ndim == 5 and axis not in (-1, 4):
        axis = 1
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)
