"""What a run found, as plain records, and the files that they are kept in."""
