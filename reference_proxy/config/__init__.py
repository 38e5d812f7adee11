"""nginx configuration: lexer, directives table, settings."""
