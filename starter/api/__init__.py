"""The API: what other systems may ask and tell by HTTP, beside the command line and with the same words.

Must never know a rule: the desk refuses, and whatever it says goes out as it is.
"""
