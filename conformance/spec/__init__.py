"""The spec: every law, one declaration each, by family."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from conformance.spec.declare import declared
from conformance.spec.law import Law

FAMILIES = (
    "values",
    "ranges",
    "symmetries",
    "slopes",
    "pairs",
    "nans",
    "special",
    "losses",
    "merging",
    "divergences",
    "focal",
    "labels",
    "options",
    "ignored",
    "masks",
    "mask_forms",
    "shared_masks",
    "temperatures",
    "softcaps",
    "z_losses",
    "whole_numbers",
    "conventions",
    "derivatives",
    "cotangents",
    "weights",
    "projections",
    "large_batches",
    "long_rows",
    "hessians",
    "mixed_derivatives",
    "other_arguments",
    "contract",
    "takes",
    "leftovers",
    "uses",
    "formats",
    "batches",
    "layouts",
    "several_axes",
    "starts",
    "expanded",
    "mixed",
    "modes",
    "refusals",
    "far",
    "behaviour",
)


@cache
def catalogue() -> dict[str, Law]:
    """Every law by id, in the order of the families."""
    place = {import_module(f"conformance.spec.{f}").__name__: i for i, f in enumerate(FAMILIES)}
    laws = declared().items()  # as they were imported, by whomever
    return dict(sorted(laws, key=lambda law: place[law[1].check.__module__]))
