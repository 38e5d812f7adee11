"""Stand-ins for what a mail proxy talks to: the auth server and the back ends."""
