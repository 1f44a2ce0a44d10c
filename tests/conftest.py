"""Tests run against a real Postgres and Valkey: those named in the environment, or embedded ones."""
