"""Products the suite can start, and the addresses it can judge."""
