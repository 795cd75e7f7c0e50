"""The process that sends what is due and writes down what became of it."""
