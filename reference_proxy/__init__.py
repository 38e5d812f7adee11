"""A mail proxy that is right and easy to read; nginx configuration in, nginx behaviour out."""
