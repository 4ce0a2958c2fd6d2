"""The database's history: the host's own, and one more for every activity with tables."""
