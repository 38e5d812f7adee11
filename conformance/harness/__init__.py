"""What waxseal knows how to do to a mail server, without any opinion on the result."""
