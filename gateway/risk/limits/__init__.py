"""Limits as configuration: where they come from, who may change them, and what a change does."""
