"""The suite's own power: which planted bugs the laws catch, and whether right files stay clean."""
