"""Watching a process: a line for each request, metrics for Prometheus, traces for OpenTelemetry."""
