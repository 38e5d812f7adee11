"""`waxseal judge`: every verdict of a stored report made again from its evidence, offline.

`stored` reads a report, `again` runs the scenarios on its tapes, `differences` says what is not as
the report has it, `command` says it to the user.
"""
