"""What runs inside a chapter's kernel, or becomes one.

Chapters must not see more here than in a kernel of their own: these modules import the
standard library and, to become a kernel, ipykernel.
"""
