"""The power of the suite: which planted bugs the laws catch, and whether right files pass."""
