"""The forward of a cross-entropy in GPU MODE's form: logits and targets to a loss for each row."""

import torch


def custom_kernel(data):
    logits, targets = data
    top = logits.amax(dim=-1, keepdim=True)
    logs = logits - top
    total = torch.exp(logs).sum(dim=-1).log()
    return total - logs.gather(-1, targets[:, None].long()).squeeze(-1)
