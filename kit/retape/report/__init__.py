"""What is kept, drawn: pure functions from exchanges to text and data."""
