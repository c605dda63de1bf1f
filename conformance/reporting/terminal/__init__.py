"""What a terminal shows: the table, failures, progress."""
