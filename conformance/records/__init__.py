"""The results of a run as plain records, and the files that keep them."""
