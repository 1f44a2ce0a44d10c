"""The process that tells subscribers: webhooks, topics, and the door before the broker."""
