"""Everything about processes: runs, the workers that load files, and how they are watched."""
