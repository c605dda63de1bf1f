"""Everything that has a process: runs, the workers that load files, their watch."""
