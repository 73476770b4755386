"""DECIDE. Pure rules of Rung: no clock, no network, no Temporal, no randomness.

Every other room stands on this one, so it must never import from them, nor ask what time it is:
time is always passed in, as whole UTC seconds.
"""
