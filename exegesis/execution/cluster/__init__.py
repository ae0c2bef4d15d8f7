"""Notebooks on other machines; needs the extra 'cluster'."""
