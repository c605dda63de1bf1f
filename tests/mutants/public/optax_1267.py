"""jnp.power with an exponent of 0.0, whose derivative is γ·0^(γ - 1) = 0·∞ where p_t rounds to 1:
the gradient of a sure and right answer is NaN. The report is
https://github.com/google-deepmind/optax/issues/1267.
"""

import jax
import jax.numpy as jnp

BACKEND = "jax"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid-focal-loss/gradient-accuracy",)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    p = jax.nn.sigmoid(logits)
    losses = -labels * jax.nn.log_sigmoid(logits) - (1 - labels) * jax.nn.log_sigmoid(-logits)
    p_t = p * labels + (1 - p) * (1 - labels)
    losses = losses * (1 - p_t) ** jnp.asarray(gamma, logits.dtype)
    if alpha is not None:
        losses = (alpha * labels + (1 - alpha) * (1 - labels)) * losses
    return losses if reduction == "none" else getattr(losses, reduction)()
