"""One file per directive; each function proves one requirement."""
