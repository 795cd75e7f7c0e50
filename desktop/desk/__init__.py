"""The desk as one program: the window, the services behind it, the worker beside it."""
