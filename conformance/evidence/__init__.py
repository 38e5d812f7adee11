"""What a run saw, kept so that its verdicts can be made again: by a tape for each check.

`recording` notes what a scenario asks and is answered, `replaying` answers in the same way,
`codec` writes observations as JSON, `shelf` keeps each once and under its digest.
"""
