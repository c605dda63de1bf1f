"""The commands, one module each: `add` declares its parser, `run` does it."""
