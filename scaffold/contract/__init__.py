"""The contract of a generated service (DESIGN.md), as checks: each line of it is asked of a running container.

Below the operations and above docker.py: `operations/verify.py` orders the groups, each module here knows one of them.
"""
