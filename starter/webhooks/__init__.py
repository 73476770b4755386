"""Answers that come back from messages: links, buttons, replies. Each proves who it comes from before it does anything.

Must never act on a question: a GET shows, a POST acts.
"""
