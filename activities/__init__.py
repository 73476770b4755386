"""ACT. Everything that touches the world, behind ports, safe to run twice.

Every call carries its idempotency key; what fails for good comes back as an event, never as a failed workflow.
Must never decide what is to be done: that is the policies' verb.
"""
