"""p/T - onehot: the label's 1 is not divided by the temperature."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)


class Loss(torch.autograd.Function):
    @staticmethod
    def forward(rows, labels, temperature):
        y = torch.log_softmax(rows / temperature, -1)
        return -y.gather(-1, labels.unsqueeze(-1)).squeeze(-1), y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.temperature = inputs[2]
        ctx.save_for_backward(inputs[1], output[1])

    @staticmethod
    def backward(ctx, g, _):
        labels, y = ctx.saved_tensors
        hot = torch.nn.functional.one_hot(labels, y.shape[-1])
        return g.unsqueeze(-1) * (y.exp() / ctx.temperature - hot), None, None


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", temperature=1.0):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    losses = Loss.apply(logits.movedim(axis, -1), labels.long(), temperature)[0]
    return losses if reduction == "none" else getattr(losses, reduction)()
