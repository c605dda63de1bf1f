"""What is known of array libraries that have no backend, and how functions speak of arrays."""

from __future__ import annotations

import re

#: Array libraries for which there is no backend.
WITHOUT_BACKEND = (
    "paddle", "mlx", "tensorflow", "tinygrad", "pytensor", "mxnet", "mindspore", "oneflow",
    "jittor", "dask", "theano", "aesara",
)  # fmt: skip
#: Packages whose functions take the host's arrays, and may take others'.
FOR_HOST = frozenset({"numba", "scipy", "ml_dtypes"})
#: What is said by a function that was given another library's arrays than it takes.
OF_ARRAYS = re.compile(r"ndarray|[Tt]ensor\b|jax\.|Array\b|numpy\.dtype")
