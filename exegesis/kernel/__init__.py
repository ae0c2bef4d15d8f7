"""What runs inside a chapter's kernel or becomes one, what kernels inherit, and who asks for them.

Chapters must not see more here than in a kernel of their own, and kernels begin before the
builder is imported: these modules import the standard library and, to become a kernel, ipykernel.
"""
