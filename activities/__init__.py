"""Trellis's own activities; each is a plugin like anybody else's."""
