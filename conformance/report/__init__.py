"""One results model and its writers."""
