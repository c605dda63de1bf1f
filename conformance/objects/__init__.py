"""Any Python callable as an implementation: how it is named, and how it is called."""
