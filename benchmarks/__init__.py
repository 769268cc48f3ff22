"""Measurements as ratios beside bare baselines, each measured in the same run."""
