"""The baseline: what was known, what is new, what grew; two results files compared."""
