"""OpenADR 3.1.0 over HTTP. The official document beside the app says what is asked and answered."""
