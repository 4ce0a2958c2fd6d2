"""Statements out of the outbox, to the LRS: the bridge between `outbox` and `xapi.lrs`."""
