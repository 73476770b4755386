"""The providers' side of the ports: one module per provider, chosen by `worker.py` and by nobody else.

An adapter translates and classifies, nothing more. Must never decide what is sent, or raise anything but the
three errors of `activities.ports`.
"""
