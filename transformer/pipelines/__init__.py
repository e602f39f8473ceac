"""Pipelines and destinations of a workspace, as their YAML says them, and the plans that they become. Host code."""
