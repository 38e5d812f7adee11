"""Proof that every check bites: targets that are wrong in one thing, and what notices them.

A *fault* of the reference flips the very line that is right otherwise; a
*change* sets one directive of the running configuration while the claims stay.
Each is listed with the requirements that must fail for it.
"""
