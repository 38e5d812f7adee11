"""The people and authorities of the kit."""
