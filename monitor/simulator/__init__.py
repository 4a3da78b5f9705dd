"""Simulate a network operator for `tierwatch demo`: customers, circuits, faults and the tickets about them.

A program of its own (`python -m monitor.simulator`). The product never imports it and it imports nothing of the
product; the two meet over HTTP only, as with a real operator.
"""
