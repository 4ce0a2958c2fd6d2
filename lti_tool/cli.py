"""stub replaced soon."""
