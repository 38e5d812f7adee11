"""The catalogue: what is required, by whom, and how strongly."""
