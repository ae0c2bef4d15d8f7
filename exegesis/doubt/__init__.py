"""Whether a chapter's checks mean anything: what they notice of changes to its code, and on how many seeds they hold.

A process that is forked at each change runs what follows (`worker`), another one the oracle tests (`oracle`).
"""
