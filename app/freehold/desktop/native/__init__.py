"""Small widgets painted by Qt alone, so that the first screen does not wait for a browser."""

from freehold.desktop.native.cards import KpiCard
from freehold.desktop.native.score_bar import ScoreBar
from freehold.desktop.native.signs import SignLabel, paint_sign, sign_of
from freehold.desktop.native.sparkline import Sparkline

__all__ = ["KpiCard", "ScoreBar", "SignLabel", "Sparkline", "paint_sign", "sign_of"]
