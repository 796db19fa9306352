"""The exchange simulator: a FIX venue for demos, tests, load and certification.

The core (`wire`, `session`, `book`, `exchange`, `liquidity`, `ledger`, `simulator`) is pure: time, seeds and
bytes are arguments. `server`, `http` and `cli` are the only modules that touch a clock, a socket or a file.
"""
