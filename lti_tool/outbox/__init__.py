"""Delivery of scores, statements and mail: queued with the change, sent by a worker."""
