"""Sans-IO mail sessions: events in, effects out."""
