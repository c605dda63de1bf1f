"""The command line: options, configuration, and one module for each command."""
