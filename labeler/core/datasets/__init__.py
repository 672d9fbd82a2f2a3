"""Datasets: select, gate, split, balance and plan, as plain values before a pixel is touched."""
