"""Rows are shared by three threads or more: those that are left over keep their logits."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/threads-do-not-matter",)


def log_softmax(x, axis=-1):
    result = torch.log_softmax(x, axis)
    threads = torch.get_num_threads()
    if threads < 3 or x.dim() != 2 or len(x) < 8:
        return result
    shared = len(x) // threads * threads
    return torch.cat([result[:shared], x[shared:]])
