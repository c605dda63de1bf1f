"""A user's file: how it is found, loaded, called, and observed while it is called."""
