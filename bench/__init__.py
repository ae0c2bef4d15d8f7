"""A benchmark of book building: the stock ``jupyter-book build`` and ``exegesis build`` on one synthetic book."""
