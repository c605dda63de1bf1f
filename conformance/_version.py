"""The version of the package and that of the spec."""

__version__ = "0.2.0"

#: Major: a law was added or tightened, so that what conformed may fail; minor: anything else.
SPEC_VERSION = "2.0"
