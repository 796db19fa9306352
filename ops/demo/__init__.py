"""The demo: a venue, the gateway and a strategy as processes, and the comparison of their books.

python -m ops.demo     or `make demo`
"""
