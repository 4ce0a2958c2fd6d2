"""Bytes of evidence: what kind they are, whether they may stay, and where they are kept.

Knows files, not people: it sees no table and no request (`services.evidence` ties a file to
a record). It stands beside the outbox because services need it and it needs only domain.
"""
