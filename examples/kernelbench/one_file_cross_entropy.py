"""Problem and solution in one file; the solution forgets to subtract the maximum."""

import torch

batch_size = 32768
classes = 4096


class Model(torch.nn.Module):
    def forward(self, predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(predictions, targets)


class ModelNew(torch.nn.Module):
    def forward(self, predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        picked = predictions.gather(1, targets[:, None]).squeeze(1)
        return (torch.exp(predictions).sum(dim=1).log() - picked).mean()


def get_inputs():
    return [torch.rand(batch_size, classes), torch.randint(0, classes, (batch_size,))]


def get_init_inputs():
    return []
