"""Implementations as pytest items; `conformance.plugin` is the entry point."""
