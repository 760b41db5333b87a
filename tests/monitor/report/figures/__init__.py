"""Figures of a period, against recomputations that share nothing with the product."""
