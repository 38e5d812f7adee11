"""The scoreboard: every product that can be launched, judged by the same configuration."""
