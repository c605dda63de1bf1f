"""The mathematics: problems in wide arithmetic, exact values, bounds, measured claims."""
