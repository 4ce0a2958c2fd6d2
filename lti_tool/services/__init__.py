"""Use cases: each takes a Session, checks, changes and records; none commits."""
