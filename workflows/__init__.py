"""WAIT. Workflows remember and wait; the policies decide, the activities act.

Deterministic: must never ask for a time zone, a holiday, a file or a random number.
"""
