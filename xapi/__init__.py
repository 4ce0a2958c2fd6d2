"""xAPI as a library: builds, checks and delivers statements. No Flask, no database, no LTI.

What a caller needs is in `vocabulary`, `actors`, `statements`, `results`, `profile`, `lrs`
and `errors`; README.md says what is sent, to whom, and what never is.
"""
