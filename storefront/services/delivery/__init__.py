"""Delivery as staff arrange it: prices, days, zones of municipalities, carriers and pickup.

What an order costs is read with each quote (`domain/shipping/tariff.py`); only words are kept for some seconds.
"""
