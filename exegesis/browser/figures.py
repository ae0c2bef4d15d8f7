"""A matplotlib backend that hands finished figures to the page, as Jupyter's inline backend does.

Chosen by ``MPLBACKEND=module://exegesis.browser.figures``, so that it is loaded with pyplot.
"""

from __future__ import annotations

import base64
import io
from typing import Any

from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
from matplotlib.figure import Figure

from .cells import Session

__all__ = ["FigureCanvas", "show"]


def show(*args: Any, **kwargs: Any) -> None:
    """Show all open figures, in the order in which they were begun, and close them."""
    for manager in Gcf.get_all_fig_managers():
        figure = manager.canvas.figure
        if figure.axes or figure.lines:  # an empty one is no picture for the inline backend either
            Session.current.show("picture", _picture(figure))
    Gcf.destroy_all()


def _picture(figure: Figure) -> str:
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=figure.dpi, facecolor=figure.get_facecolor(), bbox_inches="tight")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
