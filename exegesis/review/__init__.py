"""Reviewing: what a branch changes in a book, and which of it makes a claim weaker.

Two states of a book are compared as data: files of the one that is looked at, and of a commit. Nothing of either is
imported, and nothing is run but what ``running`` is asked to run.
"""
