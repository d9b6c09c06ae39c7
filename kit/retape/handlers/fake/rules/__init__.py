"""What a request may hold, endpoint by endpoint, and how OpenAI refuses the rest."""
