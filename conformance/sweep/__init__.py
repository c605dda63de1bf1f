"""The exhaustive sweep: every input of a unary function, in shards that any executor can do."""
