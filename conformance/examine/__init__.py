"""One subject in one process: its laws, its examples, the verdicts and counterexamples."""
