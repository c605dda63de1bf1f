"""A submission in GPU MODE's form: data is the input and the output that is written to."""

import torch
from task import input_t, output_t


def custom_kernel(data: input_t) -> output_t:
    x, output = data
    e = torch.exp(x - x.amax(dim=-1, keepdim=True))
    torch.div(e, e.sum(dim=-1, keepdim=True), out=output)
    return output
