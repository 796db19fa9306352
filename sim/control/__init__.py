"""Faults at run time: a small gRPC service, and the command that speaks to it."""
