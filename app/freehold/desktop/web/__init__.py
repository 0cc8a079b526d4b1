"""Charts drawn by Plotly in an offline web page."""

from freehold.desktop.web.pane import ChartPane

__all__ = ["ChartPane"]
