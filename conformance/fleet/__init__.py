"""Many targets in one run: each is judged by a run of its own, several at once."""
