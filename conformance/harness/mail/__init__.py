"""The words of each mail protocol: rendering commands, reading replies."""
