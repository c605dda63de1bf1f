"""What is typed: the options, the configuration, one module per command."""
