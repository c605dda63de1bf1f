"""A user's file: how it is found, loaded, called and watched while it is called."""
