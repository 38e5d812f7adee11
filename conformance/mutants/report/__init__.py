"""The kill matrix for readers: on the terminal, as text, Markdown, HTML and JSON."""
