"""The types of a submission, as its task gives them."""

from typing import Any

input_t = Any
output_t = Any
