"""Pages for people: the launch session, roles, look-ups, forms, languages and errors."""
