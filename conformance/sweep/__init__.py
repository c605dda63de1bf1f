"""The exhaustive examination: every input of a unary function, in shards, over any executor."""
