"""Benchmarks: measured side by side in one run, printed as JSON with ratios. Never asserted."""
