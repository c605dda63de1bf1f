"""Examinations from a program: `conformance.check`, and the report that it gives."""
